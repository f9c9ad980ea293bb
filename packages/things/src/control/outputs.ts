/** Carries commands out, one after the other, and notes what was done. XEP-0325 §3.2.11 */
import type { Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { ThingLimits } from '../thing-options.ts'
import { CommandError } from './command.ts'
import type { ControlDecision, ControlRecord, ControlWay } from './control-options.ts'
import { WriteError } from './parameters.ts'
import type { PlannedWrite } from './plan.ts'
import { Rates } from './rates.ts'
import { type Values, valuesNow } from './values-now.ts'

/** Who tells us to, and by what right. */
export interface Commanded {
  readonly from: Jid
  readonly way: ControlWay
  readonly decision: ControlDecision | undefined
}

export interface OutputsOptions {
  readonly client: ThingClient
  readonly limits: ThingLimits
  readonly reads: SharedReads
  /** Told of every parameter that was set or could not be. */
  note(record: ControlRecord): void
}

export class Outputs {
  readonly #options: OutputsOptions
  readonly #rates = new Rates()
  #last: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Map<Jid, number>()

  constructor(options: OutputsOptions) {
    this.#options = options
  }

  /**
   * Does it in its turn: the order in which commands came is kept. Rejects with a `CommandError`.
   *
   * @param plan asked when its turn has come
   */
  async carryOut(plan: () => Promise<readonly PlannedWrite[]>, by: Commanded): Promise<void> {
    const { from } = by
    const waiting = this.#waiting.get(from) ?? 0
    if (waiting >= this.#options.limits.queued)
      throw new CommandError(stanzaError('resource-constraint', 'Too many commands wait'))
    this.#waiting.set(from, waiting + 1)
    const turn = this.#last.then(async () => this.#all(await plan(), by))
    this.#last = turn.catch(() => {})
    try {
      await turn
    } finally {
      const left = (this.#waiting.get(from) ?? 1) - 1
      if (left === 0) this.#waiting.delete(from)
      else this.#waiting.set(from, left)
    }
  }

  async #all(plan: readonly PlannedWrite[], by: Commanded): Promise<void> {
    this.#rates.take(plan, this.#now)
    const done: string[] = []
    for (const write of plan) {
      const before = await this.#before(write)
      try {
        await this.#options.reads.within(write.write())
      } catch (error) {
        this.#note(write, by, before, error)
        throw this.#failed(write, error, done)
      }
      const { node, parts } = write
      done.push(...parts.map(({ name }) => (node === undefined ? name : `${name} of ${node.id}`)))
      this.#note(write, by, before, undefined)
    }
  }

  /** Values that are at hand: nothing that is to be set waits longer for what it was. */
  async #before({ parts }: PlannedWrite): Promise<Values> {
    const { reads, client, limits } = this.#options
    if (limits.logged <= 0) return new Map()
    const fields = parts.map(({ name, field }) => [name, field] as const)
    return (await valuesNow(reads, client.platform.clock, fields, limits.inlineWithinMs)).values
  }

  #note({ node, parts }: PlannedWrite, by: Commanded, before: Values, error: unknown): void {
    const at = new Date(this.#now)
    for (const { name, text: value } of parts)
      this.#options.note({ at, ...by, node, name, before: before.get(name)?.text, value, error })
  }

  /** What was done before stays done, and is told. */
  #failed({ parts }: PlannedWrite, error: unknown, done: readonly string[]): CommandError {
    const isToTell = error instanceof WriteError
    if (!isToTell) this.#options.client.platform.report(error)
    const text = isToTell ? error.message : 'Writing failed.'
    const before = done.length === 0 ? 'Nothing was set.' : `Set before it failed: ${done.join(', ')}.`
    return new CommandError(
      stanzaError('undefined-condition', before, { type: 'cancel' }),
      parts.map(({ name }) => ({ name, text })),
    )
  }

  get #now(): number {
    return this.#options.client.platform.clock.wall()
  }
}
