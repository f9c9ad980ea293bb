import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScramHash, StoredKeys } from '@waxwing/stream'
import { hashes, type KnownKeys, keysIn, rowOf } from './account-keys.ts'
import { PackedKeys } from './packed-keys.ts'

function someKeys(start: number, digest: number, salt = 16): StoredKeys {
  const bytes = (from: number, length: number) => Uint8Array.from({ length }, (_, n) => (from + n) & 0xff)
  return {
    salt: bytes(start, salt),
    iterations: 4096,
    storedKey: bytes(start + 1, digest),
    serverKey: bytes(start + 2, digest),
  }
}

const all: Record<ScramHash, StoredKeys> = {
  'SHA-1': someKeys(10, 20),
  'SHA-256': someKeys(90, 32),
  'SHA-512': someKeys(170, 64),
}

const sets: readonly KnownKeys[] = [
  all,
  { 'SHA-1': all['SHA-1'] },
  { 'SHA-256': all['SHA-256'] },
  { 'SHA-512': all['SHA-512'] },
  { 'SHA-256': all['SHA-256'], 'SHA-512': all['SHA-512'] },
  { 'SHA-1': someKeys(1, 20, 70_000) },
]

test('packed keys answer as their row does', () => {
  for (const set of sets) {
    const row = rowOf(set, 0)
    assert.ok(row)
    const packed = new PackedKeys(row)
    for (const hash of hashes) assert.deepEqual(packed.of(hash), set[hash])
    for (const hash of hashes) assert.deepEqual(packed.of(hash), keysIn(row, hash))
  }
})

test('the epoch is the salt that was there first: keys of other hashes come later', () => {
  const epochs = sets.map(set => {
    const row = rowOf(set, 0)
    return row && new PackedKeys(row).epoch
  })
  const salts = (['SHA-1', 'SHA-1', 'SHA-256', 'SHA-512', 'SHA-256'] as const).map(hash => all[hash].salt)
  assert.deepEqual(epochs.slice(0, salts.length), salts)
})
