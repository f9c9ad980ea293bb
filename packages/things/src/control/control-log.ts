/** What was set of a thing lately, by whom: in memory, and in the thing's own store when it has one. */
import { parseJid } from '@waxwing/jid'
import { stringValue } from '@waxwing/protocol'
import { ReadError } from '../field-types.ts'
import type { HistoryStore } from '../history/history-store.ts'
import { type ControlRecord, controlWays } from './control-options.ts'
import { WriteError } from './parameters.ts'

/** The series of the store, beside those of the fields. */
const series = 'control'

/** Characters of a value and of a reason that are kept. */
const mostCharacters = 1_000
/** Bytes of the whole record in the store. */
const mostBytes = 4_000_000
/** Of a full record a part goes at once, so that it is not counted for every entry. */
const slack = 16

export interface ControlLogOptions {
  /** Records that are kept; the oldest go first. */
  readonly most: number
  /** Absent: they are kept as long as the process lasts. */
  readonly store: HistoryStore | undefined
  report(fault: unknown): void
}

export class ControlLog {
  readonly #options: ControlLogOptions
  #records: readonly ControlRecord[] = []
  /** Those that are not in the store yet. */
  #waiting: readonly ControlRecord[] = []
  #lastAt = 0
  #sinceTrim = 0
  /** The read or write under way; never rejects. */
  #busy: Promise<void> = Promise.resolve()

  constructor(options: ControlLogOptions) {
    this.#options = options
  }

  /** There is something to set: what was set before is read from the store. */
  begin(): void {
    const { store, most } = this.#options
    if (store && most > 0) this.#busy = this.#load(store)
  }

  /** The oldest first; those of earlier processes as soon as they are read. */
  get records(): readonly ControlRecord[] {
    return this.#records
  }

  /** Settles when all that was added is kept. */
  get kept(): Promise<void> {
    return this.#busy
  }

  add(record: ControlRecord): void {
    const { most, store } = this.#options
    if (most <= 0) return
    this.#records = [...this.#records.slice(this.#records.length < most ? 0 : 1), record]
    if (!store) return
    this.#waiting = [...this.#waiting, record].slice(-most)
    if (this.#waiting.length === 1) this.#busy = this.#busy.then(() => this.#keep(store))
  }

  async #load(store: HistoryStore): Promise<void> {
    try {
      const { most } = this.#options
      await store.write([{ do: 'trim', series, rows: most, bytes: mostBytes }])
      const rows = await store.read(series, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: most })
      this.#lastAt = rows.at(-1)?.at ?? 0
      const before = rows.flatMap(({ value }) => recordIn(value.text))
      this.#records = [...before, ...this.#records].slice(-most)
    } catch (fault) {
      this.#options.report(fault)
    }
  }

  /** All that waits, at once: who sets much does not wait for the disk, nor does it pile up. */
  async #keep(store: HistoryStore): Promise<void> {
    const { most } = this.#options
    const batch = this.#waiting
    this.#waiting = []
    if (batch.length === 0) return
    const rows = batch.map(record => ({
      at: this.#timeOf(record),
      value: stringValue(textOf(record)),
      quality: [],
    }))
    this.#sinceTrim += rows.length
    const isFull = this.#sinceTrim >= Math.ceil(most / slack)
    try {
      await store.write([
        { do: 'add', series, rows },
        ...(isFull ? [{ do: 'trim', series, rows: most, bytes: mostBytes } as const] : []),
      ])
      if (isFull) this.#sinceTrim = 0
    } catch (fault) {
      this.#options.report(fault)
    }
  }

  /** Two of the same moment are two. */
  #timeOf({ at }: ControlRecord): number {
    this.#lastAt = Math.max(at.getTime(), this.#lastAt + 1)
    return this.#lastAt
  }
}

/** Why it could not be set, as others may know it: only words that were meant for them. Empty: it was. */
export function whyOf({ error }: Pick<ControlRecord, 'error'>): string {
  if (error === undefined) return ''
  const isMeant = error instanceof WriteError || error instanceof ReadError
  return isMeant ? error.message : typeof error === 'string' ? error : 'It failed.'
}

function textOf({ at, from, node, name, before, value, way, decision, error }: ControlRecord): string {
  const cut = (text: string | undefined): string | undefined => text?.slice(0, mostCharacters)
  const why = error === undefined ? undefined : cut(whyOf({ error }))
  return JSON.stringify({ at, from, node, name, before: cut(before), value: cut(value), way, decision, why })
}

/** What the store gives back is looked at as anything else; what is none is left out. */
function recordIn(text: string): readonly ControlRecord[] {
  try {
    const read: unknown = JSON.parse(text)
    return [recordOf(new Map(Object.entries(read ?? {})))]
  } catch {
    return []
  }
}

/** Throws for what is no record. */
function recordOf(read: ReadonlyMap<string, unknown>): ControlRecord {
  const textIn = (name: string, of = read): string | undefined => {
    const value = of.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const mapIn = (name: string): ReadonlyMap<string, unknown> | undefined => {
    const value = read.get(name)
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined
  }
  const dateIn = (text: string | undefined): Date => new Date(text ?? '')
  const [node, decision] = [mapIn('node'), mapIn('decision')]
  const id = node && textIn('id', node)
  const ref = { source: node && textIn('source', node), partition: node && textIn('partition', node) }
  return {
    at: dateIn(textIn('at')),
    from: parseJid(textIn('from') ?? ''),
    node: id === undefined ? undefined : { id, ...ref },
    name: textIn('name') ?? '',
    before: textIn('before'),
    value: textIn('value') ?? '',
    way: controlWays.find(way => way === read.get('way')) ?? 'iq',
    decision: decision && {
      by: parseJid(textIn('by', decision) ?? ''),
      at: dateIn(textIn('at', decision)),
    },
    error: textIn('why'),
  }
}
