/** Cryptography that answers at once, with randomness from a seed. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { Random, SaslCrypto } from '@waxwing/stream'

const names = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const
const sizes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const

export function syncCrypto(random: Random): SaslCrypto {
  return {
    hash: (hash, data) => createHash(names[hash]).update(data).digest(),
    hmac: (hash, key, data) => createHmac(names[hash], key).update(data).digest(),
    pbkdf2: (hash, password, salt, iterations) =>
      pbkdf2Sync(password, salt, iterations, sizes[hash], names[hash]),
    randomBytes: size => random.bytes(size),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  }
}
