/** A thing as a concentrator: its sources, and whoever asks for them in every generation. XEP-0326, IEEE 1451.99 */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  type DataForm,
  type Generation,
  iqTypeOf,
  type NodeRef,
  type Outcome,
  type ReadoutTokens,
  ResultSet,
  stanzaError,
} from '@waxwing/protocol'
import { el, type Wire } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import type { Off, ThingClient } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { ThingNode } from '../thing-options.ts'
import { Acting } from './acting.ts'
import { Browsing } from './browsing.ts'
import {
  type Caller,
  callerOf,
  codeOf,
  errorOf,
  type Handler,
  type Handlers,
  notImplemented,
  refusalIn,
} from './call.ts'
import { Editing } from './editing.ts'
import { Managing } from './managing.ts'
import type { ConcentratorLimits, ConcentratorOptions } from './options.ts'
import { Queries } from './queries.ts'
import { Sight } from './sight.ts'
import { Source, type SourceOptions } from './source.ts'
import { SourceSubscriptions } from './source-subscriptions.ts'

export interface ConcentrationWorld {
  readonly client: ThingClient
  readonly options: ConcentratorOptions
  readonly limits: ConcentratorLimits
  readonly reads: SharedReads
  /** About how many characters a message may have. */
  readonly messageSize: number
  readonly zone: number
  /** Whether somebody may see us where nothing else is said. */
  isTrusted(from: Jid): boolean
}

/** Operations that only those can do who may change something. */
const managed: ReadonlySet<ConcentratorOperation> = new Set([
  'moveNodeUp',
  'moveNodeDown',
  'moveNodesUp',
  'moveNodesDown',
  'getNodeParametersForEdit',
  'setNodeParametersAfterEdit',
  'getCommonNodeParametersForEdit',
  'setCommonNodeParametersAfterEdit',
  'getAddableNodeTypes',
  'getParametersForNewNode',
  'createNewNode',
  'destroyNode',
])

const indexed: ReadonlySet<ConcentratorOperation> = new Set([
  'getIndices',
  'getNodesFromIndex',
  'getNodesFromIndices',
  'getAllIndexValues',
])

/** COMPAT(IoTGateway and texts of the short family): these come by the other kind of iq, too. */
const byEither: ReadonlySet<ConcentratorOperation> = new Set([
  'subscribe',
  'unsubscribe',
  'executeCommonNodeCommand',
  'executeCommonNodeQuery',
])

/** An answer that has nothing but how it went. */
const nothing = {
  values: [],
  sources: [],
  nodes: [],
  each: [],
  found: false,
  baseClasses: [],
  interfaces: [],
  types: [],
  commands: [],
  results: [],
  databases: [],
}

/** Stands where an answer is empty. */
const unwritten = ResultSet as Wire<unknown> as Wire<never, unknown>

function formIn(asked: ConcentratorQuestions[ConcentratorOperation]): DataForm | undefined {
  return 'form' in asked ? asked.form : undefined
}

/** What works on sources, once there is one. */
interface Staff {
  readonly sight: Sight
  readonly managing: Managing
  readonly queries: Queries
  readonly subscriptions: SourceSubscriptions
  readonly handlers: Handlers
}

export class Concentration {
  readonly #world: ConcentrationWorld
  readonly #sources = new Map<string, Source>()
  /** Most things are no concentrators: they have nobody for it. */
  #employed: Staff | undefined

  constructor(world: ConcentrationWorld) {
    this.#world = world
  }

  get #staff(): Staff {
    return (this.#employed ??= this.#employ())
  }

  #employ(): Staff {
    const { client, options, limits, reads, messageSize, zone } = this.#world
    const { clock } = client.platform
    const fault = (error: unknown): void => client.platform.report(error)
    const isOwn = (from: Jid): boolean => bareOf(from) === bareOf(parseJid(client.jid))
    const sight = new Sight({
      sources: this.#sources,
      maySee: options.maySee,
      limits,
      reads,
      isTrusted: from => this.#world.isTrusted(from),
      fault,
    })
    const managing = new Managing({ clock, options, reads, isOwn, fault })
    const browsing = new Browsing(sight, limits)
    const editing = new Editing(sight, browsing, managing, reads, limits, zone)
    const queries = new Queries({ client, managing, limits, messageSize })
    const acting = new Acting({ sight, managing, reads, limits, queries, zone })
    const subscriptions = new SourceSubscriptions({ client, sight, limits, zone })
    const handlers: Handlers = {
      getCapabilities: async (_, caller) => ({ values: await this.#capabilities(caller) }),
      ...browsing.handlers,
      ...editing.handlers,
      ...acting.handlers,
      ...subscriptions.handlers,
    }
    return { sight, managing, queries, subscriptions, handlers }
  }

  /** How many sources there are. */
  get size(): number {
    return this.#sources.size
  }

  /** Subscriptions of others to sources. */
  get subscriptions(): number {
    return this.#employed?.subscriptions.count ?? 0
  }

  /** Queries that run now. */
  get queries(): number {
    return this.#employed?.queries.count ?? 0
  }

  /** Adds a source. Throws `TypeError` when there is one of this id. */
  source(id: string, options: SourceOptions): Source {
    if (this.#sources.has(id)) throw new TypeError(`There is a source ${id}`)
    const { client, limits, reads } = this.#world
    const source = new Source(id, options, {
      now: () => client.platform.clock.wall(),
      maxMessages: limits.nodeMessages,
      maxEvents: limits.sourceEvents,
      within: promise => reads.within(promise),
      changed: (of, change) => this.#staff.subscriptions.changed(of, change),
    })
    this.#sources.set(id, source)
    return source
  }

  /** Those of some nodes that are in sources and somebody sees. */
  async nodes(from: Jid, tokens: ReadoutTokens, refs: readonly NodeRef[]): Promise<readonly ThingNode[]> {
    const found: ThingNode[] = []
    for (const ref of refs) {
      const one = await this.#staff.sight.find({ from, tokens }, ref)
      if (one) found.push({ ...one.view.ref, fields: one.view.options.fields ?? {} })
    }
    return found
  }

  listen(generations: readonly Generation[]): readonly Off[] {
    const { client } = this.#world
    const { subscriptions, queries, handlers } = this.#staff
    const formats = generations.map(concentratorFormat)
    const drop = (from: Jid): void => {
      subscriptions.drop(from)
      queries.drop(from)
    }
    return [
      ...formats.flatMap(format => format.operations.flatMap(one => this.#listenTo(format, one, handlers))),
      // What the long family does not know is answered in its own words. XEP-0326 §5.4
      ...formats
        .filter(({ family }) => family === 'long')
        .map(({ ns }) =>
          client.handleRest(ns, name => el(ns, `${name}Response`, { result: 'NotImplemented' })),
        ),
      // What we have sent comes back: nobody is there to hear it.
      ...formats.flatMap(format => [
        client.onMessage(format.event, (_, { from, type }) => {
          if (type === 'error') drop(from)
        }),
        client.onMessage(format.progress, (_, { from, type }) => {
          if (type === 'error') drop(from)
        }),
      ]),
      client.disco.addFeatures(ResultSet.ns, ...formats.map(({ ns }) => ns)),
      client.presence.on('change', ({ jid, presence }) => {
        if (!presence) drop(jid)
      }),
    ]
  }

  close(): void {
    this.#employed?.subscriptions.close()
    this.#employed?.queries.close()
  }

  #listenTo<O extends ConcentratorOperation>(
    format: ConcentratorFormat,
    operation: O,
    handlers: Pick<Handlers, O>,
  ): readonly Off[] {
    const types = byEither.has(operation) ? (['get', 'set'] as const) : [iqTypeOf(operation)]
    const answer: Wire<ConcentratorAnswers[O]> = format.answers[operation] ?? unwritten
    const handler: Handler<O> | undefined = handlers[operation]
    return types.map(type =>
      this.#world.client.handle(format.questions[operation], type, answer, (asked, { from, lang }) =>
        this.#answer(operation, handler, asked, callerOf(from, asked, lang, format)),
      ),
    )
  }

  /** `undefined`: the answer is empty. */
  async #answer<O extends ConcentratorOperation>(
    operation: O,
    handler: Handler<O> | undefined,
    asked: ConcentratorQuestions[O],
    caller: Caller,
  ): Promise<ConcentratorAnswers[O] | undefined> {
    const { answers, family } = caller.format
    try {
      if (!handler) throw notImplemented('Nobody does that here')
      const answer = await handler(asked, caller)
      return answers[operation] && answer
    } catch (error) {
      const refusal = refusalIn(error) ?? this.#fault(error)
      if (family === 'short') throw errorOf(refusal, formIn(asked))
      const { faults } = refusal
      const refused: Outcome & typeof nothing = { ...nothing, outcome: codeOf(refusal), faults }
      // It has the parts of every answer of the long family.
      return refused as Outcome as ConcentratorAnswers[O]
    }
  }

  /** Nobody else learns more of it. */
  #fault(error: unknown): CommandError {
    this.#world.client.platform.report(error)
    return new CommandError(stanzaError('internal-server-error'))
  }

  /** What this caller can do, as far as it is known before. XEP-0326 §3.1 */
  async #capabilities(caller: Caller): Promise<readonly string[]> {
    const hasIndices = [...this.#sources.values()].some(({ options }) => options.indices !== undefined)
    const { handlers, managing } = this.#staff
    const able: string[] = []
    for (const operation of caller.format.operations) {
      if (!(operation in handlers) || (indexed.has(operation) && !hasIndices)) continue
      if (!managed.has(operation) || (await managing.may(caller, operation))) able.push(operation)
    }
    return able
  }
}
