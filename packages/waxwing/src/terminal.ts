/** Writing to the terminal: what peers have chosen does nothing to it. */
import { printable } from './export-text.ts'

/** A line for people; characters that steer terminals become visible. */
export function say(line: string): void {
  process.stdout.write(`${printable(line)}\n`)
}

/** The same, beside what is asked for. */
export function complain(line: string): void {
  process.stderr.write(`${printable(line)}\n`)
}

/** Lines for programs and files: to the letter, but where a terminal is at the other end. */
export function hand(text: string): void {
  process.stdout.write(`${process.stdout.isTTY ? printableLines(text) : text}\n`)
}

/** Several lines as `printable`. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
