/** The SQLite file that history lies in; whoever calls it waits. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import {
  type FieldQuality,
  fieldQualities,
  parseSensorValue,
  type SensorValue,
  valueKinds,
} from '@waxwing/protocol'

/** One value of the past, as `@waxwing/things` keeps it. */
export interface KeptRow {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly value: SensorValue
  readonly quality: readonly FieldQuality[]
  readonly aggregate?:
    | {
        readonly min?: string | undefined
        readonly max?: string | undefined
        readonly mean?: string | undefined
        readonly count: number
      }
    | undefined
}

export type KeptChange =
  | { readonly do: 'add'; readonly series: string; readonly rows: readonly KeptRow[] }
  | { readonly do: 'drop'; readonly series: string; readonly before: number }
  | { readonly do: 'trim'; readonly series: string; readonly rows: number; readonly bytes: number }

/** Both ends are included. */
export interface KeptRange {
  readonly from: number
  readonly to: number
  /** Rows at most, the oldest ones. */
  readonly limit: number
}

/** How a write is made. */
export interface KeptHow {
  /** Whether it has to outlast a loss of power from the moment on at which it is said to be done. Default `false`. */
  readonly durable?: boolean
}

/** Series whose sizes are remembered; of more they are counted again. */
const mostSizes = 10_000

/** Of a full series a twentieth goes at once, so that it is not counted for every row. */
const slack = 20

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS history (
    series TEXT NOT NULL, at INTEGER NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, unit TEXT, data_type TEXT, quality TEXT NOT NULL,
    minimum TEXT, maximum TEXT, mean TEXT, count INTEGER, bytes INTEGER NOT NULL,
    PRIMARY KEY (series, at)
  ) STRICT, WITHOUT ROWID;`

interface Size {
  rows: number
  bytes: number
}

/** How long one waits for the other who writes to the same file, in milliseconds. */
const patienceMs = 5_000

/** One connection to a file that this user alone reads. @throws when it cannot be opened, or is no database */
export class HistoryFile {
  readonly #db: DatabaseSync
  readonly #add: StatementSync
  readonly #drop: StatementSync
  readonly #page: StatementSync
  readonly #count: StatementSync
  readonly #oldestKept: StatementSync
  /** What series hold, at most. */
  readonly #sizes = new Map<string, Size>()

  constructor(path: string) {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    this.#db = new DatabaseSync(path, { timeout: patienceMs })
    this.#db.exec(schema)
    this.#add = this.#db.prepare('INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#drop = this.#db.prepare('DELETE FROM history WHERE series = ? AND at < ?')
    this.#page = this.#db.prepare(
      'SELECT * FROM history WHERE series = ? AND at BETWEEN ? AND ? ORDER BY at LIMIT ?',
    )
    this.#count = this.#db.prepare(
      'SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes FROM history WHERE series = ?',
    )
    this.#oldestKept = this.#db.prepare(`
      SELECT min(at) AS at FROM (
        SELECT at, row_number() OVER newest AS n, sum(bytes) OVER newest AS held
        FROM history WHERE series = ? WINDOW newest AS (ORDER BY at DESC))
      WHERE n <= ? AND held <= ?`)
  }

  /** All of it is kept, or nothing. */
  write(changes: readonly KeptChange[], { durable = false }: KeptHow = {}): void {
    if (!durable) return this.#write(changes)
    // What was written before comes to the disk with it.
    this.#db.exec('PRAGMA synchronous = FULL')
    try {
      this.#write(changes)
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL')
    }
  }

  #write(changes: readonly KeptChange[]): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      for (const change of changes) this.#carryOut(change)
      this.#db.exec('COMMIT')
    } catch (error) {
      this.#sizes.clear()
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Rows in order of time; both ends are included. */
  read(series: string, { from, to, limit }: KeptRange): readonly KeptRow[] {
    return this.#page.all(series, from, to, limit).flatMap(rowFrom)
  }

  close(): void {
    this.#db.close()
  }

  #carryOut(change: KeptChange): void {
    if (change.do === 'add') for (const row of change.rows) this.#put(change.series, row)
    else if (change.do === 'drop') this.#drop.run(change.series, change.before)
    else this.#trim(change.series, change.rows, change.bytes)
  }

  #put(series: string, { at, value, quality, aggregate }: KeptRow): void {
    const { kind, text } = value
    const unit = value.kind === 'quantity' ? (value.unit ?? null) : null
    const dataType = value.kind === 'enum' ? value.dataType : null
    const { min = null, max = null, mean = null, count = null } = aggregate ?? {}
    const words = quality.join(' ')
    const held = [text, unit, dataType, words, min, max, mean].reduce(
      (sum, one) => sum + (one?.length ?? 0),
      32,
    )
    this.#add.run(series, at, kind, text, unit, dataType, words, min, max, mean, count, held)
    const size = this.#sizeOf(series)
    size.rows++
    size.bytes += held
  }

  /** Rows that were replaced or dropped still count until it looks full: then it is counted. */
  #trim(series: string, rows: number, bytes: number): void {
    const known = this.#sizeOf(series)
    if (known.rows <= rows && known.bytes <= bytes) return
    const counted = this.#counted(series)
    if (counted.rows > rows || counted.bytes > bytes) {
      const [mostRows, mostBytes] = [rows - Math.floor(rows / slack), bytes - Math.floor(bytes / slack)]
      const at = this.#oldestKept.get(series, mostRows, mostBytes)?.['at']
      this.#drop.run(series, typeof at === 'number' ? at : Number.MAX_SAFE_INTEGER)
    }
    this.#sizes.set(series, this.#counted(series))
  }

  #sizeOf(series: string): Size {
    const size = this.#sizes.get(series) ?? this.#counted(series)
    if (this.#sizes.size >= mostSizes) this.#sizes.clear()
    this.#sizes.set(series, size)
    return size
  }

  #counted(series: string): Size {
    const { rows, bytes } = this.#count.get(series) ?? {}
    return { rows: Number(rows ?? 0), bytes: Number(bytes ?? 0) }
  }
}

/** Nothing, when somebody else has put something there that is no value. */
function rowFrom(found: Readonly<Record<string, SQLOutputValue>>): readonly KeptRow[] {
  const { at, text, kind: word, quality, count } = found
  const kind = valueKinds.find(one => one === word)
  if (typeof at !== 'number' || typeof text !== 'string' || kind === undefined) return []
  const words = typeof quality === 'string' ? quality.split(' ') : []
  const sides = { unit: textOf(found['unit']), dataType: textOf(found['data_type']) }
  const aggregate =
    typeof count === 'number'
      ? { min: textOf(found['minimum']), max: textOf(found['maximum']), mean: textOf(found['mean']), count }
      : undefined
  const value = parseSensorValue(kind, text, sides)
  return [{ at, value, quality: fieldQualities.filter(one => words.includes(one)), aggregate }]
}

function textOf(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
