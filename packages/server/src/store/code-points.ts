/** Brings UTF-16 units into the order of the code points they stand for: surrogates come last. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Compares texts by code points, which is also the order of their UTF-8 bytes. */
export function byCodePoints(one: string, other: string): number {
  const shared = Math.min(one.length, other.length)
  for (let i = 0; i < shared; i++) {
    const difference = rank(one.charCodeAt(i)) - rank(other.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** At most `max` of the keys behind `after`, in code point order. */
export function keysBehind(keys: Iterable<string>, after: string | undefined, max: number): string[] {
  const behind = [...keys].filter(key => after === undefined || byCodePoints(key, after) > 0)
  return behind.sort(byCodePoints).slice(0, Math.max(0, max))
}
