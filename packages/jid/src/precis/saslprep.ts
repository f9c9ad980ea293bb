/** SASLprep (RFC 4013), a profile of stringprep (RFC 3454): what peers older than PRECIS do to passwords. */
import { bidiClassOf } from './bidi.ts'
import { PreparationError } from './preparation-error.ts'

/**
 * A user name or password prepared as a query string: code points unassigned in stringprep's Unicode 3.2 pass.
 *
 * COMPAT(SCRAM peers, since RFC 5802): RFC 8265 replaced this by OpaqueString; where both succeed with different
 * results, the other side may have stored either.
 *
 * @throws PreparationError for prohibited code points (§2.3) and mixed directions (§2.4); an empty result is none
 */
export function saslPrep(text: string): string {
  const mapped = text.replace(spaces, ' ').replace(mappedToNothing, '').normalize('NFKC')
  if (prohibited.test(mapped))
    throw new PreparationError('disallowed', 'a character is prohibited by SASLprep')
  requireDirection(mapped)
  return mapped
}

/** RFC 3454 C.1.2. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu

/** RFC 3454 B.1. */
const mappedToNothing = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu

/** RFC 3454 C.1.2 to C.9: what RFC 4013 §2.3 prohibits. */
const prohibited = new RegExp(
  '[' +
    '\\u00a0\\u1680\\u2000-\\u200b\\u202f\\u205f\\u3000' +
    '\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u200c\\u200d\\u2028\\u2029\\u2060-\\u2063' +
    '\\u206a-\\u206f\\ufeff\\ufff9-\\ufffd\\u{1d173}-\\u{1d17a}' +
    '\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}' +
    '\\ufdd0-\\ufdef' +
    Array.from(
      { length: 17 },
      (_, plane) => `\\u{${plane.toString(16)}fffe}\\u{${plane.toString(16)}ffff}`,
    ).join('') +
    '\\ud800-\\udfff\\u2ff0-\\u2ffb\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u{e0001}\\u{e0020}-\\u{e007f}' +
    ']',
  'u',
)

/** RFC 3454 §6: with a right-to-left letter at all, both ends are one and no left-to-right letter occurs. */
function requireDirection(text: string): void {
  const classes = Array.from(text, character => bidiClassOf(character.codePointAt(0) ?? 0))
  const isRightToLeft = (letter: string | undefined): boolean => letter === 'R' || letter === 'A'
  if (!classes.some(isRightToLeft)) return
  if (classes.includes('L') || !isRightToLeft(classes[0]) || !isRightToLeft(classes.at(-1))) {
    throw new PreparationError('bidi', 'right-to-left and left-to-right characters are mixed')
  }
}
