/** The archives of one host: what is put into them, each message once. XEP-0313 §3. */
import { type BareJid, bareOf, type Jid, resourceOf } from '@waxwing/jid'
import type { Clock } from '@waxwing/stream'
import { escapeAttr } from '@waxwing/xml'
import type { Log as Logger } from '../../kernel/log.ts'
import type { Stanza } from '../../router/stanza.ts'
import { column, key, type Log, log, type Row } from '../../store/store.ts'
import type { ArchiveIds } from './archive-ids.ts'
import { hashOf } from './hash.ts'
import { RecentIds } from './recent-ids.ts'
import { originIdOf } from './stanza-ids.ts'

const columns = {
  /** Its id as clients know it. */
  uid: column.text(),
  /** Who it is from or for, seen from the owner. */
  peer: column.text<BareJid>(),
  resource: column.text().maybe(),
  /** Hash of direction, peer and the id its sender gave it: the same for what is sent again. XEP-0359 §2.2. */
  origin: column.integer().maybe(),
  /** The whole message as XML without declaration of its namespace. */
  stanza: column.text(),
}

export type Archived = Row<typeof columns>

/** The store of messages: one log per account. */
export const archiveShape = log(key<BareJid>('owner'), columns, {
  indexes: ['peer'],
  lookups: ['uid', 'origin'],
  filters: ['resource'],
})
export type ArchiveStore = Log<BareJid, Archived, 'uid' | 'peer' | 'origin' | 'resource'>

export type Direction = 'sent' | 'received'

/** Ids of senders longer than this are not looked at. */
const maxOriginLength = 128
/** Messages with ids of their senders that are remembered, until the store can be asked for them. */
const maxRecent = 10_000
/** Failures are told of at most this often. */
const complainEveryMs = 10_000

export class Archive {
  readonly #store: ArchiveStore
  readonly #ids: ArchiveIds
  readonly #clock: Clock
  readonly #log: Logger
  readonly #recent = new RecentIds(maxRecent)
  #failures = 0
  #complainedAt = -complainEveryMs
  /** Between two local accounts the same message goes into two archives. */
  #last: Stanza | undefined
  #originId: string | undefined
  #text: string | undefined

  constructor(store: ArchiveStore, ids: ArchiveIds, clock: Clock, log: Logger) {
    this.#store = store
    this.#ids = ids
    this.#clock = clock
    this.#log = log
  }

  /**
   * Puts a message into an archive unless it is there.
   *
   * @param mayRepeat whether it could have come long ago before, so that the store has to be asked
   * @returns its id there; what is written becomes durable later
   */
  add(owner: BareJid, direction: Direction, peer: Jid, stanza: Stanza, mayRepeat: boolean): string {
    const bare = bareOf(peer)
    const originId = this.#originIdOf(stanza)
    if (originId === undefined || originId.length > maxOriginLength)
      return this.#append(owner, bare, peer, undefined, stanza)
    const origin = hashOf(owner, direction, bare, originId)
    const known =
      this.#recent.find(origin, owner, bare, originId) ??
      (mayRepeat ? this.#stored(owner, bare, origin, originId) : undefined)
    if (known !== undefined) return known
    const uid = this.#append(owner, bare, peer, origin, stanza)
    this.#recent.add(origin, { owner, peer: bare, originId, uid })
    return uid
  }

  #append(owner: BareJid, peer: BareJid, full: Jid, origin: number | undefined, stanza: Stanza): string {
    const uid = this.#ids.next()
    const row: Archived = { uid, peer, resource: resourceOf(full), origin, stanza: this.#textOf(stanza) }
    this.#store.append(owner, row, this.#clock.wall()).catch(this.#failed)
    return uid
  }

  #textOf(stanza: Stanza): string {
    this.#look(stanza)
    this.#text ??= stanza.toText()
    return this.#text
  }

  #originIdOf(stanza: Stanza): string | undefined {
    this.#look(stanza)
    return this.#originId
  }

  #look(stanza: Stanza): void {
    if (this.#last === stanza) return
    this.#last = stanza
    this.#originId = originIdOf(stanza)
    this.#text = undefined
  }

  /** What the store does not show yet was appended a moment ago, and is remembered here. */
  #stored(owner: BareJid, peer: BareJid, origin: number, originId: string): string | undefined {
    const found = this.#store.peek(owner, { origin })?.value
    // A hash alone proves nothing.
    return found?.peer === peer && found.stanza.includes(escapeAttr(originId)) ? found.uid : undefined
  }

  readonly #failed = (error: unknown): void => {
    this.#failures++
    // What was not written must not be taken for archived when it is sent again.
    this.#recent.clear()
    const now = this.#clock.monotonic()
    if (now - this.#complainedAt < complainEveryMs) return
    this.#log.error({ error, messages: this.#failures }, 'Messages could not be archived')
    this.#complainedAt = now
    this.#failures = 0
  }
}
