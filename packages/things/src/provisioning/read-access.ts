/** Who may read what of a thing. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import { type NodeRef, type ReadoutRequest, StanzaError, sameNode } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { type Readable, readableFor, type Selection, select } from '../readout/selection.ts'
import { requestFor } from '../readout/told.ts'
import type { Permission, ReadQuestion, ThingOptions } from '../thing-options.ts'
import { receiveTokens } from './token-desk.ts'

export interface ReadAccessPort {
  readonly client: ThingClient
  readonly readable: Readable
  readonly options: Pick<ThingOptions, 'mayRead' | 'zone'>
  /** Who owns it; `undefined`: nobody, or it is not known. */
  readonly owner: () => Jid | undefined
}

/** The thing itself or a node, with the names of fields that somebody may read. */
export interface ReadablePlace {
  readonly node: NodeRef | undefined
  readonly names: readonly string[]
}

export class ReadAccess {
  readonly #port: ReadAccessPort

  constructor(port: ReadAccessPort) {
    this.#port = port
  }

  /** What somebody may read of a request. Throws the `StanzaError` to answer with. */
  async select(request: ReadoutRequest, from: Jid): Promise<Selection> {
    const { readable, options } = this.#port
    const permission = await this.permission(request, from)
    return select(await readableFor(readable, request, from), request, permission, options.zone ?? 0)
  }

  /** Names of the fields of the thing itself whose values somebody may read now. Never rejects with a refusal. */
  async names(from: Jid): Promise<readonly string[]> {
    try {
      const { current } = await this.select(requestFor({}), from)
      return current.filter(({ node }) => node === undefined).map(({ name }) => name)
    } catch (error) {
      if (error instanceof StanzaError) return []
      throw error
    }
  }

  /** The same with the nodes of the thing, as far as there is something to read. */
  async places(from: Jid): Promise<readonly ReadablePlace[]> {
    const names = await this.names(from)
    const itself = names.length > 0 ? [{ node: undefined, names }] : []
    const { nodes } = this.#port.readable
    if (nodes.length === 0) return itself
    try {
      const asked = nodes.map(({ id, source, partition }) => ({ id, source, partition }))
      const { current } = await this.select(requestFor({ nodes: asked }), from)
      const places = asked.map(node => ({
        node,
        names: current.filter(one => sameNode(one.node, node)).map(({ name }) => name),
      }))
      return [...itself, ...places.filter(({ names }) => names.length > 0)]
    } catch (error) {
      if (error instanceof StanzaError) return itself
      throw error
    }
  }

  /** The own account, the owner, and contacts that may see our presence. */
  isTrusted(from: Jid): boolean {
    const { client, owner } = this.#port
    const account = bareOf(from)
    return (
      account === bareOf(parseJid(client.jid)) ||
      account === owner() ||
      (client.roster.get(account)?.seesUs ?? false)
    )
  }

  /** What somebody may read at all of a request; for what is not selected here. */
  permission(
    { nodes, fields, categories, all, tokens }: ReadoutRequest,
    from: Jid,
  ): Permission | Promise<Permission> {
    const { client, options } = this.#port
    receiveTokens(client, tokens, from)
    const question: ReadQuestion = { from, nodes, fields, categories, all, tokens }
    return options.mayRead ? options.mayRead(question) : this.isTrusted(from) ? 'all' : 'none'
  }
}
