/** Questions to a concentrator, in the first generation of our order that it announces. */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  type Asked,
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  concentratorNs,
  conditionOf,
  DataForm,
  type Family,
  familyOf,
  type Generation,
  iqTypeOf,
  type Outcome,
  type ParameterFault,
  type ReadoutTokens,
  ResultSet,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import { type Element, readWire, type Wire, WireError } from '@waxwing/xml'
import { ConcentratorError, NotSupportedError, UnreachableError } from '../errors.ts'
import { peerOf } from '../peer.ts'
import type { ThingClient } from '../port.ts'
import { defaultOrder } from '../readout/read-options.ts'

/** How a concentrator is asked. */
export interface ConcentratorClientOptions {
  readonly tokens?: Partial<ReadoutTokens>
  /** The language of texts for people, such as `de`. */
  readonly lang?: string
  /** Patience with an answer, in milliseconds. Default: that of the client. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Where nodes are that are named by their id alone. Default: the first source that has them. */
  readonly source?: string
  /** The generation to ask in, without looking what the concentrator can do. */
  readonly generation?: Generation
  /** Which generations to ask in, the preferred one first. Default: `nf`, `ieee`, `nfi`, `xep`, `sn`. */
  readonly order?: readonly Generation[]
}

/** A concentrator that is there. */
export interface ConcentratorPeer {
  readonly jid: Jid
  readonly format: ConcentratorFormat
  /** Whether long lists come in pages. */
  readonly hasPages: boolean
}

type Question<O extends ConcentratorOperation> = Omit<ConcentratorQuestions[O], keyof Asked>

export class Asking {
  readonly client: ThingClient
  readonly address: string
  readonly options: ConcentratorClientOptions
  /** How many follow each source: the concentrator knows one subscription alone. */
  readonly followers = new Map<string, number>()
  readonly #families = new Map<Family, Asking>()
  #peer: Promise<ConcentratorPeer> | undefined

  constructor(client: ThingClient, address: string, options: ConcentratorClientOptions) {
    this.client = client
    this.address = address
    this.options = options
  }

  /** Some operations are known in one family of namespaces alone: asks in that, unless a generation is prescribed. */
  within(family: Family): Asking {
    const { generation, order = defaultOrder } = this.options
    if (generation) return this
    const known = this.#families.get(family)
    if (known) return known
    const options = { ...this.options, order: order.filter(one => familyOf(one) === family) }
    const asking = new Asking(this.client, this.address, options)
    this.#families.set(family, asking)
    return asking
  }

  /** Looked for once, and again when it could not be reached. Rejects as `peerOf`. */
  async peer(): Promise<ConcentratorPeer> {
    this.#peer ??= this.#find()
    try {
      return await this.#peer
    } catch (error) {
      this.#peer = undefined
      throw error
    }
  }

  /** It may have another address, or other abilities. */
  forget(): void {
    this.#peer = undefined
  }

  async #find(): Promise<ConcentratorPeer> {
    const { generation, order = defaultOrder, signal } = this.options
    const skill = { ns: concentratorNs, what: 'concentrator' }
    const { jid, generation: spoken } = await peerOf(
      this.client,
      this.address,
      { generation, order, signal },
      skill,
    )
    return { jid, format: concentratorFormat(spoken), hasPages: await this.#hasPages(jid, signal) }
  }

  /** Who does not say so has none. */
  async #hasPages(jid: Jid, signal: AbortSignal | undefined): Promise<boolean> {
    const info = await this.client.disco.info(jid, { signal }).catch(() => undefined)
    signal?.throwIfAborted()
    return info?.features?.includes(ResultSet.ns) ?? false
  }

  /**
   * @throws ConcentratorError, NotSupportedError, UnreachableError, NotAuthorizedError, TimeoutError, JidError, or the
   *   signal's reason
   */
  async ask<O extends ConcentratorOperation>(
    operation: O,
    question: Question<O>,
  ): Promise<ConcentratorAnswers[O]> {
    const peer = await this.peer()
    if (!peer.format.operations.includes(operation))
      throw new NotSupportedError(`${peer.jid} cannot do that in ${peer.format.generation}`)
    const { tokens: { service, device, user } = {}, lang } = this.options
    // A question is its own part and what every question has.
    const asked = { lang, service, device, user, ...question } as unknown as ConcentratorQuestions[O]
    try {
      return settled(await this.#answer(peer, operation, asked))
    } catch (error) {
      throw this.#refusal(error, peer, operation)
    }
  }

  async #answer<O extends ConcentratorOperation>(
    peer: ConcentratorPeer,
    operation: O,
    asked: ConcentratorQuestions[O],
  ): Promise<ConcentratorAnswers[O]> {
    try {
      return await this.#exchange(peer, operation, iqTypeOf(operation), asked)
    } catch (error) {
      if (!byOther.has(operation) || !isUnheard(error)) throw error
      return this.#exchange(peer, operation, 'get', asked)
    }
  }

  async #exchange<O extends ConcentratorOperation>(
    { jid, format }: ConcentratorPeer,
    operation: O,
    type: 'get' | 'set',
    asked: ConcentratorQuestions[O],
  ): Promise<ConcentratorAnswers[O]> {
    const { timeoutMs, signal } = this.options
    const { iq } = this.client
    const question = format.questions[operation]
    const answer = format.answers[operation]
    if (answer) return iq[type](question, jid, asked, answer, { timeoutMs, signal })
    await iq[type](question, jid, asked, undefined, { timeoutMs, signal })
    // Where the answer is empty it has no part but the outcome; of several nodes that were edited, none.
    return { nodes: [] } as Outcome as ConcentratorAnswers[O]
  }

  #refusal(error: unknown, peer: ConcentratorPeer, operation: ConcentratorOperation): unknown {
    const { jid, format } = peer
    if (error instanceof Refused) return new ConcentratorError(jid, error.error, error.faults)
    if (!(error instanceof StanzaError)) return error
    const told = [error.app, ...(error.others ?? [])].flatMap(one => (one ? [one] : []))
    const within = told.map(one => outcomeIn(one, format, operation)).find(one => one !== undefined)
    if (within) return this.#refusal(within, peer, operation)
    const why = error.text ?? error.condition
    // Who is there and says that has nobody who does it.
    const isThere = error.condition === 'service-unavailable' && this.#isThere(jid)
    if (isThere || error.condition === 'feature-not-implemented')
      return new NotSupportedError(`${jid} cannot do that: ${why}`, error)
    if (!gone.has(error.condition)) return new ConcentratorError(jid, error, told.flatMap(faultsIn))
    this.forget()
    return new UnreachableError(`${jid} cannot be reached: ${why}`, error)
  }

  #isThere(peer: Jid): boolean {
    return this.client.presence.allOf(bareOf(peer)).some(({ jid }) => jid === peer)
  }
}

const gone: ReadonlySet<string> = new Set([
  'gone',
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
])

/** COMPAT(IoTGateway): these are heard in the other kind of iq alone. */
const byOther: ReadonlySet<ConcentratorOperation> = new Set([
  'executeCommonNodeCommand',
  'executeCommonNodeQuery',
])

function isUnheard(error: unknown): boolean {
  return (
    error instanceof StanzaError &&
    (error.condition === 'feature-not-implemented' || error.condition === 'service-unavailable')
  )
}

/** A refusal within an answer. */
class Refused extends Error {
  readonly error: StanzaError
  readonly faults: readonly ParameterFault[]

  constructor(error: StanzaError, faults: readonly ParameterFault[]) {
    super(error.message)
    this.error = error
    this.faults = faults
  }
}

/** An answer that is no refusal. */
function settled<A extends Outcome>(answer: A): A {
  const refused = refusedBy(answer)
  if (refused) throw refused
  return answer
}

function refusedBy({ outcome = 'OK', faults = [] }: Outcome): Refused | StanzaError | undefined {
  if (outcome === 'OK') return undefined
  const error = stanzaError(conditionOf(outcome))
  return outcome === 'NotImplemented' ? error : new Refused(error, faults)
}

/** COMPAT(examples of XEP-0326): the answer with its code stands within an error. */
function outcomeIn(
  element: Element,
  format: ConcentratorFormat,
  operation: ConcentratorOperation,
): Refused | StanzaError | undefined {
  // Every answer tells how it went.
  const answer = format.answers[operation] as Wire<unknown> | undefined as Wire<Outcome> | undefined
  if (!answer || element.ns !== format.ns || element.name !== answer.name) return undefined
  try {
    return refusedBy(readWire(answer, element))
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** What is wrong with which field, as it stands beside the fields of the form that was sent back. XEP-0336 §3.5 */
function faultsIn(element: Element): readonly ParameterFault[] {
  if (element.ns !== DataForm.ns || element.name !== DataForm.name) return []
  try {
    const { fields = [] } = readWire(DataForm, element)
    return fields.flatMap(({ var: name = '', extensions = [] }) =>
      extensions
        .filter(one => one.name === 'error')
        .map(one => ({ name, text: one.children.filter(child => typeof child === 'string').join('') })),
    )
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}
