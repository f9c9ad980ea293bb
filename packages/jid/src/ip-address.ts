/** IP addresses as domainparts: RFC 7622 §3.2, RFC 3986 §3.2.2, canonical form of RFC 5952. */

/** Whether the text is a dotted quad without leading zeros. */
export function isIpv4(text: string): boolean {
  const octets = text.split('.')
  return octets.length === 4 && octets.every(isOctet)
}

function isOctet(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= 255
}

/** The canonical text of an IPv6 address without its brackets (RFC 5952 §4, §5), or `undefined` if it is none. */
export function canonicalIpv6(text: string): string | undefined {
  const groups = parseIpv6(text)
  if (!groups) return undefined
  if (isIpv4Mapped(groups)) return `::ffff:${dottedQuad(groups.slice(6))}`
  const zeros = longestZeros(groups)
  const hex = groups.map(group => group.toString(16))
  if (zeros.length < 2) return hex.join(':')
  return `${hex.slice(0, zeros.at).join(':')}::${hex.slice(zeros.at + zeros.length).join(':')}`
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves
  const before = parseGroups(head, tail === undefined)
  const after = tail === undefined ? [] : parseGroups(tail, true)
  if (!before || !after) return undefined
  const missing = 8 - before.length - after.length
  if (tail === undefined) return missing === 0 ? before : undefined
  // "::" stands for at least one group
  return missing < 1 ? undefined : [...before, ...Array<number>(missing).fill(0), ...after]
}

function parseGroups(text: string | undefined, mayEndInIpv4: boolean): number[] | undefined {
  if (!text) return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (mayEndInIpv4 && index === parts.length - 1 && isIpv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
}

function dottedQuad(groups: readonly number[]): string {
  return groups.map(group => `${group >>> 8}.${group & 0xff}`).join('.')
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { at: index - length + 1, length }
  }
  return best
}
