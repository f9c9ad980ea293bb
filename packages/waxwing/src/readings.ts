/** Readings as text: for people as a table, for programs as JSON lines. */
import type { FieldReading, Reading } from '@waxwing/things'
import { inJson, printable } from './export-text.ts'

/** One JSON object per field. `value` is a number or boolean where it is one; numbers too large for JSON stay text. */
export function toJson(reading: FieldReading): string {
  const { name, node, time } = reading
  return inJson({
    name,
    value: plainValue(reading),
    unit: reading.kind === 'quantity' ? (reading.unit ?? null) : null,
    timestamp: time.text,
    node: node?.id ?? null,
  })
}

function plainValue(reading: FieldReading): string | number | boolean {
  switch (reading.kind) {
    case 'boolean':
    case 'int':
      return reading.value
    case 'quantity':
      return Number.isFinite(reading.value) ? reading.value : reading.text
    case 'long':
      return Number.isSafeInteger(Number(reading.value)) ? Number(reading.value) : reading.text
    default:
      return reading.text
  }
}

/** `23.4 °C`, with the decimals the thing sent. */
export function shown(reading: FieldReading): string {
  const unit = reading.kind === 'quantity' && reading.unit ? ` ${reading.unit}` : ''
  return printable(reading.text + unit)
}

/** Lines of a table: name, value, node and time; errors as they were told. */
export function toTable(readings: readonly Reading[]): string[] {
  const fields = readings.filter((reading): reading is FieldReading => reading.kind !== 'error')
  // Not by Math.max(...lengths): there may be more of them than a call takes.
  const names = fields.reduce((most, { name }) => Math.max(most, name.length), 0)
  const values = fields.reduce((most, reading) => Math.max(most, shown(reading).length), 0)
  const lines = fields.map(reading => {
    const node = reading.node?.id === undefined ? '' : `  ${printable(reading.node.id)}`
    return `${printable(reading.name).padEnd(names)}  ${shown(reading).padStart(values)}  ${reading.time.text}${node}`
  })
  for (const reading of readings) if (reading.kind === 'error') lines.push(`! ${printable(reading.text)}`)
  return lines
}
