/** How large answers become: whoever asks takes stanzas of so many bytes and no more, and ends the stream otherwise. */
import { escapeAttr } from '@waxwing/xml'

/** Bytes of an answer that others have a share in: well below what clients take. */
export const comfortableBytes = 65_536

/** Bytes of a text on the wire, where some characters take six times what they are. */
export function wireLength(text: string): number {
  return Buffer.byteLength(escapeAttr(text))
}

/**
 * The first of a list, as many as fit; the very first always does.
 *
 * @param lengthOf bytes of one
 */
export function fitting<T>(list: Iterable<T>, lengthOf: (one: T) => number, most = comfortableBytes): T[] {
  const found: T[] = []
  let length = 0
  for (const one of list) {
    length += lengthOf(one)
    if (found.length > 0 && length > most) break
    found.push(one)
  }
  return found
}
