/** What all tests of the store contract share: the stores they use and what is put into them. */

import { column } from './column.ts'
import { blobs, key, keyed, log, mapped } from './shape.ts'
import { StoreError } from './store-error.ts'
import type { OpenedStores, StoreDriver } from './stores.ts'

/** A fresh, empty place with a driver on it. */
export interface ContractPlace {
  readonly driver: StoreDriver
  /** Opens the place again after its driver was closed; left out when nothing outlives the driver. */
  readonly reopen?: () => Promise<StoreDriver>
  /** Removes the place. */
  readonly remove?: () => Promise<void>
}

/** Keys that are more than strings. */
export type Name = `${string}@example.org`

/** The stores of the contract's tests. */
export const declared = {
  accounts: keyed(key<Name>('jid'), {
    nick: column.text(),
    visits: column.integer(),
    weight: column.real(),
    active: column.bool(),
    salt: column.blob(),
    tags: column.json<readonly string[]>(),
    lastSeen: column.time(),
    note: column.text().maybe(),
  }),
  counters: keyed('name', { value: column.integer() }),
  items: mapped('owner', 'contact', { group: column.text().maybe() }),
  archive: log('owner', { peer: column.text(), body: column.text() }, { indexes: ['peer'] }),
  marked: log(
    'owner',
    { peer: column.text(), mark: column.text().maybe(), tag: column.integer().maybe(), note: column.text() },
    { indexes: ['peer', 'mark'], lookups: ['tag'], filters: ['note'] },
  ),
  files: blobs(),
}

/** {@link declared}, opened. */
export type Stores = OpenedStores<typeof declared>

/** A row with every type of column. */
export const account = {
  nick: 'Ünï 🐦',
  visits: Number.MAX_SAFE_INTEGER,
  weight: 0.1,
  active: false,
  salt: Uint8Array.of(0, 1, 255),
  tags: ['a', 'b\u0000'],
  lastSeen: 1_790_000_000_000,
}

/** Accepts StoreErrors of one condition. */
export const isStoreError = (condition: string) => (error: unknown) =>
  error instanceof StoreError && error.condition === condition

/** Declares one test on a fresh place. */
export type Scene = (title: string, run: (stores: Stores, place: ContractPlace) => Promise<void>) => void

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

/** Appends ten entries to romeo's archive, ten ms apart from 1000 on, for two peers in turn. @returns their ids */
export async function filled({ archive }: Stores): Promise<readonly number[]> {
  const peers = ['odd', 'even']
  const appended = numbered(0, 9).map((body, i) => {
    return archive.append('romeo', { peer: peers[(i + 1) % 2] ?? '', body }, 1000 + i * 10)
  })
  return Promise.all(appended)
}
