/** When rules hold. */
import type { Rule } from './rule.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

type Times = Pick<Rule, 'from' | 'until' | 'hours'>

/** @param now milliseconds since 1970 */
export function holdsAt({ from, until, hours }: Times, now: number): boolean {
  if (from !== undefined && now < from) return false
  if (until !== undefined && now >= until) return false
  if (hours === undefined) return true
  const minute = Math.floor((now % dayMs) / minuteMs)
  return hours.from < hours.to
    ? hours.from <= minute && minute < hours.to
    : hours.from <= minute || minute < hours.to
}

/** When a rule begins or ends to hold next; `undefined`: never again. */
export function nextTurn({ from, until, hours }: Times, now: number): number | undefined {
  if (until !== undefined && until <= now) return undefined
  const midnight = now - (now % dayMs)
  const daily = hours ? [hours.from, hours.to].flatMap(minute => timesOf(midnight, minute)) : []
  const all = [from, until, ...daily].filter(at => at !== undefined && at > now)
  return all.length === 0 ? undefined : Math.min(...all.map(at => at ?? 0))
}

/** Today and tomorrow. */
function timesOf(midnight: number, minute: number): readonly number[] {
  return [midnight + minute * minuteMs, midnight + dayMs + minute * minuteMs]
}
