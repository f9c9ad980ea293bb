// How the text of an attribute or element becomes a value and back.

/** A value's textual form. `name` completes "is not …" in errors and stands in the documentation. */
export interface TextCodec<T> {
  readonly name: string
  /** Throws any error when the text is no such value; the reader turns it into a `WireError` with the path. */
  parse(text: string): T
  /** Throws when the value has no textual form. */
  format(value: T): string
}

/** A text that is not what its codec expects. The message never repeats the text. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}

/** A codec from two functions; `name` reads well behind "is not", such as "a bare JID". */
export function custom<T>(
  parse: (text: string) => T,
  format: (value: T) => string,
  name: string,
): TextCodec<T> {
  return { name, parse, format }
}

const same = (text: string): string => text

/** Any text, unchanged. */
export const string: TextCodec<string> = custom(same, same, 'text')

const wholeNumber = /^[\t\n\r ]*([+-]?[0-9]{1,20})[\t\n\r ]*$/

function digitsOf(text: string): string {
  const digits = wholeNumber.exec(text)?.[1]
  if (digits === undefined) throw new CodecError('not a whole number')
  return digits
}

/** A whole number between two bounds, both included; the bounds lie within ±(2^53 − 1). */
export function intWithin(min: number, max: number): TextCodec<number> {
  const check = (value: number): number => {
    if (!Number.isInteger(value) || value < min || value > max) throw new CodecError('out of range')
    return value + 0
  }
  return custom(
    text => check(Number(digitsOf(text))),
    value => String(check(value)),
    `a whole number from ${min} to ${max}`,
  )
}

/** `xs:int`: −2^31 … 2^31 − 1. */
export const int: TextCodec<number> = intWithin(-0x8000_0000, 0x7fff_ffff)

/** `xs:unsignedInt`: 0 … 2^32 − 1. */
export const uint: TextCodec<number> = intWithin(0, 0xffff_ffff)

/** A whole number that a JavaScript number holds exactly, for sizes and counts: 0 … 2^53 − 1. */
export const count: TextCodec<number> = intWithin(0, Number.MAX_SAFE_INTEGER)

const MIN_LONG = -(2n ** 63n)
const MAX_LONG = 2n ** 63n - 1n

function checkLong(value: bigint): bigint {
  if (value < MIN_LONG || value > MAX_LONG) throw new CodecError('out of range')
  return value
}

/** `xs:long`: −2^63 … 2^63 − 1. */
export const long: TextCodec<bigint> = custom(
  text => checkLong(BigInt(digitsOf(text).replace('+', ''))),
  value => String(checkLong(value)),
  'a whole number of 64 bits',
)

const decimal =
  /^[\t\n\r ]*([+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,6})?)[\t\n\r ]*$/

function parseDouble(text: string): number {
  const number = decimal.exec(text)?.[1]
  if (number !== undefined) return Number(number)
  const special = text.trim()
  if (special === 'INF') return Number.POSITIVE_INFINITY
  if (special === '-INF') return Number.NEGATIVE_INFINITY
  if (special === 'NaN') return Number.NaN
  throw new CodecError('not a number')
}

function formatDouble(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? 'INF' : '-INF'
}

/** `xs:double`; the shortest text that reads back as the same number. */
export const double: TextCodec<number> = custom(parseDouble, formatDouble, 'a number')

function parseBool(text: string): boolean {
  const word = text.trim()
  if (word === 'true' || word === '1') return true
  if (word === 'false' || word === '0') return false
  throw new CodecError('not a boolean')
}

/** `xs:boolean`: reads `true`, `false`, `1` and `0`; writes `true` and `false`. */
export const bool: TextCodec<boolean> = custom(parseBool, String, 'true or false')

/** One of a fixed set of words, as spelled. */
export function oneOf<const T extends string>(...words: readonly T[]): TextCodec<T> {
  const find = (text: string): T => {
    const word = words.find(candidate => candidate === text)
    if (word === undefined) throw new CodecError('not one of the known words')
    return word
  }
  return custom(find, find, `one of ${words.join(', ')}`)
}
