/** A queue of messages in a file: they survive the end of the process. */
import { open, readFile, rename } from 'node:fs/promises'
import type { KeptMessage, MessageQueue } from '@waxwing/client'

/**
 * Keeps messages in a file of lines, one per message put or removed; every line is on disk when its promise settles.
 * The file is written anew, with what is left, when it is loaded. One process at a time.
 */
export function fileQueue(path: string): MessageQueue {
  return new FileQueue(path)
}

type Line = readonly ['put', id: string, text: string] | readonly ['remove', id: string]

class FileQueue implements MessageQueue {
  readonly #path: string
  #isLoaded = false
  /** Lines that wait for the write under way; all who wait share the next one. */
  #pending: string[] = []
  #next: Promise<void> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async load(): Promise<readonly KeptMessage[]> {
    const kept = new Map<string, KeptMessage>()
    for (const line of linesOf(await textOf(this.#path))) {
      if (line[0] === 'put') kept.set(line[1], { id: line[1], text: line[2] })
      else kept.delete(line[1])
    }
    await this.#startWith([...kept.values()])
    return [...kept.values()]
  }

  put({ id, text }: KeptMessage): Promise<void> {
    return this.#append(['put', id, text])
  }

  remove(id: string): Promise<void> {
    return this.#append(['remove', id])
  }

  /** What is left replaces the old file at once or not at all. */
  async #startWith(messages: readonly KeptMessage[]): Promise<void> {
    const fresh = `${this.#path}.new`
    const lines = messages.map(({ id, text }) => lineOf(['put', id, text]))
    await written(fresh, 'w', lines.join(''))
    await rename(fresh, this.#path)
    this.#isLoaded = true
  }

  #append(line: Line): Promise<void> {
    this.#pending.push(lineOf(line))
    this.#next ??= this.#last.then(() => this.#write())
    return this.#next
  }

  async #write(): Promise<void> {
    const lines = this.#pending.join('')
    this.#pending = []
    const own = this.#next
    this.#next = undefined
    this.#last = own?.catch(() => {}) ?? this.#last
    if (!this.#isLoaded) throw new Error(`The queue in ${this.#path} was not loaded`)
    await written(this.#path, 'a', lines)
  }
}

function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`
}

async function written(path: string, flags: 'a' | 'w', text: string): Promise<void> {
  await using file = await open(path, flags, 0o600)
  await file.appendFile(text)
  await file.datasync()
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** The last line may be torn: its promise never settled. */
function* linesOf(text: string): Generator<Line> {
  for (const said of text.split('\n').slice(0, -1)) {
    const line = parsed(said)
    if (line) yield line
  }
}

function parsed(said: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(said)
    if (!Array.isArray(value) || !value.every(part => typeof part === 'string')) return undefined
    const [what, id, text] = value
    if (what === 'put' && id !== undefined && text !== undefined) return ['put', id, text]
    return what === 'remove' && id !== undefined ? ['remove', id] : undefined
  } catch {
    return undefined
  }
}
