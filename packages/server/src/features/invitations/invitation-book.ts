/** Invitations as they are kept: under the hash of their token, with an end and a number of uses. */
import { createHash } from 'node:crypto'
import type { BareJid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { Clock, Random } from '@waxwing/stream'
import { allKeys, column, key, keyed, mapped, type OpenedStores, type Row } from '../../store/store.ts'

const columns = {
  inviter: column.text(),
  /** Whether an account may be made with it. */
  makes_account: column.bool(),
  /** Whether the inviter and whoever comes become contacts. */
  makes_contact: column.bool(),
  /** The account it is for; any when there is none. */
  account: column.text().maybe(),
  expires: column.time(),
  uses: column.integer(),
}

export const invitationShapes = {
  invitations: keyed('token_hash', columns),
  by_inviter: mapped(key<BareJid>('inviter'), 'token_hash', { expires: column.time() }),
  reserved: keyed(key<BareJid>('account'), { token_hash: column.text(), expires: column.time() }),
}

export type Invitation = Row<typeof columns>

export interface InvitationLimits {
  /** Open invitations one inviter may have. */
  readonly perInviter: number
}

export class InvitationBook {
  readonly #store: OpenedStores<typeof invitationShapes>
  readonly #clock: Clock
  readonly #random: Random

  /** Ends of those that make accounts and have uses left: whether strangers need an offer at all. */
  readonly #open = new Map<string, number>()

  private constructor(store: OpenedStores<typeof invitationShapes>, clock: Clock, random: Random) {
    this.#store = store
    this.#clock = clock
    this.#random = random
  }

  static async open(
    store: OpenedStores<typeof invitationShapes>,
    clock: Clock,
    random: Random,
  ): Promise<InvitationBook> {
    const book = new InvitationBook(store, clock, random)
    for (const hash of await allKeys(store.invitations)) book.#note(hash, await store.invitations.get(hash))
    return book
  }

  /** Whether anybody could make an account with an invitation just now. */
  hasOpen(): boolean {
    const now = this.#clock.wall()
    for (const [hash, expires] of this.#open) {
      if (expires > now) return true
      this.#open.delete(hash)
    }
    return false
  }

  #note(hash: string, invitation: Invitation | undefined): void {
    if (invitation?.makes_account && invitation.uses > 0) this.#open.set(hash, invitation.expires)
    else this.#open.delete(hash)
  }

  /** Writes an invitation down. @returns its token, which is kept nowhere else */
  async add(
    inviter: BareJid,
    invitation: Omit<Invitation, 'inviter'>,
    { perInviter }: InvitationLimits,
  ): Promise<string> {
    if ((await this.#tidied(inviter)) >= perInviter)
      throw stanzaError('resource-constraint', 'You have too many open invitations')
    const account = invitation.account as BareJid | undefined
    if (account !== undefined && (await this.reserves(account)))
      throw stanzaError('conflict', 'Somebody is invited to this name already')
    const token = newToken(this.#random)
    const hash = hashOf(token)
    const { expires } = invitation
    this.#note(hash, { ...invitation, inviter })
    await Promise.all([
      this.#store.invitations.put(hash, { ...invitation, inviter }),
      this.#store.by_inviter.put(inviter, hash, { expires }),
      account === undefined ? undefined : this.#store.reserved.put(account, { token_hash: hash, expires }),
    ])
    return token
  }

  /** The invitation of a token that can still be used. */
  async of(token: string): Promise<Invitation | undefined> {
    const found = await this.#store.invitations.get(hashOf(token))
    return found && found.uses > 0 && found.expires > this.#clock.wall() ? found : undefined
  }

  /** Whether a name is kept for somebody who is invited. */
  async reserves(account: BareJid): Promise<boolean> {
    const found = await this.#store.reserved.get(account)
    return found !== undefined && found.expires > this.#clock.wall()
  }

  /** Counts one use. `false`: there was none left. Two who come at once cannot both have the last one. */
  async take(token: string): Promise<boolean> {
    const hash = hashOf(token)
    let before: Invitation | undefined
    const after = await this.#store.invitations.update(hash, present => {
      before = present
      return present && present.uses > 0 ? { ...present, uses: present.uses - 1 } : present
    })
    this.#note(hash, after)
    return before !== undefined && before.uses > 0
  }

  async giveBack(token: string): Promise<void> {
    const hash = hashOf(token)
    const oneMore = (present: Invitation | undefined): Invitation | undefined =>
      present && { ...present, uses: present.uses + 1 }
    this.#note(hash, await this.#store.invitations.update(hash, oneMore))
  }

  /** Everything an account has invited to. */
  async forget(inviter: BareJid): Promise<void> {
    const hashes = [...(await this.#store.by_inviter.all(inviter)).keys()]
    await Promise.all([...hashes.map(hash => this.#remove(hash)), this.#store.by_inviter.clear(inviter)])
  }

  async #remove(hash: string): Promise<void> {
    this.#open.delete(hash)
    const found = await this.#store.invitations.get(hash)
    const account = found?.account as BareJid | undefined
    if (account !== undefined) await this.#store.reserved.delete(account)
    await this.#store.invitations.delete(hash)
  }

  /** Throws away what cannot be used any more. @returns how many are left */
  async #tidied(inviter: BareJid): Promise<number> {
    const now = this.#clock.wall()
    let left = 0
    for (const [hash, { expires }] of await this.#store.by_inviter.all(inviter)) {
      const hasUses = ((await this.#store.invitations.get(hash))?.uses ?? 0) > 0
      if (hasUses && expires > now) left++
      else if (!hasUses || expires + graceMs < now)
        await Promise.all([this.#remove(hash), this.#store.by_inviter.delete(inviter, hash)])
    }
    return left
  }
}

/** Who has shown a token just in time may still be filling in the form. XEP-0445 §4. */
const graceMs = 3_600_000

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** 24 letters and digits, 120 bits: XEP-0379 §5.1 wants 80 at least. */
function newToken(random: Random): string {
  let token = ''
  for (const byte of random.bytes(24)) token += alphabet[byte & 31] ?? ''
  return token
}

/** Who reads the store must not be able to come in. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
