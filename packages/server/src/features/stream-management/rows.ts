/** What of sessions outlives the process: who they are, how far they have come, and which messages are not acknowledged. */
import type { BareJid, FullJid } from '@waxwing/jid'
import type { Log } from '../../kernel/log.ts'
import { column, key, keyed, mapped, type OpenedStores, type Row } from '../../store/store.ts'

const sessionColumns = {
  jid: column.text<FullJid>(),
  resumable: column.bool(),
  lang: column.text().maybe(),
  /** How long the session is kept without a connection, in ms. */
  kept_for: column.integer(),
  presence: column.text().maybe(),
  priority: column.integer(),
  interested: column.bool(),
  wants_copies: column.bool(),
  /** When a session without connection is over; absent while the client is connected. */
  expires: column.time().maybe(),
}

const positionColumns = {
  account: column.text<BareJid>(),
  /** Stanzas of the client that were handled, modulo 2^32. */
  h: column.integer(),
  /** Stanzas to the client that it has acknowledged, all in all: at least this many. */
  acked: column.integer(),
  /** When the session was over; its count is remembered a little longer. */
  ended: column.time().maybe(),
}

const outgoingColumns = {
  at: column.time(),
  stanza: column.text(),
  /** Names the copies of a message that went to several resources, and says how many there were. */
  shared: column.text().maybe(),
  copies: column.integer().maybe(),
}

export const shapes = {
  sessions: keyed('id', sessionColumns),
  positions: keyed('id', positionColumns),
  outgoing: mapped('session', 'number', outgoingColumns),
  /** Messages sent lately: by address and the id their sender gave them. */
  origins: mapped(key<BareJid>('sender'), 'message', { at: column.time() }),
} as const

export type SessionRow = Row<typeof sessionColumns>
export type PositionRow = Row<typeof positionColumns>
export type OutgoingRow = Row<typeof outgoingColumns>
export type Stores = OpenedStores<typeof shapes>

/** Numbers sort as text. */
const digits = 16

/** Writes without waiting: what an acknowledgement promises is asked of the whole store (`Durability`). */
export class Rows {
  readonly #stores: Stores
  readonly #onFault: (error: unknown) => void

  constructor(stores: Stores, log: Log) {
    this.#stores = stores
    this.#onFault = error => log.error({ error }, 'Stream management could not be written')
  }

  get stores(): Stores {
    return this.#stores
  }

  session(id: string, row: SessionRow): void {
    this.#stores.sessions.put(id, row).catch(this.#onFault)
  }

  position(id: string, row: PositionRow): void {
    this.#stores.positions.put(id, row).catch(this.#onFault)
  }

  forgetPosition(id: string): void {
    this.#stores.positions.delete(id).catch(this.#onFault)
  }

  keep(id: string, number: number, row: OutgoingRow): void {
    this.#stores.outgoing.put(id, entryOf(number), row).catch(this.#onFault)
  }

  drop(id: string, number: number): void {
    this.#stores.outgoing.delete(id, entryOf(number)).catch(this.#onFault)
  }

  /** Forgets a session and its messages. */
  forget(id: string): void {
    this.#stores.sessions.delete(id).catch(this.#onFault)
    this.#stores.outgoing.clear(id).catch(this.#onFault)
  }

  origin(sender: BareJid, id: string, at: number): void {
    this.#stores.origins.put(sender, id, { at }).catch(this.#onFault)
  }

  forgetOrigin(sender: BareJid, id: string): void {
    this.#stores.origins.delete(sender, id).catch(this.#onFault)
  }

  forgetOrigins(sender: BareJid): void {
    this.#stores.origins.clear(sender).catch(this.#onFault)
  }
}

function entryOf(number: number): string {
  return String(number).padStart(digits, '0')
}
