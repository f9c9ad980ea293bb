/** Which messages a client has sent before: what it sends again after a broken stream is neither delivered nor kept twice. */
import type { BareJid } from '@waxwing/jid'
import { OriginId } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { type Slice, WireError } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { Rows } from './rows.ts'

export interface ResendLimits {
  /** Messages remembered for one account. */
  readonly resendMemory: number
  /** How long they are remembered, in ms. */
  readonly resendAge: number
}

interface Known {
  readonly at: number
  /** The connection it came over; `undefined` when that was before the memory was read. */
  readonly epoch: number | undefined
}

/** The ids of one account's messages, oldest first. */
export type KnownIds = Map<string, Known>

export class Resends {
  readonly #rows: Rows
  readonly #clock: Clock
  readonly #limits: ResendLimits
  /** Of accounts with a session under stream management. */
  readonly #accounts = new Map<BareJid, KnownIds>()

  constructor(rows: Rows, clock: Clock, limits: ResendLimits) {
    this.#rows = rows
    this.#clock = clock
    this.#limits = limits
  }

  /** What is known of an account's messages; stays the same object until it is released. */
  of(account: BareJid): Now<KnownIds> {
    const known = this.#accounts.get(account)
    if (known) return known
    const rows = this.#rows.stores.origins.all(account)
    return rows instanceof Promise ? rows.then(all => this.#load(account, all)) : this.#load(account, rows)
  }

  #load(account: BareJid, rows: ReadonlyMap<string, { readonly at: number }>): KnownIds {
    const present = this.#accounts.get(account)
    if (present) return present
    const known: KnownIds = new Map()
    const inOrder = [...rows].sort(([, one], [, other]) => one.at - other.at)
    for (const [id, { at }] of inOrder) known.set(id, { at, epoch: undefined })
    this.#accounts.set(account, known)
    return known
  }

  /** Nobody of the account is there any more. */
  release(account: BareJid): void {
    this.#accounts.delete(account)
  }

  /** The account is gone. */
  forget(account: BareJid): void {
    this.#accounts.delete(account)
    this.#rows.forgetOrigins(account)
  }

  /** Whether the message has been handled on another connection. On one and the same nobody sends again. */
  isResend(known: KnownIds, id: string, epoch: number): boolean {
    const found = known.get(id)
    return found !== undefined && found.epoch !== epoch && !this.#isOld(found)
  }

  remember(account: BareJid, known: KnownIds, id: string, epoch: number): void {
    const at = this.#clock.wall()
    known.delete(id)
    known.set(id, { at, epoch })
    this.#rows.origin(account, id, at)
    for (const [oldest, entry] of known) {
      if (known.size <= this.#limits.resendMemory && !this.#isOld(entry)) return
      known.delete(oldest)
      this.#rows.forgetOrigin(account, oldest)
    }
  }

  #isOld({ at }: Known): boolean {
    return this.#clock.wall() - at > this.#limits.resendAge
  }
}

const mark = Buffer.from('<origin-id')
const longest = 1_024

/**
 * Whom a message is for, and the sender's own id of it: together they are the same when it is sent again. Looks for the
 * bytes first: most messages have none. XEP-0359 §2.2.
 */
export function originOf(slice: Slice): string | undefined {
  const { bytes, contentStart, contentEnd } = slice
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + contentStart, contentEnd - contentStart)
  if (!content.includes(mark)) return undefined
  try {
    const id = slice.readChild(OriginId)?.id
    return id !== undefined && id.length <= longest ? `${slice.attr('to') ?? ''} ${id}` : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
