/** When a change is worth an event. */
import type { Duration, EventTrigger, SensorValue } from '@waxwing/protocol'

/**
 * How far a value has moved from another, in the field's unit: booleans count 0 and 1, times in seconds; texts move by
 * one, in the direction of their order. `undefined`: it has not moved at all, or to another kind or unit.
 */
export function movement(from: SensorValue, to: SensorValue): number | 'incomparable' {
  if (from.kind !== to.kind) return 'incomparable'
  if (from.kind === 'quantity' && to.kind === 'quantity' && from.unit !== to.unit) return 'incomparable'
  if (from.text === to.text) return 0
  const [before, after] = [measure(from), measure(to)]
  if (before !== undefined && after !== undefined) return distance(before, after)
  return from.text < to.text ? 1 : -1
}

/** From and to what is no number, or without end, there is no distance: it is told whatever the threshold. */
function distance(before: number, after: number): number | 'incomparable' {
  const moved = after - before
  if (Object.is(before, after)) return 0
  return Number.isFinite(moved) ? moved : 'incomparable'
}

/** Seconds or numbers; `undefined` for texts. */
function measure(value: SensorValue): number | undefined {
  switch (value.kind) {
    case 'boolean':
      return value.value ? 1 : 0
    case 'int':
    case 'quantity':
      return value.value
    case 'long':
      return Number(value.value)
    case 'date':
      return Date.UTC(value.value.year, value.value.month - 1, value.value.day) / 1_000
    case 'dateTime':
      return value.value && value.value.getTime() / 1_000
    case 'duration':
      return secondsIn(value.value)
    case 'time':
      return value.value.hour * 3_600 + value.value.minute * 60 + value.value.second
    default:
      return undefined
  }
}

/** Months and years as long as they are on average. */
function secondsIn(duration: Duration): number {
  const { isNegative, years, months, days, hours, minutes, seconds } = duration
  const whole = (years * 365.25 + months * 30.4375 + days) * 86_400 + hours * 3_600 + minutes * 60 + seconds
  return isNegative ? -whole : whole
}

/** What a subscriber knows of a field: the value sent last, or the number it said it knows. */
export type Known = SensorValue | number

/** Whether the value now is worth telling. */
export function isTriggered(
  { by, up, down }: Pick<EventTrigger, 'by' | 'up' | 'down'>,
  known: Known | undefined,
  now: SensorValue,
): boolean {
  if (known === undefined) return true
  const moved = typeof known === 'number' ? movedFrom(known, now) : movement(known, now)
  if (moved === 'incomparable') return true
  if (by === undefined && up === undefined && down === undefined) return moved !== 0
  return (
    (by !== undefined && Math.abs(moved) >= by) ||
    (up !== undefined && moved >= up) ||
    (down !== undefined && -moved >= down)
  )
}

function movedFrom(known: number, now: SensorValue): number | 'incomparable' {
  const measured = measure(now)
  return measured === undefined ? 'incomparable' : distance(known, measured)
}
