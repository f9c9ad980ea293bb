/** Readings for other programs: as CSV, and as text that does nothing to a terminal. */
import type { FieldReading } from '@waxwing/things'

/** Things choose their names and texts: characters that steer terminals become visible. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, character => {
    const code = character.charCodeAt(0)
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�'
  })
}

/** As JSON, in which no character steers a terminal; readers get to see the very text. */
export function inJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export const csvHead = 'time,node,name,value,unit,quality'

/** One line of CSV (RFC 4180), without its end. */
export function toCsv(reading: FieldReading): string {
  const { time, node, name, text, quality } = reading
  const unit = reading.kind === 'quantity' ? (reading.unit ?? '') : ''
  const isNumber = reading.kind === 'quantity' || reading.kind === 'int' || reading.kind === 'long'
  const value = isNumber ? text : harmless(text)
  const cells = [
    time.text,
    harmless(node?.id ?? ''),
    harmless(name),
    value,
    harmless(unit),
    quality.join(' '),
  ]
  return cells.map(cellOf).join(',')
}

/** Where a cell may begin: also behind what other spreadsheets separate by, whose users read the same file. */
const formula = /(^|[;|\t\n\r])([ \t]*[=+\-@\t\r＝＋－＠])/g

/** What a spreadsheet would take for a formula is a text. */
function harmless(text: string): string {
  return text.replaceAll(formula, `$1'$2`)
}

function cellOf(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
