/** Where keys stand in a TOML text: the line of every header and assignment. */

interface Place {
  readonly path: readonly string[]
  readonly line: number
}

/** Walks through a text that is known to be TOML, from statement to statement. */
class Walker {
  readonly places: Place[] = []
  readonly #text: string
  #at = 0
  #line = 1
  #table: readonly string[] = []

  constructor(text: string) {
    this.#text = text
  }

  walk(): void {
    while (this.#at < this.#text.length) {
      this.#skipSpace()
      const line = this.#line
      if (this.#peek() === '\n') this.#step()
      else if (this.#peek() === '#') this.#skipLine()
      else if (this.#peek() === '[') this.#header(line)
      else if (this.#at < this.#text.length) this.#assignment(line)
    }
  }

  #header(line: number): void {
    while (this.#peek() === '[') this.#step()
    this.#table = this.#keyPath()
    this.places.push({ path: this.#table, line })
    this.#skipLine()
  }

  #assignment(line: number): void {
    const path = [...this.#table, ...this.#keyPath()]
    this.places.push({ path, line })
    this.#skipValue()
  }

  /** Keys joined by dots, up to what follows them. */
  #keyPath(): string[] {
    const path: string[] = []
    for (;;) {
      this.#skipSpace()
      path.push(this.#key())
      this.#skipSpace()
      if (this.#peek() !== '.') return path
      this.#step()
    }
  }

  #key(): string {
    const quote = this.#peek()
    if (quote === '"' || quote === "'") return unquote(this.#string(quote))
    const from = this.#at
    while (/[A-Za-z0-9_-]/.test(this.#peek())) this.#step()
    if (this.#at === from) this.#step() // not TOML after all: go on nevertheless
    return this.#text.slice(from, this.#at)
  }

  /** A string with its quotes; those of three quotes go over lines. */
  #string(quote: string): string {
    const from = this.#at
    const end = this.#text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote
    this.#step(end.length)
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#step(quote === '"' && this.#peek() === '\\' ? 2 : 1)
    }
    this.#step(end.length)
    // Up to two more quotes may belong to the text of a string of three.
    while (end.length === 3 && this.#peek() === quote) this.#step()
    return this.#text.slice(from, this.#at)
  }

  /** A value with all lines that belong to it. */
  #skipValue(): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const next = this.#peek()
      if (next === '"' || next === "'") this.#string(next)
      else if (next === '#') this.#skipLine()
      else if (next === '\n' && depth === 0) return
      else {
        if (next === '[' || next === '{') depth++
        if (next === ']' || next === '}') depth--
        this.#step()
      }
    }
  }

  #skipSpace(): void {
    while (/[ \t\r]/.test(this.#peek())) this.#step()
  }

  #skipLine(): void {
    while (this.#at < this.#text.length && this.#peek() !== '\n') this.#step()
  }

  #peek(): string {
    return this.#text.charAt(this.#at)
  }

  #step(count = 1): void {
    for (let i = 0; i < count && this.#at < this.#text.length; i++) {
      if (this.#text.charAt(this.#at++) === '\n') this.#line++
    }
  }
}

function unquote(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1)
  try {
    return String(JSON.parse(key))
  } catch {
    return key.slice(1, -1)
  }
}

/**
 * Makes a finder of lines in a TOML text.
 *
 * @returns finds the line, from 1, of what is at a path; of the nearest table or list around it when it has no
 *   line of its own; `undefined` when nothing on the path is written down
 */
export function keyLines(text: string): (path: readonly (string | number)[]) => number | undefined {
  const walker = new Walker(text)
  walker.walk()
  return path => {
    const names = path.filter(part => typeof part === 'string')
    let best: Place | undefined
    for (const place of walker.places) {
      if (!isWithin(names, place.path)) continue
      if (!best || place.path.length > best.path.length) best = place
    }
    // Without a statement of its own or around it, the first one inside will do: `a.b = 1` makes the table `a`.
    return (best ?? walker.places.find(place => isWithin(place.path, names)))?.line
  }
}

function isWithin(path: readonly string[], around: readonly string[]): boolean {
  return around.length <= path.length && around.every((name, index) => path[index] === name)
}
