/** Values in other units, without losing a digit. */
import {
  type Decimal,
  decimalsNeeded,
  type Fraction,
  firstPlace,
  formatDecimal,
  fractionOf,
  inverse,
  minus,
  parseDecimal,
  plus,
  powerOfTen,
  rounded,
  times,
  trimmed,
  zero,
} from './fraction.ts'
import { type Unit, unitOf } from './unit-catalogue.ts'

/** Values of different things, or in units nobody knows, do not become each other. */
export class UnitError extends Error {
  override readonly name = 'UnitError'
}

/** Whether two spellings mean the very same unit, known here or not. */
export function sameUnit(a: string | undefined, b: string | undefined): boolean {
  const [one, other] = [unitOf(a), unitOf(b)]
  if (!one || !other) return (a ?? '') === (b ?? '')
  return one.dimension === other.dimension && isSame(one.factor, other.factor) && isSame(one.zero, other.zero)
}

function isSame(a: Fraction, b: Fraction): boolean {
  return a.of * b.over === b.of * a.over
}

/** Whether values in one unit can be told in the other. */
export function areAlike(a: string | undefined, b: string | undefined): boolean {
  const [one, other] = [unitOf(a), unitOf(b)]
  return one && other ? one.dimension === other.dimension : (a ?? '') === (b ?? '')
}

/** @throws UnitError with a sentence for people */
function pairOf(from: string | undefined, to: string | undefined): readonly [Unit, Unit] {
  const [a, b] = [unitOf(from), unitOf(to)]
  if (!a || !b) throw new UnitError(`The unit ${(a ? to : from) ?? ''} is not known here.`)
  if (a.dimension === b.dimension) return [a, b]
  throw new UnitError(`${shown(a)} cannot be told in ${shown(b)}: they do not measure the same.`)
}

function shown({ text }: Unit): string {
  return text === '' ? 'a plain number' : text
}

/** Significant digits of a result that is not exact. */
const digitsTold = 15
/** Significant digits of one that is. */
const digitsExact = 34

/**
 * A value in another unit: `convert('23.4', '°C', 'K')` is `296.55`. Exact where only the point moves or a zero does;
 * else rounded to 15 digits, or as many as were given. `INF` and `NaN` stay what they are.
 *
 * @throws UnitError when the units measure different things, or one is not known
 */
export function convert(value: string | number, from: string | undefined, to: string | undefined): string {
  const [a, b] = pairOf(from, to)
  return converted(String(value), times(a.factor, inverse(b.factor)), a.zero, b.zero)
}

/** A difference in another unit, where zeros do not matter: 9 °F are 5 K. @throws UnitError */
export function convertDifference(
  value: string | number,
  from: string | undefined,
  to: string | undefined,
): string {
  const [a, b] = pairOf(from, to)
  return converted(String(value), times(a.factor, inverse(b.factor)), zero, zero)
}

function converted(text: string, ratio: Fraction, zeroThere: Fraction, zeroHere: Fraction): string {
  const trimmedText = text.trim()
  if (/^(?:[+-]?INF|-?Infinity|NaN)$/.test(trimmedText)) return trimmedText.replace('Infinity', 'INF')
  const given = parseDecimal(trimmedText)
  if (!given) throw new UnitError(`${text.slice(0, 40)} is no number that has a unit.`)
  const result = minus(times(plus(fractionOf(given), zeroThere), ratio), zeroHere)
  return formatDecimal(asToldBy(given, result, ratio))
}

/** The result with the digits that the given value stands for. */
function asToldBy(given: Decimal, result: Fraction, ratio: Fraction): Decimal {
  const moved = powerOfTen(ratio)
  const needed = decimalsNeeded(result)
  if (moved !== undefined && needed !== undefined)
    return rounded(result, Math.max(needed, given.decimals - moved))
  const place = firstPlace(result)
  if (needed !== undefined && place + 1 + needed <= digitsExact && !isRounded(given))
    return rounded(result, needed)
  const fine = Math.max(digitsTold, digitsOf(given)) - 1 - place
  const told = place < digitsExact ? Math.max(0, fine) : fine
  if (!isRounded(given)) return rounded(result, told)
  // The last digit of a number that was rounded is none to build on.
  return trimmed(rounded(result, Math.min(told, given.decimals - firstPlace(ratio) - 1)))
}

function digitsOf({ coefficient }: Decimal): number {
  return String(coefficient).replace('-', '').length
}

/** Nobody measures so many digits: they are what a conversion left. */
function isRounded(given: Decimal): boolean {
  return digitsOf(given) >= digitsTold
}

/** A number with its unit, where another unit than the thing's own may be meant. */
export interface Amount {
  readonly value: number | string
  readonly unit: string
}

/** Nobody writes longer ones, and nobody shall have us look at them. */
const longestAmount = 200

/** `70 °F` as a person writes it; `undefined` for anything else. */
export function parseAmount(text: string): Amount | undefined {
  if (text.length > longestAmount) return undefined
  const [, value, unit] =
    /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d+.-].*?)\s*$/.exec(text) ?? []
  return value !== undefined && unit !== undefined && unitOf(unit) ? { value, unit } : undefined
}
