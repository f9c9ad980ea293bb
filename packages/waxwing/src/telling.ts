/** How readings are told on the command line: the options that choose, and the telling. */
import {
  areAlike,
  type FieldReading,
  type QuantityReading,
  type Reading,
  sameUnit,
  UnitError,
} from '@waxwing/things'
import type { Command } from 'commander'
import { type ChartSize, chart, type Series } from './chart.ts'
import { CommandError } from './explain.ts'
import { csvHead, printable, toCsv } from './export-text.ts'
import { waitingFor } from './progress.ts'
import { toJson, toTable } from './readings.ts'
import { complain, hand, say } from './terminal.ts'

export interface Formats {
  readonly csv?: boolean
  readonly json?: boolean
  readonly ndjson?: boolean
  readonly chart?: boolean
  readonly unit?: readonly string[]
}

/** Adds the options. */
export function addFormats(command: Command): Command {
  return command
    .option('--unit <unit>', 'tell what measures the same in this unit; may be repeated', oneMore)
    .option('--json', 'one JSON object per field: name, value, unit, timestamp, node')
    .option('--ndjson', 'the same')
    .option('--csv', 'comma-separated, with a head')
    .option('--chart', 'a picture of every field that is a number')
}

function oneMore(unit: string, before: readonly string[] = []): readonly string[] {
  return [...before, unit]
}

/** Each quantity in the first of the units that measures the same. */
export async function* wantedUnits(
  readings: AsyncIterable<Reading>,
  { unit: units = [] }: Formats,
): AsyncGenerator<Reading, void, undefined> {
  for await (const reading of readings)
    yield reading.kind === 'quantity' ? inFirstOf(units, reading) : reading
}

function inFirstOf(units: readonly string[], reading: QuantityReading): QuantityReading {
  const from = reading.unit
  const to = units.find(unit => from !== undefined && areAlike(from, unit))
  if (to === undefined || sameUnit(from, to)) return reading
  try {
    return reading.in(to)
  } catch (error) {
    // A number beyond all measure stays as it is.
    if (error instanceof UnitError) return reading
    throw error
  }
}

/** Tells readings as they come, or all at the end where the whole is needed for it. @throws CommandError, what reading throws */
export async function told(jid: string, readings: AsyncIterable<Reading>, formats: Formats): Promise<void> {
  const { csv, json, ndjson, chart: isChart } = formats
  if ([csv, json ?? ndjson, isChart].filter(Boolean).length > 1)
    throw new CommandError('Choose one of --json, --csv and --chart.')
  if (csv || json || ndjson) return atOnce(jid, readings, csv ? toCsv : toJson, csv ? csvHead : undefined)
  const all: Reading[] = []
  const gather = async (): Promise<void> => {
    for await (const reading of readings) all.push(reading)
  }
  await waitingFor(`reading ${jid}`, gather())
  const lines = isChart ? charts(all, terminalSize()) : toTable(all)
  for (const line of lines) say(line)
  if (all.length === 0) say('The thing told no values.')
}

async function atOnce(
  jid: string,
  readings: AsyncIterable<Reading>,
  lineOf: (reading: FieldReading) => string,
  head: string | undefined,
): Promise<void> {
  const all = async (): Promise<void> => {
    if (head !== undefined) say(head)
    for await (const reading of readings) {
      if (reading.kind === 'error') complain(`${jid}: ${reading.text}`)
      else hand(lineOf(reading))
    }
  }
  await (process.stdout.isTTY ? all() : waitingFor(`reading ${jid}`, all()))
}

function terminalSize(): ChartSize {
  return { width: process.stdout.columns ?? 80, height: 12 }
}

/** A chart for every field; what is no number is said. */
export function charts(readings: readonly Reading[], size: ChartSize): readonly string[] {
  const all = new Map<string, Series & { readonly points: (readonly [number, number])[] }>()
  const others = new Set<string>()
  for (const reading of readings) {
    if (reading.kind === 'error') {
      others.add(`! ${printable(reading.text)}`)
      continue
    }
    const { name, node, time } = reading
    const unit = reading.kind === 'quantity' ? reading.unit : undefined
    const title = printable(node ? `${node.id}, ${name}` : name)
    const value = numberIn(reading)
    if (value === undefined || !time.instant) {
      others.add(`${title}: ${value === undefined ? 'no numbers' : 'no time zone'}`)
      continue
    }
    const key = JSON.stringify([title, unit])
    const series = all.get(key) ?? { name: title, unit: unit && printable(unit), points: [] }
    all.set(key, series)
    series.points.push([time.instant.getTime(), value])
  }
  return [
    ...[...all.values()].flatMap((series, index) => [...(index > 0 ? [''] : []), ...chart(series, size)]),
    ...others,
  ]
}

function numberIn(reading: FieldReading): number | undefined {
  const value = reading.kind === 'boolean' || reading.kind === 'long' ? Number(reading.value) : reading.value
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
