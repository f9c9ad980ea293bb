/** The distance between two words: letters inserted, left out, replaced, or exchanged with their neighbour. */
function distance(one: string, other: string): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, j) => j)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      const exchanged = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (exchanged) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[other.length] ?? 0
}

/** Finds the known name that `name` was probably meant to be; `undefined` when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plainly = (text: string): string => text.slice(0, 64).toLowerCase().replaceAll('-', '_')
  const plain = plainly(name)
  const allowed = Math.max(1, Math.floor(plain.length / 3))
  const ranked = known
    .map(candidate => ({ candidate, away: distance(plain, plainly(candidate)) }))
    .sort((a, b) => a.away - b.away)
  const best = ranked[0]
  return best && best.away <= allowed ? best.candidate : undefined
}
