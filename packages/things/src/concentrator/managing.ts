/** Who may change nodes, and the record of what was done. */
import type { ConcentratorOperation } from '@waxwing/protocol'
import { stanzaError } from '@waxwing/protocol'
import { CommandError } from '../control/command.ts'
import { WriteError } from '../control/parameters.ts'
import type { Clock } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import { type Caller, notAllowed, refusalIn } from './call.ts'
import { refusedForm } from './node-forms.ts'
import { InputError, type NodeCall, type NodeView } from './node-options.ts'
import type { ConcentratorOptions, ManageQuestion } from './options.ts'

export interface ManagingWorld {
  readonly clock: Clock
  readonly options: ConcentratorOptions
  readonly reads: SharedReads
  /** Whether it is our own account. */
  isOwn(from: Caller['from']): boolean
  fault(error: unknown): void
}

export class Managing {
  readonly #world: ManagingWorld

  constructor(world: ManagingWorld) {
    this.#world = world
  }

  /** Whether somebody may do something, to a node or at all. */
  async may(
    { from, tokens }: Caller,
    operation: ConcentratorOperation,
    about: Pick<ManageQuestion, 'node' | 'command'> = {},
  ): Promise<boolean> {
    const { mayManage } = this.#world.options
    if (!mayManage) return this.#world.isOwn(from)
    return this.#world.reads.within(Promise.resolve(mayManage({ from, tokens, operation, ...about })))
  }

  /** Throws `forbidden` unless somebody may do something to all of these nodes. */
  async must(
    caller: Caller,
    operation: ConcentratorOperation,
    views: readonly NodeView[],
    command?: string,
  ): Promise<void> {
    for (const { ref } of views)
      if (!(await this.may(caller, operation, { node: ref, command }))) throw notAllowed()
  }

  /** Does something to a node, and records how it went. Throws the refusal to answer with. */
  async record<T>(
    caller: Caller,
    operation: ConcentratorOperation,
    view: NodeView,
    act: () => Promise<T>,
    command?: string,
  ): Promise<T> {
    const result = await this.refusing(caller, operation, view, act, command)
    this.#note(caller, operation, view, command, undefined)
    return result
  }

  /** The same for what is only looked at before: recorded when it is refused. */
  async refusing<T>(
    caller: Caller,
    operation: ConcentratorOperation,
    view: NodeView,
    act: () => Promise<T>,
    command?: string,
  ): Promise<T> {
    try {
      return await act()
    } catch (error) {
      this.#note(caller, operation, view, command, error)
      throw this.#told(error)
    }
  }

  /** Waits for what may refuse by itself. Throws the refusal to answer with. */
  async refusable(doing: Promise<void>): Promise<void> {
    try {
      await doing
    } catch (error) {
      throw this.#told(error)
    }
  }

  #note(
    { from }: Caller,
    operation: ConcentratorOperation,
    { ref }: NodeView,
    command: string | undefined,
    error: unknown,
  ): void {
    const at = new Date(this.#world.clock.wall())
    this.#world.options.onManage?.({ at, from, operation, node: ref, command, error })
  }

  /** What is told of an error: its text only if it is meant to be told. */
  #told(error: unknown): CommandError {
    const refusal = refusalIn(error)
    if (refusal) return refusal
    if (error instanceof InputError)
      return refusedForm(Object.entries(error.faults).map(([name, text]) => ({ name, text })))
    const isToTell = error instanceof WriteError
    if (!isToTell) this.#world.fault(error)
    const text = isToTell ? error.message : 'It could not be done.'
    return new CommandError(stanzaError('undefined-condition', text, { type: 'cancel' }))
  }
}

export function callOf({ from, tokens, lang }: Caller, { ref }: NodeView): NodeCall {
  return { from, tokens, lang, node: ref }
}
