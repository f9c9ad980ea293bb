/** A number for a few texts, to find rows by: quick, the same for ever, and no proof of anything. */

const half = 2 ** 32
/** Between the texts; no text of ours has it. */
const separator = 0

/** FNV-1a over UTF-16 units, twice with different starts, as one integer of 53 bits. */
export function hashOf(...texts: readonly string[]): number {
  let high = 0x811c9dc5
  let low = 0x9e3779b9
  for (const text of texts)
    for (let at = 0; at <= text.length; at++) {
      const unit = at < text.length ? text.charCodeAt(at) : separator
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x01000193) ^ (high >>> 15)
    }
  return (high & 0x1fffff) * half + (low >>> 0)
}
