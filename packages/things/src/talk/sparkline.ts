/** Many numbers at a glance, in one line of text. */

const bars = '▁▂▃▄▅▆▇█'

/**
 * One bar for each of `width` equal spans of time, the mean of what lies in it; a blank where nothing does.
 *
 * @param points times in ms and their values, in order of time
 */
export function sparkline(
  points: readonly (readonly [at: number, value: number])[],
  from: number,
  to: number,
  width = 24,
): string {
  const sums = Array.from({ length: width }, () => ({ sum: 0, count: 0 }))
  for (const [at, value] of points) {
    const bin = sums[Math.min(width - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * width)))]
    if (!bin || !Number.isFinite(value)) continue
    bin.sum += value
    bin.count++
  }
  const means = sums.map(({ sum, count }) => (count === 0 ? undefined : sum / count))
  const known = means.filter(mean => mean !== undefined)
  const low = Math.min(...known)
  const span = Math.max(...known) - low
  return means.map(mean => (mean === undefined ? ' ' : barOf(span === 0 ? 0 : (mean - low) / span))).join('')
}

function barOf(share: number): string {
  return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))] ?? ' '
}
