/** Questions of owners about their archives. XEP-0313 §4, §5. */
import type { BareJid } from '@waxwing/jid'
import { ArchiveMetadata, ArchiveQuery, CLIENT_NS, type ResultSet, stanzaError } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { type IqHandler, type IqRequest, onGet, onSet } from '../../kernel/feature.ts'
import type { OfflineApi } from '../offline/feature.ts'
import { finOf, metadataOf, sendResult } from './answers.ts'
import type { ArchiveIds } from './archive-ids.ts'
import { type Conditions, queryForm, readConditions } from './conditions.ts'
import type { ArchivePages } from './pages.ts'
import type { QueryPace } from './query-pace.ts'

/** It comes back with every message. */
const maxQueryId = 256

export class ArchiveQueries {
  readonly #pages: ArchivePages
  readonly #ids: ArchiveIds
  readonly #offline: OfflineApi
  readonly #pace: QueryPace

  constructor(pages: ArchivePages, ids: ArchiveIds, offline: OfflineApi, pace: QueryPace) {
    this.#pages = pages
    this.#ids = ids
    this.#offline = offline
    this.#pace = pace
  }

  handlers(): IqHandler[] {
    return [
      onSet(ArchiveQuery, 'self', request => this.#answer(request)),
      onGet(ArchiveQuery, 'self', () => writeWire(ArchiveQuery, { form: queryForm }, CLIENT_NS)),
      onGet(ArchiveMetadata, 'self', ({ account }) => this.metadata(account)),
      onSet(ArchiveQuery, 'account', forbidden),
      onGet(ArchiveQuery, 'account', forbidden),
      onGet(ArchiveMetadata, 'account', forbidden),
    ]
  }

  /** Where an archive begins and ends. §5 */
  async metadata(account: BareJid): Promise<string> {
    return metadataOf(await this.#pages.ends(account))
  }

  async #answer({ payload, account, session }: IqRequest<ArchiveQuery>): Promise<string> {
    if (payload.node !== undefined) throw stanzaError('item-not-found', 'Accounts have no nodes here')
    if (!session) return forbidden()
    if ((payload.queryId?.length ?? 0) > maxQueryId) throw stanzaError('bad-request', "'queryid' is too long")
    const conditions = readConditions(payload.form)
    const asked = payload.page ?? {}
    await this.#pace.turnOf(session)
    // Whatever has an id by now is in the store when it is asked.
    const { newest } = this.#ids
    const found = await this.#pages.find(account, conditions, asked)
    const ordered = payload.isFlipped ? found.entries.toReversed() : found.entries
    for (const entry of ordered) sendResult(session, entry, payload.queryId)
    if (reachesTheEnd(conditions, asked)) this.#offline.hasRead(session, newest)
    return finOf(found)
  }
}

/** Whether somebody who asks so, page by page, learns all that has come last. */
export function reachesTheEnd({ with: jid, end, beforeId, ids }: Conditions, { before }: ResultSet): boolean {
  return jid === undefined && end === undefined && beforeId === undefined && ids.length === 0 && !before
}

/** Archives are for their owners. XEP-0313 §8.1. */
export function forbidden(): never {
  throw stanzaError('forbidden', 'Only the owner may read an archive')
}
