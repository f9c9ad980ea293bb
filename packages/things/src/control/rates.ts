/** How often parameters may be set, whoever does it. */
import { stanzaError } from '@waxwing/protocol'
import { CommandError } from './command.ts'
import type { PlannedWrite } from './plan.ts'

/** Parameters whose times are remembered; of more, those set longest ago are forgotten. */
const mostRemembered = 10_000

export class Rates {
  /** When each was set lately; the one set last is at the end. */
  readonly #times = new Map<string, readonly number[]>()

  /**
   * Notes what will be done now. Throws a `CommandError` `resource-constraint` that names the parameters that would be
   * set too often; then nothing is noted.
   */
  take(plan: readonly PlannedWrite[], now: number): void {
    const next = new Map<string, readonly number[]>()
    const faults = new Map<string, string>()
    for (const { node, parts } of plan)
      for (const { name, parameter } of parts) {
        const { atMost } = parameter
        if (!atMost) continue
        const key = JSON.stringify([name, node])
        const times = (next.get(key) ?? this.#times.get(key) ?? []).filter(at => now - at < atMost.perMs)
        next.set(key, [...times, now])
        if (times.length >= atMost.times)
          faults.set(name, `It may be set ${inWords(atMost.times)} in ${atMost.per} at most.`)
      }
    if (faults.size > 0)
      throw new CommandError(
        stanzaError('resource-constraint', 'That is too often.'),
        [...faults].map(([name, text]) => ({ name, text })),
      )
    for (const [key, times] of next) this.#note(key, times)
  }

  #note(key: string, times: readonly number[]): void {
    this.#times.delete(key)
    this.#times.set(key, times)
    for (const oldest of this.#times.keys()) {
      if (this.#times.size <= mostRemembered) break
      this.#times.delete(oldest)
    }
  }
}

function inWords(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}
