/** What the server's archive keeps of our conversations. XEP-0313. */
import { type Jid, parseJid } from '@waxwing/jid'
import {
  ArchiveFin,
  ArchiveMetadata,
  ArchivePreferences,
  ArchiveQuery,
  ArchiveResult,
  type ArchiveRule,
  type DataForm,
  type FormField,
  formTypeField,
  type ResultSet,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { formatDateTime } from '@waxwing/xml'
import { Arrivals } from './arrivals.ts'
import { type CarriedMessage, carriedIn } from './carried-message.ts'
import type { Client, Extension } from './client.ts'
import { DisconnectedError } from './errors.ts'
import type { RequestOptions } from './requests.ts'

export interface ArchivedMessage extends CarriedMessage {
  /** Names it in the archive; `undefined`: it has just arrived and was not archived. */
  readonly id: string | undefined
  /** When the server got it. */
  readonly at: Date
}

export interface HistoryOptions extends RequestOptions {
  /** Only messages from and to this address. */
  readonly with?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** Only what comes behind the message of this archive id. */
  readonly after?: string | undefined
  /** Messages fetched at once. Default 100. */
  readonly pageSize?: number | undefined
}

export interface PageOptions extends HistoryOptions {
  /** The page ahead of this archive id; `'end'`: the newest. */
  readonly before?: string | undefined
}

export interface ArchivePage {
  /** Oldest first. */
  readonly messages: readonly ArchivedMessage[]
  /** Nothing more in this direction. */
  readonly isComplete: boolean
}

export interface Preferences {
  /** What is kept of whom neither list names. */
  readonly rule: ArchiveRule
  readonly always: readonly Jid[]
  readonly never: readonly Jid[]
}

/** `const archive = client.use(archive)`. */
export const archive: Extension<Archive> = { attach: client => new Archive(client) }

const defaultPageSize = 100

export class Archive {
  readonly #client: Client
  /** Results by the query they belong to. */
  readonly #queries = new Map<string, ArchivedMessage[]>()

  constructor(client: Client) {
    this.#client = client
    client.onMessage(ArchiveResult, (result, { from }) => {
      // anybody could send results: only our account's archive is believed
      if (from === client.account) this.#take(result)
    })
  }

  /** One page, from the beginning unless told otherwise. Rejects as `iq.set`; `item-not-found`: an id is unknown. */
  async page(options: PageOptions = {}): Promise<ArchivePage> {
    const { platform, iq } = this.#client
    const queryId = randomId(platform.random)
    const messages: ArchivedMessage[] = []
    this.#queries.set(queryId, messages)
    try {
      const question: ArchiveQuery = { queryId, form: formOf(options), page: pageOf(options) }
      const { isComplete = false } = await iq.set(ArchiveQuery, undefined, question, ArchiveFin, options)
      return { messages, isComplete }
    } finally {
      this.#queries.delete(queryId)
    }
  }

  /** All messages asked for, oldest first, fetched page by page as they are read. Rejects as `page`. */
  async *messages(options: HistoryOptions = {}): AsyncGenerator<ArchivedMessage, void, undefined> {
    let { after } = options
    for (;;) {
      const { messages, isComplete } = await this.page({ ...options, after })
      yield* messages
      after = messages.at(-1)?.id ?? after
      if (isComplete || messages.length === 0) return
    }
  }

  /**
   * As `messages`, and then whatever arrives, without gap or repetition, also over lost sessions. Ends with the
   * client, or rejects with the reason of the signal. Messages of our own appear when the archive is asked again.
   */
  async *follow(
    options: Omit<HistoryOptions, 'until'> = {},
  ): AsyncGenerator<ArchivedMessage, void, undefined> {
    await using arrivals = new Arrivals(this.#client, options.with, options.signal)
    let { after } = options
    for (;;) {
      arrivals.isStale = false
      try {
        for await (const message of this.messages({ ...options, after })) {
          after = message.id ?? after
          arrivals.shown(message)
          yield message
        }
      } catch (error) {
        if (error instanceof DisconnectedError && error.willRetry) continue
        throw error
      }
      while (!arrivals.isStale) {
        const message = arrivals.take()
        after = message?.id ?? after
        if (message) yield message
        else if (arrivals.isOver) return
        else await arrivals.changed()
      }
    }
  }

  /** From when to when the archive reaches; both absent when it is empty. Rejects as `iq.get`. §5 */
  metadata(options: RequestOptions = {}): Promise<ArchiveMetadata> {
    return this.#client.iq.get(ArchiveMetadata, undefined, {}, ArchiveMetadata, options)
  }

  /** What is kept. Rejects as `iq.get`. XEP-0441 */
  async preferences(options: RequestOptions = {}): Promise<Preferences> {
    const answer = await this.#client.iq.get(ArchivePreferences, undefined, {}, ArchivePreferences, options)
    return preferencesOf(answer)
  }

  /** Says what shall be kept. Rejects as `iq.set`. @returns what the server made of it */
  async prefer(wanted: Preferences, options: RequestOptions = {}): Promise<Preferences> {
    const { rule, always, never } = wanted
    const question: ArchivePreferences = { rule, always: { jids: always }, never: { jids: never } }
    return preferencesOf(
      await this.#client.iq.set(ArchivePreferences, undefined, question, ArchivePreferences, options),
    )
  }

  #take({ queryId, id, forwarded }: ArchiveResult): void {
    const messages = queryId === undefined ? undefined : this.#queries.get(queryId)
    const carried = carriedIn(forwarded, this.#client.account)
    if (messages && carried) messages.push({ ...carried, id, at: forwarded.delay?.stamp ?? new Date(0) })
  }
}

function preferencesOf({ rule = 'always', always, never }: ArchivePreferences): Preferences {
  return { rule, always: always?.jids ?? [], never: never?.jids ?? [] }
}

function formOf(options: HistoryOptions): DataForm | undefined {
  const { since, until } = options
  const fields: FormField[] = []
  if (options.with !== undefined) fields.push({ var: 'with', values: [parseJid(options.with)] })
  if (since) fields.push({ var: 'start', values: [formatDateTime(since)] })
  if (until) fields.push({ var: 'end', values: [formatDateTime(until)] })
  if (fields.length === 0) return undefined
  return { type: 'submit', fields: [formTypeField(ArchiveQuery.ns), ...fields] }
}

function pageOf({ after, before, pageSize = defaultPageSize }: PageOptions): ResultSet {
  if (before === undefined) return { after, max: pageSize }
  return { after, before: before === 'end' ? '' : before, max: pageSize }
}
