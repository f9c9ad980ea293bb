/** A line of rules as words. */

export interface Word {
  readonly text: string
  /** From 1. */
  readonly column: number
  /** In quotes it is a name, whatever it says. */
  readonly isQuoted: boolean
}

/** What is wrong with a text, and where. */
export interface RuleFault {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly text: string
}

/** Ends the reading of one line. */
export class LineFault extends Error {
  readonly column: number

  constructor(column: number, text: string) {
    super(text)
    this.column = column
  }
}

const blank = /[\t\r ]/
const endsWord = /[\t\r ,"]/

/** The words of a line; a comma is a word of its own, and what follows `#` is for people. @throws LineFault */
export function wordsOf(line: string): readonly Word[] {
  const words: Word[] = []
  let at = 0
  while (at < line.length) {
    const char = line.charAt(at)
    if (char === '#') break
    if (blank.test(char)) at++
    else if (char === ',') words.push({ text: ',', column: ++at, isQuoted: false })
    else at = char === '"' ? quoted(line, at, words) : plain(line, at, words)
  }
  return words
}

/** Adds a word in quotes. @returns where it ends */
function quoted(line: string, start: number, words: Word[]): number {
  let text = ''
  for (let at = start + 1; at < line.length; at++) {
    const char = line.charAt(at)
    if (char === '"') {
      words.push({ text, column: start + 1, isQuoted: true })
      return at + 1
    }
    // A backslash takes the next character as it is.
    text += char === '\\' ? line.charAt(++at) : char
  }
  throw new LineFault(start + 1, 'This quotation has no end')
}

function plain(line: string, start: number, words: Word[]): number {
  let end = start
  while (end < line.length && !endsWord.test(line.charAt(end))) end++
  words.push({ text: line.slice(start, end), column: start + 1, isQuoted: false })
  return end
}

/** Words in order, and where one is among them. */
export class WordReader {
  readonly #words: readonly Word[]
  readonly #end: number
  #next = 0

  constructor(words: readonly Word[]) {
    const last = words.at(-1)
    this.#words = words
    this.#end = last === undefined ? 1 : last.column + last.text.length + (last.isQuoted ? 2 : 0)
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#words.length
  }

  /** Where the next word stands, or the line ends. */
  get column(): number {
    return this.#words[this.#next]?.column ?? this.#end
  }

  /** The next word. @throws LineFault when there is none */
  take(what: string): Word {
    const word = this.#words[this.#next]
    if (word === undefined) throw new LineFault(this.#end, `Here ${what} is missing`)
    this.#next++
    return word
  }

  /** Whether the next word is this one; then it is taken. */
  takes(keyword: string): boolean {
    const word = this.#words[this.#next]
    if (word === undefined || word.isQuoted || word.text !== keyword) return false
    this.#next++
    return true
  }

  /** One of some words. @throws LineFault */
  oneOf<K extends string>(keywords: readonly K[]): K {
    const { column, text, isQuoted } = this.take(listed(keywords))
    const found = isQuoted ? undefined : keywords.find(keyword => keyword === text)
    if (found === undefined) throw new LineFault(column, `"${text}" stands where ${listed(keywords)} should`)
    return found
  }

  /** A word that is a name: anything but a comma. @throws LineFault */
  name(what: string): Word {
    const word = this.take(what)
    if (word.text === '' || (word.text === ',' && !word.isQuoted))
      throw new LineFault(word.column, `Here ${what} is missing`)
    return word
  }

  end(): void {
    const word = this.#words[this.#next]
    if (word) throw new LineFault(word.column, `"${word.text}" is not understood here`)
  }
}

function listed(words: readonly string[]): string {
  return words.map(word => `"${word}"`).join(' or ')
}
