/** What goes wrong with a thing, and when: decided by seed and time, so that a run can be repeated. */
import { fraction, mixed } from './seeds.ts'

export const faultKinds = ['silent', 'slow', 'wrong', 'clock', 'cut'] as const

/** `silent`: answers nothing. `slow`: answers late. `wrong`: says nonsense. `clock`: its time is off. `cut`: loses its connection. */
export type FaultKind = (typeof faultKinds)[number]

/** How much of the time each fault lasts, from 0 to 1; of `cut` how likely it is in each spell. */
export interface FaultRates extends Readonly<Record<FaultKind, number>> {
  /** Faults come and go at the borders of spells of this length. */
  readonly spellMs: number
}

/** Which spell it is for a thing: not all things change at the same moment. */
export function spellOf(seed: number, { spellMs }: FaultRates, atMs: number): number {
  return Math.floor(atMs / spellMs + fraction(seed, 0))
}

/** Milliseconds until the spell is over. */
export function restOfSpell(seed: number, rates: FaultRates, atMs: number): number {
  return (spellOf(seed, rates, atMs) + 1 - fraction(seed, 0)) * rates.spellMs - atMs
}

export function hasFault(kind: FaultKind, seed: number, rates: FaultRates, atMs: number): boolean {
  const rate = rates[kind]
  return rate > 0 && fraction(mixed(seed, faultKinds.indexOf(kind) + 1), spellOf(seed, rates, atMs)) < rate
}

/** How late a slow answer is, by the moment it is asked for: from 1 to 15 seconds. */
export function slownessAt(seed: number, atMs: number): number {
  return 1_000 + 14_000 * fraction(mixed(seed, 0x510), Math.floor(atMs / 1_000))
}

/** How far a wrong clock is off: up to twelve hours, as long as the thing lives. */
export function clockError(seed: number): number {
  return (fraction(mixed(seed, 0xc10c), 0) * 2 - 1) * 12 * 3_600_000
}
