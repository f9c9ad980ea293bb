/** How other features let strangers register on their terms: with an invitation, with a signature. */

import type { BareJid } from '@waxwing/jid'
import type { DataForm, FormField } from '@waxwing/protocol'
import type { Transport } from '@waxwing/stream'
import type { Now } from '../../kernel/hooks.ts'

/** What a stranger asks for. */
export interface Wish {
  readonly account: BareJid
  readonly form: DataForm | undefined
  /** The address the stanza was sent to, as it was written. */
  readonly to: string
}

/** Somebody may register. */
export interface Ticket {
  /** Counts the use; throws when it was the last but one. Called just before the account is made. */
  take(): Now<void>
  /** The account could not be made after all. */
  giveBack(): Now<void>
  /** The account is made. */
  used?(account: BareJid): Now<void>
}

export interface Admission {
  /** Whether strangers can come this way at all. */
  isOpen(): boolean
  /** Whether this connection may ask for the form. */
  welcomes(transport: Transport): boolean
  /** What it wants in the form, and the FORM_TYPE it gives it. */
  readonly formType?: string
  fields?(transport: Transport): readonly FormField[]
  /** A ticket when the wish fits; `undefined` when it comes another way. Throws `StanzaError` to refuse. */
  admit(wish: Wish, transport: Transport): Now<Ticket | undefined>
  /** Whether the name is kept for somebody who comes this way. */
  reserves?(account: BareJid): Now<boolean>
}
