// Ad-hoc commands (XEP-0050).
import {
  attr,
  child,
  children,
  type Element,
  el,
  element,
  flag,
  lang,
  oneOf,
  rest,
  string,
  text,
  type Wire,
} from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { OutOfBand } from './out-of-band.ts'

const NS = 'http://jabber.org/protocol/commands'

/** The node under which an entity lists its commands, and their namespace. XEP-0050 §2.2. */
export const COMMANDS_NS: string = NS

/** What the requester wants done. XEP-0050 §4.1. */
export const commandActions = ['execute', 'cancel', 'prev', 'next', 'complete'] as const
export type CommandAction = (typeof commandActions)[number]

/** XEP-0050 §4.1. */
export const commandStatuses = ['executing', 'completed', 'canceled'] as const
export type CommandStatus = (typeof commandStatuses)[number]

/** XEP-0050 §4.3. */
export const noteTypes = ['info', 'warn', 'error'] as const
export type NoteType = (typeof noteTypes)[number]

/** Something to tell people. XEP-0050 §4.3. */
export interface CommandNote {
  /** Absent: `info`. */
  readonly type?: NoteType | undefined
  readonly text: string
}
export const CommandNote: Wire<CommandNote> = element(NS, 'note', {
  type: attr('type', oneOf(...noteTypes)).maybe(),
  text: text(string),
})

/** Where to go from this stage. XEP-0050 §4.2. */
export interface CommandMoves {
  /** What `execute` means here; absent: `next`. §3.4. */
  readonly execute?: 'prev' | 'next' | 'complete' | undefined
  readonly prev?: boolean | undefined
  readonly next?: boolean | undefined
  readonly complete?: boolean | undefined
}
export const CommandMoves: Wire<CommandMoves> = element(NS, 'actions', {
  execute: attr('execute', oneOf('prev', 'next', 'complete')).maybe(),
  prev: flag('prev'),
  next: flag('next'),
  complete: flag('complete'),
})

/** One step of a command, from either side. XEP-0050 §4.1. */
export interface Command {
  readonly node: string
  /** Absent in the request that begins. */
  readonly sessionid?: string | undefined
  /** One of `commandActions`, absent: `execute`; whoever gets another one answers `malformed-action` (§4.4). */
  readonly action?: string | undefined
  readonly status?: CommandStatus | undefined
  readonly lang?: string | undefined
  readonly moves?: CommandMoves | undefined
  readonly notes?: readonly CommandNote[] | undefined
  readonly form?: DataForm | undefined
  readonly outOfBand?: readonly OutOfBand[] | undefined
  /** Payload in other namespaces. §3.5. */
  readonly others?: readonly Element[] | undefined
}
export const Command: Wire<Command> = element(NS, 'command', {
  node: attr('node', string),
  sessionid: attr('sessionid', string).maybe(),
  action: attr('action', string).maybe(),
  status: attr('status', oneOf(...commandStatuses)).maybe(),
  lang,
  moves: child(CommandMoves).maybe(),
  notes: children(CommandNote),
  form: child(DataForm).maybe(),
  outOfBand: children(OutOfBand),
  others: rest,
})

/** XEP-0050 §4.4. */
export type CommandFault =
  | 'malformed-action'
  | 'bad-action'
  | 'bad-locale'
  | 'bad-payload'
  | 'bad-sessionid'
  | 'session-expired'

/** The specific condition beside `bad-request` or `not-allowed`. XEP-0050 §4.4. */
export function commandCondition(fault: CommandFault): Element {
  return el(NS, fault)
}
