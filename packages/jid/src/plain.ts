/** Addresses in plain lower-case ASCII: most of those on the wire are, and need a look, no preparation. */
import { maxPartOctets } from './parts.ts'
import { plainBits } from './tables/plain.ts'

const local = 1
const label = 2
const resource = 4
const notDigit = 8

const slash = 0x2f
const at = 0x40
const dot = 0x2e
const hyphen = 0x2d

const maxLabelOctets = 63
const maxNameOctets = 253

/** Whether an address is its own prepared form and shows it at once; `false` says only that a closer look is due. */
export function isPlainJid(text: string): boolean {
  const localEnd = plainRunEnd(text, 0, local)
  const hasLocal = text.charCodeAt(localEnd) === at
  if (hasLocal && (localEnd === 0 || localEnd > maxPartOctets)) return false
  const domainEnd = plainDomainEnd(text, hasLocal ? localEnd + 1 : 0)
  if (domainEnd === text.length) return true
  return domainEnd >= 0 && isPlainResource(text, domainEnd + 1)
}

function isPlainResource(text: string, from: number): boolean {
  const octets = text.length - from
  return octets > 0 && octets <= maxPartOctets && plainRunEnd(text, from, resource) === text.length
}

/** Index of the first character from `from` on that lacks `bit`. */
function plainRunEnd(text: string, from: number, bit: number): number {
  let index = from
  while (index < text.length && ((plainBits[text.charCodeAt(index)] ?? 0) & bit) !== 0) index++
  return index
}

/** Index after the plain domain name that starts at `from` and ends at a slash or the end; -1 if it is none. */
export function plainDomainEnd(text: string, from: number): number {
  let labelStart = from
  let seen = 0
  let index = from
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === dot) {
      if (!isPlainLabel(text, labelStart, index)) return -1
      labelStart = index + 1
      seen = 0
      continue
    }
    if (code === slash) break
    const bits = plainBits[code] ?? 0
    if ((bits & label) === 0) return -1
    seen |= bits
  }
  // a last label of digits alone may be an IPv4 address
  if ((seen & notDigit) === 0 || index - from > maxNameOctets) return -1
  return isPlainLabel(text, labelStart, index) ? index : -1
}

function isPlainLabel(text: string, start: number, end: number): boolean {
  const octets = end - start
  if (octets === 0 || octets > maxLabelOctets) return false
  if (text.charCodeAt(start) === hyphen || text.charCodeAt(end - 1) === hyphen) return false
  return octets < 4 || text.charCodeAt(start + 2) !== hyphen || text.charCodeAt(start + 3) !== hyphen
}
