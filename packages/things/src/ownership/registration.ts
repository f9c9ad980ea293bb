/** A thing enters itself in a registry, and hears what becomes of it. XEP-0347 §3.6–3.17. */
import { isRetryable } from '@waxwing/client'
import { bareOf, domainOf, type Jid, parseJid } from '@waxwing/jid'
import {
  type NodeAddress,
  type NodeRef,
  type RegistryGeneration,
  registry,
  registryGenerations,
  StanzaError,
  sameNode,
  stanzaError,
  type ThingClaimed,
} from '@waxwing/protocol'
import type { Off, ThingClient, Timer } from '../port.ts'
import { formatClaimLink, type Meta, tagsOf } from './claim-link.ts'
import { type FoundRegistry, type RegistryOptions, registryOf, setMaybe } from './registries.ts'

/** Who owns a thing now. */
export interface Ownership {
  readonly owner: Jid
  /** A node behind the thing; `undefined`: the thing itself. */
  readonly node: NodeRef | undefined
  /** Whether everybody may find it. */
  readonly isPublic: boolean
}

/** What a thing tells a registry, and wants to hear from it. */
export interface RegistrationOptions {
  /** Its address, or `auto` for the one of the own server. Absent: the thing is registered nowhere. */
  readonly registry?: string | undefined
  /** What is said of the thing. What a claim has to name need not be more than `SN`, `MAN` and `MODEL`. */
  readonly meta?: Meta | undefined
  /** What is printed on its label. Default: a new one with every start, and after it was given away. */
  readonly key?: string | undefined
  /** It needs no owner, and everybody may find it. */
  readonly selfOwned?: boolean | undefined
  /** It is registered, and nobody owns it: `link` makes somebody the owner. Told again with every session. */
  readonly onUnclaimed?: ((link: string, node: NodeRef | undefined) => void) | undefined
  readonly onClaimed?: ((ownership: Ownership) => void) | undefined
  /** It has no owner any more, and has been registered again. */
  readonly onDisowned?: ((node: NodeRef | undefined) => void) | undefined
  /** Its owner took it out of the searches. */
  readonly onRemoved?: ((node: NodeRef | undefined) => void) | undefined
}

/** The thing, or a node behind it, as it is registered. */
interface Registered {
  readonly node: NodeRef | undefined
  readonly meta: Meta
  /** It stands on a label: it stays the same. */
  readonly hasLabel: boolean
  key: string
  state: 'unknown' | 'free' | 'owned' | 'removed'
  owner: Jid | undefined
}

interface Listed extends NodeRef {
  readonly meta?: Meta | undefined
  readonly key?: string | undefined
}

/** Time after which a registry that could not be reached is tried again. */
const retryMs = 60_000
const keyBytes = 32

export class Registration {
  readonly #client: ThingClient
  readonly #options: RegistrationOptions
  readonly #all: readonly Registered[]
  readonly #offs: Off[] = []
  #place: FoundRegistry | undefined
  #isClosed = false
  #retry: Timer | undefined
  /** Of several beginnings only the last goes on. */
  #round = 0

  constructor(client: ThingClient, options: RegistrationOptions, nodes: readonly Listed[]) {
    this.#client = client
    this.#options = options
    const { meta, key } = options
    const own = meta ? [this.#entry(undefined, meta, key)] : []
    const behind = nodes.flatMap(({ id, source, partition, meta: of, key: its }) =>
      of ? [this.#entry({ id, source, partition }, of, its)] : [],
    )
    this.#all = [...own, ...behind]
  }

  #entry(node: NodeRef | undefined, meta: Meta, key: string | undefined): Registered {
    const hasLabel = key !== undefined
    return { node, meta, hasLabel, key: key ?? this.#newKey(), state: 'unknown', owner: undefined }
  }

  #newKey(): string {
    const bytes = this.#client.platform.random.bytes(keyBytes)
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  }

  /** Registers now and whenever there is a session again. @returns what to call to stop */
  listen(): readonly Off[] {
    const client = this.#client
    for (const generation of registryGenerations) this.#offs.push(...this.#answers(generation))
    this.#offs.push(
      client.on('state', ({ state }) => {
        if (state === 'online') this.#begin()
      }),
      () => {
        this.#isClosed = true
        this.#retry?.cancel()
      },
    )
    if (client.state === 'online') this.#begin()
    return this.#offs
  }

  /** The owner of the thing, or of a node behind it; `undefined`: nobody, or it is not known yet. */
  ownerOf(node?: NodeRef): Jid | undefined {
    return this.#find(node)?.owner
  }

  /** What makes somebody the owner; `undefined` while there is one, and before it is registered. */
  claimUri(node?: NodeRef, scheme: 'iotdisco' | 'xmpp' = 'iotdisco'): string | undefined {
    const one = this.#find(node)
    if (!one || one.state !== 'free' || !this.#place || this.#options.selfOwned) return undefined
    return formatClaimLink({ meta: { ...one.meta, KEY: one.key }, registry: this.#place.jid }, scheme)
  }

  /** Tells new values of tags; an empty text takes one away. Does nothing while nobody may find the thing. Rejects as `iq.set`. */
  async update(meta: Meta, node?: NodeRef): Promise<void> {
    const one = this.#find(node)
    const place = this.#place
    if (!one || !place || one.state !== 'owned') return
    const { update, disowned } = place.format
    const answer = await setMaybe(this.#client, update, place.jid, { node, tags: tagsOf(meta) }, disowned)
    if (answer) await this.#freed(one, place)
  }

  /** Leaves the registry. Rejects as `iq.set`. */
  async unregister(node?: NodeRef): Promise<void> {
    const one = this.#find(node)
    const place = this.#place
    if (!one || !place) return
    await this.#client.iq.set(place.format.unregister, place.jid, { node })
    one.state = 'unknown'
    one.owner = undefined
  }

  #find(node: NodeRef | undefined): Registered | undefined {
    return this.#all.find(one => sameNode(one.node, node))
  }

  #begin(): void {
    const round = ++this.#round
    const isOld = (): boolean => this.#isClosed || round !== this.#round
    this.#registerAll(isOld).catch((fault: unknown) => {
      if (isOld() || this.#client.state !== 'online') return
      this.#client.platform.report(fault)
      this.#retry = this.#client.platform.clock.after(retryMs, () => {
        if (!isOld()) this.#begin()
      })
    })
  }

  async #registerAll(isOld: () => boolean): Promise<void> {
    const { registry: named } = this.#options
    const place = await registryOf(this.#client, named === 'auto' ? {} : { registry: named })
    this.#place = place
    for (const one of this.#all) {
      if (isOld()) return
      await this.#register(one, place).catch((fault: unknown) => this.#refused(fault))
    }
  }

  /** What is refused for good is told, and stands in nobody else's way. */
  #refused(fault: unknown): void {
    if (isRetryable(fault) || !(fault instanceof StanzaError)) throw fault
    this.#client.platform.report(fault)
  }

  async #register(one: Registered, { jid, format }: FoundRegistry): Promise<void> {
    const { selfOwned = false } = this.#options
    const meta = selfOwned ? one.meta : { ...one.meta, KEY: one.key }
    const question = { node: one.node, selfOwned, tags: tagsOf(meta) }
    const claimed = await setMaybe(this.#client, format.register, jid, question, format.claimed)
    if (claimed) this.#claimed(one, claimed)
    else if (selfOwned) {
      one.state = 'owned'
      one.owner = bareOf(parseJid(this.#client.jid))
    } else this.#unclaimed(one)
  }

  #unclaimed(one: Registered): void {
    one.state = 'free'
    const link = this.claimUri(one.node)
    if (link !== undefined) this.#safely(() => this.#options.onUnclaimed?.(link, one.node))
  }

  #answers(generation: RegistryGeneration): readonly Off[] {
    const { claimed, removed, disowned } = registry(generation)
    const client = this.#client
    return [
      client.handle(claimed, 'set', claimed, async (told, { from }) => {
        this.#claimed(this.#told(told, from), told)
        return undefined
      }),
      client.handle(removed, 'set', removed, async (told, { from }) => {
        const one = this.#told(told, from)
        one.state = 'removed'
        this.#safely(() => this.#options.onRemoved?.(one.node))
        return undefined
      }),
      client.handle(disowned, 'set', disowned, async (told, { from }) => {
        const one = this.#told(told, from)
        const place = this.#place
        // The registry waits for the answer: it takes the new registration before and after it.
        if (place) void this.#freed(one, place).catch((fault: unknown) => client.platform.report(fault))
        return undefined
      }),
    ]
  }

  /** Nobody but the registry itself may say whose a thing is. XEP-0347 §6. */
  #told({ node }: NodeAddress, from: Jid): Registered {
    const one = this.#find(node)
    if (!one || from !== this.#place?.jid)
      throw stanzaError('not-allowed', `${domainOf(from)} is not where this thing is registered`)
    return one
  }

  #claimed(one: Registered, { jid, isPublic = false }: ThingClaimed): void {
    const isNew = one.state !== 'owned' || one.owner !== jid
    if (isNew) this.#leaveOwner(one)
    one.state = 'owned'
    one.owner = jid
    if (isNew) this.#safely(() => this.#options.onClaimed?.({ owner: jid, node: one.node, isPublic }))
  }

  /** It has no owner any more: with a new key somebody else may claim it. XEP-0347 §3.17. */
  async #freed(one: Registered, place: FoundRegistry): Promise<void> {
    this.#leaveOwner(one)
    one.state = 'unknown'
    one.owner = undefined
    if (!one.hasLabel) one.key = this.#newKey()
    await this.#register(one, place)
    this.#safely(() => this.#options.onDisowned?.(one.node))
  }

  /** Whoever has given a thing away does not see it any more, unless something behind it is still theirs. §3.17 */
  #leaveOwner(one: Registered): void {
    const { roster, jid } = this.#client
    const { node, owner } = one
    if (node !== undefined || owner === undefined || owner === bareOf(parseJid(jid))) return
    if (!this.#all.some(other => other !== one && other.owner === owner)) roster.revoke(owner)
  }

  #safely(run: () => void): void {
    try {
      run()
    } catch (fault) {
      this.#client.platform.report(fault)
    }
  }
}

/** Takes the own account out of a registry, before it is given up or forgotten. Rejects as `claim`. XEP-0347 §3.16 */
export async function unregister(
  client: ThingClient,
  options: RegistryOptions & { readonly node?: NodeRef | undefined } = {},
): Promise<void> {
  const { node, timeoutMs, signal } = options
  const { jid, format } = await registryOf(client, options)
  await client.iq.set(format.unregister, jid, { node }, undefined, { timeoutMs, signal })
}
