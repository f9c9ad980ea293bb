/** What went over the wires, in the order of arrival. */
import type { Clock } from '@waxwing/stream'

const decoder = new TextDecoder()

export class Transcript {
  readonly #clock: Clock
  readonly #lines: string[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `way`: `>` to the server, `<` from it. */
  note(name: string, way: '<' | '>', what: Uint8Array | string): void {
    const text = typeof what === 'string' ? `(${what})` : visible(decoder.decode(what))
    this.#lines.push(`${(this.#clock.monotonic() / 1000).toFixed(3)} ${name} ${way} ${text}`)
  }

  toString(): string {
    return this.#lines.map(line => `${line}\n`).join('')
  }
}

/** One line per piece, whatever it holds. */
function visible(text: string): string {
  let line = ''
  for (const character of text) line += character < ' ' || character === '\\' ? escaped(character) : character
  return line
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
