/** Clock, randomness and cryptography of Node for the parts that must not touch them directly. */
import { createHmac, hash as digest, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock, Random, SaslCrypto } from '@waxwing/stream'

const pbkdf2Async = promisify(pbkdf2)
const digestSizes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
const digestNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const

/** A timer of Node that is set for longer fires at once. */
const longestMs = 0x7fff_ffff

export const nodeClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    // Sockets keep a server alive; what was meant for later does not hold up a process that is done.
    if (ms > longestMs) return inSteps(ms, run)
    const timer = setTimeout(run, ms).unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** More than 24 days are waited for one after the other. */
function inSteps(ms: number, run: () => void): ReturnType<Clock['after']> {
  let left = ms
  const wait = (): NodeJS.Timeout => {
    const step = Math.min(left, longestMs)
    left -= step
    return setTimeout(() => {
      if (left > 0) timer = wait()
      else run()
    }, step).unref()
  }
  let timer = wait()
  return { cancel: () => clearTimeout(timer) }
}

/** Randomness drawn in large pieces: a login needs many small ones. Bytes are handed out once and wiped. */
class PooledRandom implements Random {
  #pool: Buffer = Buffer.alloc(0)
  #at = 0

  bytes(size: number): Uint8Array {
    if (size > 256) return randomBytes(size)
    if (this.#at + size > this.#pool.length) {
      this.#pool = randomBytes(8192)
      this.#at = 0
    }
    const taken = new Uint8Array(size)
    // So few bytes are moved faster one by one than by a call out of the engine's own code.
    for (let n = 0; n < size; n++) {
      taken[n] = this.#pool[this.#at] as number
      this.#pool[this.#at++] = 0
    }
    return taken
  }

  fraction(): number {
    return Math.random()
  }
}

export const nodeRandom: Random = new PooledRandom()

export const nodeCrypto: SaslCrypto = {
  hash: (alg, data) => digest(digestNames[alg], data, 'buffer'),
  hmac: (alg, key, data) => createHmac(digestNames[alg], key).update(data).digest(),
  pbkdf2: (alg, password, salt, iterations) =>
    pbkdf2Async(password, salt, iterations, digestSizes[alg], digestNames[alg]),
  randomBytes: size => nodeRandom.bytes(size),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
}
