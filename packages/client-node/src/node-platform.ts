/** Clock, randomness and cryptography of Node. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type Platform, webPlatform } from '@waxwing/client'

const pbkdf2Async = promisify(pbkdf2)
const digestNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const
const digestSizes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const

/** As `webPlatform`, with cryptography that answers at once, all but the derivation of keys. */
export function nodePlatform(): Platform {
  return {
    ...webPlatform(),
    random: { bytes: size => randomBytes(size), fraction: () => Math.random() },
    crypto: {
      hash: (hash, data) => createHash(digestNames[hash]).update(data).digest(),
      hmac: (hash, key, data) => createHmac(digestNames[hash], key).update(data).digest(),
      pbkdf2: (hash, password, salt, iterations) =>
        pbkdf2Async(password, salt, iterations, digestSizes[hash], digestNames[hash]),
      randomBytes: size => randomBytes(size),
      equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
    },
  }
}
