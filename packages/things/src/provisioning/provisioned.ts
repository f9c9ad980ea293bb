/** A thing that asks who decides before it lets others read, set or see anything. XEP-0324 */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  familyOf,
  type Generation,
  generations,
  type NodeRef,
  type ProvisioningFormat,
  provisioning,
  provisioningNs,
  type ReadoutTokens,
  StanzaError,
  sameNode,
  stanzaError,
} from '@waxwing/protocol'
import { CommandError } from '../control/command.ts'
import type { ControlPermission, ControlQuestion } from '../control/control-options.ts'
import type { DeclaredField } from '../field-types.ts'
import type { Off, ThingClient } from '../port.ts'
import { type Place, placesOf, type Readable } from '../readout/selection.ts'
import type { Permission, ReadQuestion, ThingOptions } from '../thing-options.ts'
import { Friendships } from './friendships.ts'
import { JudgeLine } from './judge-line.ts'
import type { ProvisioningOptions } from './provisioning-options.ts'
import { showTokens, TokenDesk } from './token-desk.ts'

/** Names of one question; a thing with more fields asks for all of them without names. */
const mostNames = 500

export class Provisioned {
  readonly #client: ThingClient
  readonly #thing: Readable
  readonly #line: JudgeLine
  readonly #friendships: Friendships
  /** Called when everything has to be decided anew. */
  readonly #changed: () => void

  constructor(client: ThingClient, options: ProvisioningOptions, thing: Readable, changed: () => void) {
    this.#client = client
    this.#thing = thing
    this.#line = new JudgeLine(client, options)
    this.#friendships = new Friendships(client, this.#line, changed)
    this.#changed = changed
  }

  /** Who decides is heard in every generation, whichever the thing itself speaks. */
  listen(spoken: readonly Generation[]): readonly Off[] {
    const client = this.#client
    const formats = generations.map(provisioning)
    if (client.state === 'online') this.#line.begin()
    return [
      ...formats.map(format => this.#listenIn(format)),
      ...this.#friendships.listen(formats),
      client.disco.addFeatures(...spoken.map(provisioningNs)),
      client.on('state', ({ state }) => {
        if (state === 'online') this.#line.begin()
      }),
    ]
  }

  /** Everything is decided anew. */
  forget(): void {
    this.#line.forget()
    this.#changed()
  }

  /** What somebody may read. Throws `StanzaError` when nobody can be asked. */
  async mayRead(question: ReadQuestion): Promise<Permission> {
    const { from, tokens, categories, all } = question
    if (this.#line.isOwn(from)) return 'all'
    const { places, nodes, names } = this.#asked(question.nodes, question.fields, () => true)
    const asked = { jid: bareOf(from), nodes, fields: names, categories, periods: [], all, tokens }
    const answer = await this.#inNameOf(from, tokens, () =>
      this.#line.ask('read', asked, ({ jid, format }, options) => {
        const { generation, canRead, readAnswer } = format
        showTokens(this.#client, tokens, jid)
        return this.#client.iq.get(canRead, jid, { generation, ...asked }, readAnswer, options)
      }),
    )
    if (!answer.result) return 'none'
    return {
      ...granted(places, nodes, answer.nodes),
      ...(answer.fields.length > 0 ? { fields: answer.fields } : {}),
      ...(answer.all || answer.categories.length === 0 ? {} : { categories: answer.categories }),
    }
  }

  /** What somebody may set. Throws `StanzaError` when nobody can be asked. */
  async mayControl(question: ControlQuestion): Promise<ControlPermission> {
    const { from, tokens } = question
    if (this.#line.isOwn(from)) return 'all'
    const isSettable = ({ parameter }: DeclaredField): boolean => parameter !== undefined
    const { places, nodes, names } = this.#asked(question.nodes, question.parameters, isSettable)
    const asked = { jid: bareOf(from), nodes, parameters: names, tokens }
    const answer = await this.#inNameOf(from, tokens, () =>
      this.#line.ask('control', asked, async ({ jid, format }, options) => {
        const { generation, canControl, controlAnswer } = format
        showTokens(this.#client, tokens, jid)
        const question = { generation, ...asked }
        const answer = await this.#client.iq.get(canControl, jid, question, controlAnswer, options)
        return { ...answer, decision: { by: jid, at: new Date(this.#client.platform.clock.wall()) } }
      }),
    )
    if (!answer.result) return 'none'
    return {
      ...granted(places, nodes, answer.nodes),
      ...(answer.parameters.length > 0 ? { parameters: answer.parameters } : {}),
      decision: answer.decision,
    }
  }

  /** Who decides may want a proof of the tokens, which we get from whoever showed them. XEP-0324 §3.1.3.2 */
  #inNameOf<T>(from: Jid, tokens: ReadoutTokens, ask: () => Promise<T>): Promise<T> {
    const isBare = tokens.service.length + tokens.device.length + tokens.user.length === 0
    return isBare ? ask() : TokenDesk.of(this.#client).inNameOf(from, tokens, ask)
  }

  /** XEP-0324 §3.5 */
  #listenIn({ generation, clearCache, cacheCleared }: ProvisioningFormat): Off {
    return this.#client.handle(clearCache, 'set', cacheCleared, async (_, { from }) => {
      if (!this.#line.isJudge(from)) throw stanzaError('forbidden', 'Somebody else decides here')
      // Also when it names a node: to forget more than that is never wrong.
      this.forget()
      return familyOf(generation) === 'long' ? { generation } : undefined
    })
  }

  /**
   * A question about everything names it all, so that the answer can leave out some. Nodes that are not there are
   * asked about like others: who may not read hears the same of both.
   */
  #asked(
    refs: readonly NodeRef[],
    names: readonly string[],
    isMeant: (field: DeclaredField) => boolean,
  ): Asked {
    const places = this.#placesOf(refs)
    if (!places) return { places: [], nodes: refs, names }
    const nodes = refs.length === 0 ? [] : places.map(({ node }) => node ?? { id: this.#thing.nodeId })
    if (names.length > 0) return { places, nodes, names }
    const all = places.flatMap(({ fields }) => Object.entries(fields))
    const meant = new Set(all.filter(([, field]) => isMeant(field)).map(([name]) => name))
    return { places, nodes, names: meant.size > mostNames ? [] : [...meant] }
  }

  #placesOf(refs: readonly NodeRef[]): readonly Place[] | undefined {
    try {
      return placesOf(this.#thing, refs)
    } catch {
      return undefined
    }
  }
}

interface Asked {
  /** Empty: there are none such. */
  readonly places: readonly Place[]
  readonly nodes: readonly NodeRef[]
  readonly names: readonly string[]
}

/** Which of the places are among the nodes granted; none named: all. */
function granted(
  places: readonly Place[],
  asked: readonly NodeRef[],
  nodes: readonly NodeRef[],
): { readonly nodes?: readonly (NodeRef | undefined)[] } {
  if (nodes.length === 0) return {}
  // Nodes that are looked up are not at hand here; where there are none such the thing says so itself.
  if (places.length === 0) return { nodes }
  const allowed = places.filter((_, index) => nodes.some(node => sameNode(node, asked[index])))
  return { nodes: allowed.map(({ node }) => node) }
}

/** The options of a thing with what somebody else decides; what the thing decides itself it goes on deciding. */
export function decidedBy(provisioned: Provisioned, options: ThingOptions): ThingOptions {
  return {
    mayRead: question => provisioned.mayRead(question),
    mayControl: question =>
      provisioned.mayControl(question).catch((error: unknown) => {
        throw error instanceof StanzaError ? new CommandError(error) : error
      }),
    ...options,
    // Another owner decides otherwise.
    onClaimed: ownership => {
      provisioned.forget()
      options.onClaimed?.(ownership)
    },
    onDisowned: node => {
      provisioned.forget()
      options.onDisowned?.(node)
    },
  }
}

/** An address alone, or `auto`, says it all. */
export function provisioningOptions(given: NonNullable<ThingOptions['provisioning']>): ProvisioningOptions {
  return typeof given === 'string' ? { server: given } : given
}
