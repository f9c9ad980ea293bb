/** One command of service administration: its node is made of the namespace and its id. XEP-0133 §4. */
import type { Now } from '../../kernel/hooks.ts'
import type { Step } from '../commands/command.ts'

export interface AdminCommand {
  /** As in `add-user`. */
  readonly id: string
  readonly name: string
  /** There, and not shown in the list. */
  readonly isUnlisted?: boolean
  run(): Now<Step>
}
