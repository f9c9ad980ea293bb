/** What is kept of an account's password: salted keys of each hash, in one row. RFC 5802 §3. */
import type { BareJid } from '@waxwing/jid'
import type { ScramHash, StoredKeys } from '@waxwing/stream'
import { column, key, keyed, type Row } from '../store/store.ts'

const columns = {
  created: column.time(),
  iterations: column.integer(),
  salt_sha1: column.blob(),
  stored_sha1: column.blob(),
  server_sha1: column.blob(),
  salt_sha256: column.blob(),
  stored_sha256: column.blob(),
  server_sha256: column.blob(),
  salt_sha512: column.blob(),
  stored_sha512: column.blob(),
  server_sha512: column.blob(),
}

export const accountShapes = { accounts: keyed(key<BareJid>('jid'), columns) }
export type AccountRow = Row<typeof columns>

/** Keys by hash, from somewhere else; hashes left out are not known. */
export type KnownKeys = Readonly<Partial<Record<ScramHash, StoredKeys>>>

/** As strong as they are fast to check, in this order. */
export const hashes = ['SHA-256', 'SHA-512', 'SHA-1'] as const

/** Empty columns stand for keys that are not known. */
export function keysIn(row: AccountRow | undefined, hash: ScramHash): StoredKeys | undefined {
  if (!row) return undefined
  const { iterations } = row
  const of = (salt: Uint8Array, storedKey: Uint8Array, serverKey: Uint8Array): StoredKeys | undefined =>
    storedKey.length === 0 ? undefined : { salt, iterations, storedKey, serverKey }
  switch (hash) {
    case 'SHA-1':
      return of(row.salt_sha1, row.stored_sha1, row.server_sha1)
    case 'SHA-256':
      return of(row.salt_sha256, row.stored_sha256, row.server_sha256)
    case 'SHA-512':
      return of(row.salt_sha512, row.stored_sha512, row.server_sha512)
  }
}

type HashColumns<H extends string> = Pick<
  AccountRow,
  `${'salt' | 'stored' | 'server'}_${H}` & keyof AccountRow
>

export function columnsOf(hash: 'SHA-1', keys: Omit<StoredKeys, 'iterations'>): HashColumns<'sha1'>
export function columnsOf(hash: 'SHA-256', keys: Omit<StoredKeys, 'iterations'>): HashColumns<'sha256'>
export function columnsOf(hash: 'SHA-512', keys: Omit<StoredKeys, 'iterations'>): HashColumns<'sha512'>
export function columnsOf(hash: ScramHash, keys: Omit<StoredKeys, 'iterations'>): Partial<AccountRow>
export function columnsOf(hash: ScramHash, keys: Omit<StoredKeys, 'iterations'>): Partial<AccountRow> {
  const { salt, storedKey, serverKey } = keys
  switch (hash) {
    case 'SHA-1':
      return { salt_sha1: salt, stored_sha1: storedKey, server_sha1: serverKey }
    case 'SHA-256':
      return { salt_sha256: salt, stored_sha256: storedKey, server_sha256: serverKey }
    case 'SHA-512':
      return { salt_sha512: salt, stored_sha512: storedKey, server_sha512: serverKey }
  }
}

const noKeys = { salt: new Uint8Array(), storedKey: new Uint8Array(), serverKey: new Uint8Array() }

export function rowOf(keys: KnownKeys, created: number): AccountRow | undefined {
  const [first] = hashes.flatMap(hash => keys[hash] ?? [])
  return (
    first && {
      created,
      iterations: first.iterations,
      ...columnsOf('SHA-1', keys['SHA-1'] ?? noKeys),
      ...columnsOf('SHA-256', keys['SHA-256'] ?? noKeys),
      ...columnsOf('SHA-512', keys['SHA-512'] ?? noKeys),
    }
  )
}
