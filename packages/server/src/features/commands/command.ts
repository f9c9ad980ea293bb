/** What a command is, to the feature that has one. XEP-0050. */
import type { BareJid, Jid } from '@waxwing/jid'
import {
  type CommandFault,
  type CommandNote,
  commandCondition,
  type DataForm,
  type DeclaredForm,
  FormError,
  type FormWords,
  type OutOfBand,
  type StanzaError,
  stanzaError,
  type ValuesOf,
} from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { ClientSession } from '../../session/client-session.ts'

/** Who asks, and whom. */
export interface Caller {
  readonly from: Jid
  readonly jid: BareJid
  /** The local session that asks; `undefined` for somebody of another server. */
  readonly session: ClientSession | undefined
  /** The account asked; at the host the caller's own. */
  readonly account: BareJid
}

/** What can be said at any stage. */
interface Said {
  readonly notes?: readonly CommandNote[]
  readonly form?: DataForm
}

/** The command is done. One that failed says so in a note of type `error`. XEP-0050 §3.6. */
export interface Done extends Said {
  readonly status: 'done'
  readonly outOfBand?: readonly OutOfBand[]
  readonly others?: readonly Element[]
}

/** Takes what was filled in, and says what comes then. Throw `StanzaError` or `FormError` to refuse it. */
export type Onward = (submitted: DataForm) => Now<Step>

/** Something is to be filled in; at least one way leads on. */
export interface Stage extends Said {
  readonly status: 'asking'
  readonly form: DataForm
  readonly next?: Onward
  readonly complete?: Onward
}

export type Step = Done | Stage

/** A command as a feature declares it. */
export interface CommandDeclaration {
  readonly node: string
  /** For people, in menus. */
  readonly name: string
  /** Whether the host or each account (to its owner) offers it. */
  readonly at: 'host' | 'account'
  /** Works, and is not shown in the list. */
  readonly isUnlisted?: boolean | undefined
  /** Who may not use it does not see it in the list and is answered `forbidden`. */
  mayUse(caller: Caller): Now<boolean>
  run(caller: Caller): Now<Step>
}

export function done(said: Omit<Done, 'status'> = {}): Done {
  return { status: 'done', ...said }
}

/** Done, with a word for people. */
export function told(text: string, type?: CommandNote['type']): Done {
  return done({ notes: [{ type, text }] })
}

/** Asks for a declared form, and then is complete. */
export function ask<F>(
  form: DeclaredForm<F>,
  words: FormWords,
  act: (values: ValuesOf<F>) => Now<Step>,
  values?: Partial<ValuesOf<F>>,
): Stage {
  return {
    status: 'asking',
    form: form.blank(words, values),
    complete: submitted => act(form.read(submitted)),
  }
}

/** XEP-0050 §4.4. */
export function commandError(fault: CommandFault, text?: string): StanzaError {
  const app = commandCondition(fault)
  return fault === 'session-expired'
    ? stanzaError('not-allowed', text, { app })
    : stanzaError('bad-request', text, { app })
}

/** Lets what does not fit a form be answered as §4.4 wants it. */
export async function payloadFits(act: () => Now<Step>): Promise<Step> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof FormError) throw commandError('bad-payload', error.message)
    throw error
  }
}
