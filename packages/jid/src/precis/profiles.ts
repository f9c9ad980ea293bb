/** The profiles of RFC 8265 (usernames and passwords) and RFC 8266 (nicknames). */
import { plainBits } from '../tables/plain.ts'
import { requireBidiRule } from './bidi.ts'
import { requireContext } from './context.ts'
import { PreparationError } from './preparation-error.ts'
import { requireClass } from './string-class.ts'
import { mapWidth } from './width.ts'

/**
 * A username as it is stored and compared: UsernameCaseMapped, RFC 8265 §3.3. The letter case is Unicode's default
 * lower case, so a capital sigma at the end of a word becomes the final one.
 *
 * @throws PreparationError when the text is empty or has no prepared form
 */
export function usernameCaseMapped(text: string): string {
  return isPlain(text, plainUsername) ? text : stable(text, usernameOnce)
}

/**
 * A password, or a resourcepart: OpaqueString, RFC 8265 §4.2. Letter case stays, every space becomes U+0020.
 *
 * @throws PreparationError when the text is empty or has no prepared form
 */
export function opaqueString(text: string): string {
  return isPlain(text, plainOpaque) ? text : stable(text, opaqueOnce)
}

/**
 * A nickname as it is shown: RFC 8266 §2.3. Surplus spaces go, compatibility characters become plain ones.
 *
 * @throws PreparationError when nothing is left or the text has no prepared form
 */
export function nickname(text: string): string {
  return stable(text, once => collapseSpaces(freeform(once)).normalize('NFKC'))
}

/**
 * What two nicknames are compared by: RFC 8266 §2.4. Two people may not hold the same key at once.
 *
 * @throws PreparationError when nothing is left or the text has no prepared form
 */
export function nicknameKey(text: string): string {
  return stable(text, once => collapseSpaces(freeform(once)).toLowerCase().normalize('NFKC'))
}

const plainUsername = 16
const plainOpaque = 4

/** Whether every character is ASCII that the profile leaves as it is. */
function isPlain(text: string, bit: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (((plainBits[text.charCodeAt(at)] ?? 0) & bit) === 0) return false
  }
  return text.length > 0
}

function usernameOnce(text: string): string {
  const narrow = mapWidth(text)
  requireClass(narrow, 'identifier')
  const mapped = narrow.toLowerCase().normalize('NFC')
  requireContext(mapped)
  requireBidiRule(mapped)
  return mapped
}

function opaqueOnce(text: string): string {
  return mapSpaces(freeform(text)).normalize('NFC')
}

function freeform(text: string): string {
  requireClass(text, 'freeform')
  requireContext(text)
  return text
}

function mapSpaces(text: string): string {
  return text.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
}

function collapseSpaces(text: string): string {
  return mapSpaces(text).split(' ').filter(Boolean).join(' ')
}

/** Applies the rules until nothing changes, at most four times: RFC 8264 §7. The last pass also checks the result. */
function stable(text: string, once: (text: string) => string): string {
  let current = text
  for (let pass = 0; pass < 4; pass++) {
    const next = once(current)
    if (next === '') throw new PreparationError('empty', 'nothing is left of the text')
    if (next === current) return next
    current = next
  }
  throw new PreparationError('unstable', 'the text changes each time it is prepared')
}
