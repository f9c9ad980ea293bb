/** Numbers that lose nothing: fractions of whole numbers, and decimals as they are written. */

/** `over` is above zero. */
export interface Fraction {
  readonly of: bigint
  readonly over: bigint
}

export const one: Fraction = { of: 1n, over: 1n }
export const zero: Fraction = { of: 0n, over: 1n }

export function times(a: Fraction, b: Fraction): Fraction {
  return { of: a.of * b.of, over: a.over * b.over }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { of: a.of * b.over + b.of * a.over, over: a.over * b.over }
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { of: -b.of, over: b.over })
}

/** The other way round. @throws RangeError for zero */
export function inverse({ of, over }: Fraction): Fraction {
  if (of === 0n) throw new RangeError('nothing divides by zero')
  return of < 0n ? { of: -over, over: -of } : { of: over, over: of }
}

export function power(base: Fraction, exponent: number): Fraction {
  const { of, over } = exponent < 0 ? inverse(base) : base
  const times = BigInt(Math.abs(exponent))
  return { of: of ** times, over: over ** times }
}

/** A decimal as it was written: `coefficient` · 10^-`decimals`. */
export interface Decimal {
  readonly coefficient: bigint
  /** May be below zero: then the last digits before the point are not told. */
  readonly decimals: number
}

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/

/** No double is larger or finer, and nobody shall have us work with longer numbers. */
const maxDigits = 400

/** `undefined` for what is no decimal, or one far beyond every double. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = form.exec(text) ?? []
  const digits = whole + fraction
  const decimals = fraction.length - Number(exponent)
  if (sign === undefined || digits === '' || digits.length > maxDigits || Math.abs(decimals) > 2 * maxDigits)
    return undefined
  const coefficient = BigInt(digits)
  return { coefficient: sign === '-' ? -coefficient : coefficient, decimals }
}

export function fractionOf({ coefficient, decimals }: Decimal): Fraction {
  return decimals >= 0
    ? { of: coefficient, over: 10n ** BigInt(decimals) }
    : { of: coefficient * 10n ** BigInt(-decimals), over: 1n }
}

/** A factor as tables write it: `0.3048`, `5/9`. @throws RangeError */
export function parseFraction(text: string): Fraction {
  const [above = '', below = '1', ...more] = text.split('/')
  const [a, b] = [parseDecimal(above), parseDecimal(below)]
  if (!a || !b || more.length > 0) throw new RangeError(`${text} is no fraction`)
  return times(fractionOf(a), inverse(fractionOf(b)))
}

function magnitude(n: bigint): bigint {
  return n < 0n ? -n : n
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [magnitude(a), magnitude(b)]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The exponent of the power of ten it is; `undefined`: it is none. */
export function powerOfTen({ of, over }: Fraction): number | undefined {
  const shared = gcd(of, over)
  const [above, below] = [String(of / shared), String(over / shared)]
  if (!/^10*$/.test(above) || !/^10*$/.test(below)) return undefined
  return above.length - below.length
}

/** Decimals needed to write it out; `undefined`: no number of them suffices. */
export function decimalsNeeded({ of, over }: Fraction): number | undefined {
  let rest = over / gcd(of, over)
  const count = (prime: bigint): number => {
    let times = 0
    for (; rest % prime === 0n; rest /= prime) times++
    return times
  }
  const decimals = Math.max(count(2n), count(5n))
  return rest === 1n ? decimals : undefined
}

/** The place of its first digit: 0 for 1 to 9, -1 for tenths. Of zero: 0. */
export function firstPlace({ of, over }: Fraction): number {
  const size = magnitude(of)
  if (size === 0n) return 0
  const guess = String(size).length - String(over).length
  const isLess = guess >= 0 ? size < over * 10n ** BigInt(guess) : size * 10n ** BigInt(-guess) < over
  return isLess ? guess - 1 : guess
}

/** With so many decimals (below zero: rounded before the point); halves go to the even digit. */
export function rounded({ of, over }: Fraction, decimals: number): Decimal {
  const shift = 10n ** BigInt(Math.abs(decimals))
  const [above, below] = decimals >= 0 ? [of * shift, over] : [of, over * shift]
  const size = magnitude(above)
  const [whole, twice] = [size / below, (size % below) * 2n]
  const isUp = twice > below || (twice === below && whole % 2n === 1n)
  const result = isUp ? whole + 1n : whole
  return { coefficient: above < 0n ? -result : result, decimals }
}

/** Without the zeros at its end. */
export function trimmed({ coefficient, decimals }: Decimal, atLeast = 0): Decimal {
  let [digits, left] = [coefficient, decimals]
  while (left > atLeast && digits % 10n === 0n) {
    digits /= 10n
    left--
  }
  return { coefficient: digits, decimals: left }
}

/** As xs:double writes it; with an exponent only where it would be a row of zeros. */
export function formatDecimal({ coefficient, decimals }: Decimal): string {
  const sign = coefficient < 0n ? '-' : ''
  const digits = String(magnitude(coefficient))
  if (coefficient !== 0n && (decimals < -20 || decimals - digits.length > 20)) {
    const [first, others] = [digits[0], digits.slice(1)]
    return `${sign}${first}${others === '' ? '' : `.${others}`}E${digits.length - 1 - decimals}`
  }
  if (decimals <= 0) return sign + (coefficient === 0n ? '0' : digits + '0'.repeat(-decimals))
  const padded = digits.padStart(decimals + 1, '0')
  return `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}
