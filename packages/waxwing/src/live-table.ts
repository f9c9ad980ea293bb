/** A table that is drawn over itself on a terminal, with fixed lines below; elsewhere it is written once. */
export class LiveTable {
  readonly #out: NodeJS.WriteStream
  #below: readonly string[] = []
  #drawn = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  get isLive(): boolean {
    return this.#out.isTTY
  }

  /** Lines that stay under the table. */
  below(lines: readonly string[]): void {
    this.#below = lines
    for (const line of lines) this.#out.write(`${line}\n`)
    this.#drawn += lines.length
  }

  draw(lines: readonly string[]): void {
    const all = [...lines, ...this.#below]
    const isTooTall = this.isLive && all.length >= (this.#out.rows ?? 24)
    if (this.#drawn > 0 && !isTooTall) this.#out.write(`\x1b[${this.#drawn}A`)
    // What does not fit on the screen cannot be drawn in place: then only the table follows.
    const shown = this.#drawn > 0 && isTooTall ? ['', ...lines] : all
    for (const line of shown) this.#out.write(`${this.isLive ? '\x1b[2K' : ''}${line}\n`)
    this.#drawn = shown.length
  }
}
