/** Answer of `codePointAt`: the bytes violate UTF-8. */
export const BROKEN = -1
/** Answer of `codePointAt`: right so far, but more bytes are needed. */
export const UNFINISHED = -2

/**
 * The character beyond ASCII that begins at `at`, strictly (RFC 3629 §4): no overlong forms, no surrogates,
 * nothing above U+10FFFF. Only bytes before `end` are looked at.
 */
export function codePointAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0xc2 || lead > 0xf4) return BROKEN
  if (at + 1 >= end) return UNFINISHED
  const second = bytes[at + 1] ?? 0
  if (second >> 6 !== 2) return BROKEN
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | (second & 0x3f)
  if (!secondFits(lead, second)) return BROKEN
  if (at + 2 >= end) return UNFINISHED
  const third = bytes[at + 2] ?? 0
  if (third >> 6 !== 2) return BROKEN
  const three = ((second & 0x3f) << 6) | (third & 0x3f)
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | three
  if (at + 3 >= end) return UNFINISHED
  const fourth = bytes[at + 3] ?? 0
  if (fourth >> 6 !== 2) return BROKEN
  return ((lead & 0x07) << 18) | (three << 6) | (fourth & 0x3f)
}

/** The second byte alone tells overlong forms, surrogates and what lies above U+10FFFF. */
function secondFits(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0
  if (lead === 0xed) return second < 0xa0
  if (lead === 0xf0) return second >= 0x90
  if (lead === 0xf4) return second < 0x90
  return true
}

/** How many bytes the UTF-8 form of a character takes. */
export function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint < 0x10000 ? 3 : 4
}
