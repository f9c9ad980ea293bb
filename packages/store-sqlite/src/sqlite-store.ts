import {
  blobsOver,
  keyedOver,
  logOver,
  type Migration,
  mappedOver,
  type OpenedStores,
  type Shape,
  type Shapes,
  type StoreDriver,
  StoreError,
  type Table,
  tableOf,
} from '@waxwing/server/store'
import type { SchemaCall } from './messages.ts'
import { holdPlace, preparePlace } from './place.ts'
import { Reader } from './reader.ts'
import { schemaOf } from './sql.ts'
import { type LastId, logWrites, SqliteEntries } from './sqlite-entries.ts'
import { rowWrites, SqliteRows } from './sqlite-rows.ts'
import { WriteQueue } from './write-queue.ts'

/** Where the store lies, and how large it may grow. */
export interface SqliteOptions {
  /** The database file; made, with its folder, when it is absent. */
  readonly file: string
  /** A limit for the file's size; beyond it writes fail with 'full'. No limit when left out. */
  readonly maxBytes?: number | undefined
}

/** A table as the writer knows it. */
interface OpenTable {
  readonly table: Table
  readonly firstStatement: number
  readonly lastId: LastId
}

class SqliteStore implements StoreDriver {
  readonly #queue: WriteQueue
  readonly #reader: Reader
  readonly #release: () => void
  /** Tables by name with the feature they belong to, and stores by host and table. */
  readonly #tables = new Map<string, Promise<OpenTable>>()
  readonly #owners = new Map<string, string>()
  readonly #stores = new Map<string, unknown>()
  #closing: Promise<void> | undefined

  constructor(queue: WriteQueue, reader: Reader, release: () => void) {
    this.#queue = queue
    this.#reader = reader
    this.#release = release
  }

  async open<const D extends Shapes>(
    host: string,
    feature: string,
    declared: D,
    migrations: readonly Migration[] = [],
  ): Promise<OpenedStores<D>> {
    if (this.#closing) throw new StoreError('closed', 'The store is closed')
    const named = Object.entries(declared).map(([name, shape]) => {
      return { name, shape, table: this.#own(feature, name, shape) }
    })
    await this.#queue.call(
      schemaCall(
        feature,
        named.map(({ table }) => table),
        migrations,
      ),
    )
    const opened: [string, unknown][] = []
    for (const { name, table } of named) opened.push([name, await this.#openStore(host, table)])
    // Each store was made of its own declaration just above.
    return Object.fromEntries(opened) as unknown as OpenedStores<D>
  }

  flushed(): Promise<void> {
    return this.#queue.flushed()
  }

  get faults(): number {
    return this.#queue.faults
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const ended = this.#queue.close()
    this.#reader.close()
    try {
      await ended
    } finally {
      this.#release()
    }
  }

  #own(feature: string, name: string, shape: Shape): Table {
    const table = tableOf(feature, name, shape)
    const owner = this.#owners.get(table.name) ?? feature
    if (owner !== feature) {
      throw new StoreError(
        'bad-declaration',
        `The features ${owner} and ${feature} both have a table ${table.name}`,
      )
    }
    this.#owners.set(table.name, feature)
    return table
  }

  async #openStore(host: string, table: Table): Promise<unknown> {
    const opening = this.#tables.get(table.name) ?? this.#openTable(table)
    this.#tables.set(table.name, opening)
    const open = await opening
    const place = JSON.stringify([host, table.name])
    const store = this.#stores.get(place) ?? this.#makeStore(host, open)
    this.#stores.set(place, store)
    return store
  }

  async #openTable(table: Table): Promise<OpenTable> {
    const writes = table.shape === 'log' ? logWrites(table) : rowWrites(table)
    const firstStatement = await this.#queue.prepare(writes)
    return { table, firstStatement, lastId: { id: table.shape === 'log' ? this.#lastIdOf(table) : 0 } }
  }

  #lastIdOf(table: Table): number {
    return Number(this.#reader.row('SELECT seq FROM sqlite_sequence WHERE name = ?', [table.name])?.[0] ?? 0)
  }

  #makeStore(host: string, { table, firstStatement, lastId }: OpenTable): unknown {
    if (table.shape === 'log') {
      const entries = new SqliteEntries(host, table, this.#reader, this.#queue, firstStatement, lastId)
      return logOver(entries, table)
    }
    const rows = new SqliteRows(host, table, this.#reader, this.#queue, firstStatement)
    if (table.shape === 'blobs') return blobsOver(rows)
    return table.shape === 'keyed' ? keyedOver(rows, table.layout) : mappedOver(rows, table.layout)
  }
}

function schemaCall(feature: string, tables: readonly Table[], migrations: readonly Migration[]): SchemaCall {
  migrations.forEach(({ to }, index) => {
    if (to !== index + 2) {
      throw new StoreError(
        'bad-declaration',
        `Migrations of ${feature} must lead to 2, 3 and so on, not to ${to}`,
      )
    }
  })
  return { do: 'schema', feature, version: migrations.length + 1, migrations, tables: tables.map(schemaOf) }
}

/**
 * Opens a store in a SQLite file. One process may have it open; other programs may read it.
 *
 * @throws StoreError 'unwritable', 'in-use', 'not-a-store' or 'newer', each naming the file
 */
export async function sqliteStore({ file, maxBytes }: SqliteOptions): Promise<StoreDriver> {
  preparePlace(file)
  const release = holdPlace(file)
  try {
    const queue = await WriteQueue.start({ file, maxBytes })
    return new SqliteStore(queue, new Reader(file), release)
  } catch (error) {
    release()
    throw error
  }
}
