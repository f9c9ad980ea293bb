/** Clock, randomness and cryptography of Node for the parts that must not touch them directly. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock, Random, SaslCrypto } from '@waxwing/stream'

const pbkdf2Async = promisify(pbkdf2)
const digestSizes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
const digestNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const

export const nodeClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}

export const nodeRandom: Random = {
  bytes: size => randomBytes(size),
  fraction: () => Math.random(),
}

export const nodeCrypto: SaslCrypto = {
  hash: (alg, data) => createHash(digestNames[alg]).update(data).digest(),
  hmac: (alg, key, data) => createHmac(digestNames[alg], key).update(data).digest(),
  pbkdf2: (alg, password, salt, iterations) =>
    pbkdf2Async(password, salt, iterations, digestSizes[alg], digestNames[alg]),
  randomBytes: size => randomBytes(size),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
}
