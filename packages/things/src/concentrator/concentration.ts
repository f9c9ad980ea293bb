/** A thing as a concentrator: its sources, and whoever asks for them in every generation. XEP-0326, IEEE 1451.99 */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  type Generation,
  iqTypeOf,
  type NodeRef,
  type ReadoutTokens,
  ResultSet,
  stanzaError,
} from '@waxwing/protocol'
import { el, type Wire } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import type { NodeHistories, RememberingNode } from '../history/node-histories.ts'
import type { HeardMessage, Off, ThingClient } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { ThingNode } from '../thing-options.ts'
import { Acting } from './acting.ts'
import { byEither, formIn, refusedInLong, unwritten } from './answering.ts'
import { type Branch, branchOf, type Looker, type PageWanted, type Place } from './branch.ts'
import { Browsing } from './browsing.ts'
import {
  type Caller,
  callerOf,
  errorOf,
  type Handler,
  type Handlers,
  notImplemented,
  refusalIn,
} from './call.ts'
import { capabilitiesOf, isOfDatabases } from './capabilities.ts'
import type { Database } from './database.ts'
import { Databases, type Telling } from './databases.ts'
import { Editing } from './editing.ts'
import { Managing } from './managing.ts'
import type { ConcentratorLimits, ConcentratorOptions } from './options.ts'
import { Queries } from './queries.ts'
import { Sight } from './sight.ts'
import { Sniffers } from './sniffers.ts'
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
  readonly telling: Telling
  readonly histories: NodeHistories
  /** Fields of a node may have new values; no names: any. */
  valued(node: RememberingNode, names: readonly string[]): void
}

/** What works on sources, once there is one. */
interface Staff {
  readonly sight: Sight
  readonly managing: Managing
  readonly queries: Queries
  readonly subscriptions: SourceSubscriptions
  readonly sniffers: Sniffers
  readonly databases: Databases
  readonly handlers: Handlers
}

export class Concentration {
  readonly #world: ConcentrationWorld
  readonly #sources = new Map<string, Source>()
  readonly #databases = new Map<string, Database>()
  /** Most things are no concentrators: they have nobody for it. */
  #employed: Staff | undefined

  constructor(world: ConcentrationWorld) {
    this.#world = world
  }

  get #staff(): Staff {
    return (this.#employed ??= this.#employ())
  }

  #employ(): Staff {
    const { client, options, limits, reads, messageSize, zone, telling } = this.#world
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
    const sniffers = new Sniffers({ client, sight, managing, limits, zone })
    const isTrusted = (from: Jid): boolean => this.#world.isTrusted(from)
    const known = { clock, databases: this.#databases, isTrusted, fault }
    const databases = new Databases({ ...known, sight, managing, reads, limits, telling, zone })
    const handlers: Handlers = {
      getCapabilities: async (_, caller) => ({ values: await this.#capabilities(caller) }),
      ...browsing.handlers,
      ...editing.handlers,
      ...acting.handlers,
      ...subscriptions.handlers,
      ...sniffers.handlers,
      ...databases.handlers,
    }
    return { sight, managing, queries, subscriptions, sniffers, databases, handlers }
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

  /** Sniffers of others. */
  get sniffers(): number {
    return this.#employed?.sniffers.count ?? 0
  }

  /** Adds a database. Throws `TypeError` when there is one of this id. */
  addDatabase(id: string, database: Database): void {
    if (this.#databases.has(id)) throw new TypeError(`There is a database ${id}`)
    this.#databases.set(id, database)
  }

  /** A page of what stands at a place. Throws `CommandError` `item-not-found`. */
  branch(who: Looker, place: Place, page: PageWanted): Promise<Branch> {
    if (this.#sources.size === 0) return Promise.resolve({ at: {}, name: '', twigs: [] })
    return branchOf(this.#staff.sight, who, place, page)
  }

  /** Fields of a node have new values. @returns whether it is one of a source */
  changed(node: NodeRef, names: readonly string[]): boolean {
    const source = node.source === undefined ? undefined : this.#sources.get(node.source)
    source?.changed(node, ...names)
    return source !== undefined
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
      changed: (of, change) => {
        this.#staff.subscriptions.changed(of, change)
        this.#staff.sniffers.changed(of, change)
      },
      histories: this.#world.histories,
      valued: (node, names) => this.#world.valued(node, names),
      report: fault => client.platform.report(fault),
      listeners: {
        noticed: (of, node, event) => this.#employed?.sniffers.noticed(of, node, event),
        isSniffed: (of, node) => this.#employed?.sniffers.isSniffed(of, node) ?? false,
      },
    })
    this.#sources.set(id, source)
    return source
  }

  /** Those of some nodes that are in sources and somebody sees. */
  async nodes(from: Jid, tokens: ReadoutTokens, refs: readonly NodeRef[]): Promise<readonly ThingNode[]> {
    const found: ThingNode[] = []
    for (const ref of refs) {
      const one = await this.#staff.sight.find({ from, tokens }, ref)
      if (!one) continue
      const { ref: own, options } = one.view
      found.push({ ...own, fields: this.#world.histories.fields(options.fields ?? {}, own) })
    }
    return found
  }

  listen(generations: readonly Generation[]): readonly Off[] {
    const { client } = this.#world
    const { subscriptions, queries, sniffers, handlers } = this.#staff
    const formats = generations.map(concentratorFormat)
    const drop = (from: Jid): void => {
      subscriptions.drop(from)
      queries.drop(from)
      sniffers.drop(from)
    }
    const cameBack = (_: unknown, { from, type }: Pick<HeardMessage, 'from' | 'type'>): void => {
      if (type === 'error') drop(from)
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
        client.onMessage(format.event, cameBack),
        client.onMessage(format.progress, cameBack),
        client.onMessage(format.sniff, cameBack),
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
    this.#employed?.sniffers.close()
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
      if (!handler || (isOfDatabases(operation) && !(await this.#staff.databases.isFor(caller))))
        throw notImplemented('Nobody does that here')
      const answer = await handler(asked, caller)
      return answers[operation] && answer
    } catch (error) {
      const refusal = refusalIn(error) ?? this.#fault(error)
      if (family === 'short') throw errorOf(refusal, formIn(asked))
      return refusedInLong(refusal) as ConcentratorAnswers[O]
    }
  }

  /** Nobody else learns more of it. */
  #fault(error: unknown): CommandError {
    this.#world.client.platform.report(error)
    return new CommandError(stanzaError('internal-server-error'))
  }

  async #capabilities(caller: Caller): Promise<readonly string[]> {
    const { handlers, managing, databases } = this.#staff
    const all = caller.format.operations.filter(operation => operation in handlers)
    const about = {
      sources: [...this.#sources.values()],
      hasDatabases: await databases.isFor(caller),
      managing,
    }
    return capabilitiesOf(caller, all, about)
  }
}
