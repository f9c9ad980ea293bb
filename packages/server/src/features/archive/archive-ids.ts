/** Ids of archived messages: unique, sorted by the order they were given in, and not to be guessed. XEP-0313 §6.2. */
import type { Clock, Random } from '@waxwing/stream'

/** In the order of code points, so that ids sort as their numbers do. */
const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const digit = (value: number): string => digits[value & 63] ?? ''

/** Ids within one millisecond. */
const perMoment = 4096
const randomDigits = 11

export class ArchiveIds {
  readonly #clock: Clock
  readonly #random: Random
  #moment = 0
  #moments = ''
  #count = perMoment
  #last = ''

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Sorts behind every id given so far, also before a restart, or is the last of them; and before all to come. */
  get newest(): string {
    const now = momentDigits(this.#clock.wall())
    return this.#last > now ? this.#last : now
  }

  /** 8 digits of time, 2 to count within the millisecond, 11 that nobody can guess. */
  next(): string {
    const now = this.#clock.wall()
    if (now > this.#moment) this.#begin(now)
    else if (this.#count >= perMoment) this.#begin(this.#moment + 1)
    const count = this.#count++
    let id = this.#moments + digit(count >> 6) + digit(count)
    for (const byte of this.#random.bytes(randomDigits)) id += digit(byte)
    this.#last = id
    return id
  }

  #begin(moment: number): void {
    this.#moment = moment
    this.#count = 0
    this.#moments = momentDigits(moment)
  }
}

function momentDigits(moment: number): string {
  let digits = ''
  for (let rest = moment, n = 0; n < 8; n++) {
    digits = digit(rest % 64) + digits
    rest = Math.floor(rest / 64)
  }
  return digits
}
