/** What a client takes from the world: time, randomness, cryptography, and a place for faults nobody handles. */
import { type Clock, type Random, type SaslCrypto, webCrypto } from '@waxwing/stream'

export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: SaslCrypto
  /** Told what a handler of the application threw when no `fault` listener is there. */
  report(fault: unknown): void
}

/** A timer of the platform that is longer fires at once. */
const longestMs = 2 ** 31 - 1

/** The platform as every browser, worker and server runtime offers it. */
export function webPlatform(): Platform {
  return {
    clock: {
      monotonic: () => performance.now(),
      wall: () => Date.now(),
      after(ms, run) {
        let timer: ReturnType<typeof setTimeout>
        const wait = (left: number): void => {
          timer = setTimeout(
            () => (left > longestMs ? wait(left - longestMs) : run()),
            Math.min(left, longestMs),
          )
        }
        wait(ms)
        return { cancel: () => clearTimeout(timer) }
      },
    },
    random: {
      bytes: size => crypto.getRandomValues(new Uint8Array(size)),
      fraction: () => Math.random(),
    },
    crypto: webCrypto(),
    report: fault => console.error(fault),
  }
}
