import { BLANK, isChar, isNameChar, isNameStart, KIND } from './names.ts'
import { BROKEN, codePointAt, UNFINISHED, utf8Length } from './utf8.ts'

/** Length of a character that may not stand where it stands; `BROKEN` if the bytes are none. */
const FORBIDDEN = -3

/** Bytes of the character at `at`, if it may stand in character data; 0 if cut off, below 0 if not allowed. */
export function textCharacter(bytes: Uint8Array, at: number, limit: number): number {
  const c = bytes[at] as number
  if (c < 0x80) return (KIND[c] as number) & BLANK ? 1 : FORBIDDEN
  const point = codePointAt(bytes, at, limit)
  if (point < 0) return point === UNFINISHED ? 0 : BROKEN
  return isChar(point) ? utf8Length(point) : FORBIDDEN
}

/** The same for a character in a name. */
export function nameCharacter(bytes: Uint8Array, at: number, limit: number, isFirst: boolean): number {
  if ((bytes[at] as number) < 0x80) return FORBIDDEN
  const point = codePointAt(bytes, at, limit)
  if (point < 0) return point === UNFINISHED ? 0 : BROKEN
  return (isFirst ? isNameStart(point) : isNameChar(point)) ? utf8Length(point) : FORBIDDEN
}
