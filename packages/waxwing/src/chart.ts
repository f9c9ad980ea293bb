/** Series of numbers as a picture of text: a column for each span of time, an axis on either side. */

export interface Series {
  readonly name: string
  readonly unit: string | undefined
  /** Times in ms with their values, in any order. */
  readonly points: readonly (readonly [at: number, value: number])[]
}

export interface ChartSize {
  readonly width: number
  /** Rows of the picture, without title and axis. */
  readonly height: number
}

const eighths = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
/** Columns that a picture has at least, however narrow the terminal is. */
const leastColumns = 10

/** Lines of a chart: the mean of each column as the height of its bar. */
export function chart({ name, unit, points }: Series, { width, height }: ChartSize): readonly string[] {
  const values = points.map(([, value]) => value)
  const [low, high] = [least(values), greatest(values)]
  const title = `${name}${unit ? ` (${unit})` : ''}: ${values.length} values, ${brief(low)} … ${brief(high)}`
  if (values.length === 0 || !Number.isFinite(low) || !Number.isFinite(high)) return [`${name}: no numbers`]
  const labels = [high, ...(middleOf(height) < 0 ? [] : [(low + high) / 2]), low].map(brief)
  const margin = Math.max(...labels.map(label => label.length))
  const columns = Math.max(leastColumns, width - margin - 2)
  const times = points.map(([at]) => at)
  const [from, to] = [least(times), greatest(times)]
  const bars = barsOf(points, { from, to, low, high }, columns, height)
  const rows = Array.from({ length: height }, (_, row) => {
    const label =
      row === 0 ? labels[0] : row === height - 1 ? labels.at(-1) : row === middleOf(height) ? labels[1] : ''
    const above = (height - 1 - row) * 8
    const cells = bars.map(bar => (bar === undefined ? ' ' : eighths[Math.min(8, Math.max(0, bar - above))]))
    return `${(label ?? '').padStart(margin)} ${label === '' ? '│' : '┤'}${cells.join('')}`.trimEnd()
  })
  return [
    title,
    ...rows,
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    timeLine(margin + 2, columns, from, to),
  ]
}

function middleOf(height: number): number {
  return height >= 5 ? Math.floor(height / 2) : -1
}

/** Heights in eighths of a row; `undefined` where nothing is. The least value still shows. */
function barsOf(
  points: Series['points'],
  { from, to, low, high }: Readonly<Record<'from' | 'to' | 'low' | 'high', number>>,
  columns: number,
  height: number,
): readonly (number | undefined)[] {
  const bins = Array.from({ length: columns }, () => ({ sum: 0, count: 0 }))
  for (const [at, value] of points) {
    const share = to === from ? 0 : (at - from) / (to - from)
    const bin = bins[Math.min(columns - 1, Math.floor(share * columns))]
    if (!bin) continue
    bin.sum += value
    bin.count++
  }
  const scale = height * 8 - 1
  return bins.map(({ sum, count }) => {
    if (count === 0) return undefined
    const share = high === low ? 0.5 : (sum / count - low) / (high - low)
    return 1 + Math.round(share * scale)
  })
}

function timeLine(margin: number, columns: number, from: number, to: number): string {
  const isNarrow = columns < 17
  const [first, last] = [from, to].map(at => {
    const text = new Date(at).toISOString()
    return isNarrow ? text.slice(0, 10) : `${text.slice(0, 16)}Z`
  })
  const isBoth = columns >= 2 * (first?.length ?? 0) + 1 && first !== last
  return (
    ' '.repeat(margin) + (isBoth ? `${first}${(last ?? '').padStart(columns - (first?.length ?? 0))}` : first)
  )
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
}

/** Four digits tell enough beside a picture. */
function brief(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e6
    ? String(value)
    : String(Number(value.toPrecision(4)))
}
