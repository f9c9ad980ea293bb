/** Puzzles that wait for those who asked for a token; each is tried once. XEP-0324 §3.1.3.1 */
import { bareOf, type Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { Random } from '@waxwing/stream'

interface Puzzle {
  readonly from: Jid
  /** DER. */
  readonly certificate: Uint8Array
  readonly secret: Uint8Array
  readonly at: number
}

/** §3.1.3.1: at least a minute. */
const lifetimeMs = 60_000
/** Of one account; with more, the oldest goes. */
const mostOfOne = 4
const mostOfAll = 2_000

export class Puzzles {
  /** The oldest come first. */
  readonly #open = new Map<number, Puzzle>()
  readonly #random: Random
  readonly #wall: () => number
  readonly #equal: (a: Uint8Array, b: Uint8Array) => boolean

  constructor(random: Random, wall: () => number, equal: (a: Uint8Array, b: Uint8Array) => boolean) {
    this.#random = random
    this.#wall = wall
    this.#equal = equal
  }

  /** @returns the puzzle's number. @throws StanzaError resource-constraint */
  add(from: Jid, certificate: Uint8Array, secret: Uint8Array): number {
    this.#shorten(from)
    if (this.#open.size >= mostOfAll)
      throw stanzaError('resource-constraint', 'Too many wait for a token', { type: 'wait' })
    const [a = 0, b = 0, c = 0, d = 0] = this.#random.bytes(4)
    const number = ((a & 0x7f) << 24) | (b << 16) | (c << 8) | d
    this.#open.set(number, { from, certificate, secret, at: this.#wall() })
    return number
  }

  /**
   * @returns the certificate whose key was shown
   * @throws StanzaError item-not-found when there is no such puzzle of theirs, bad-request when it is not solved
   */
  solve(from: Jid, number: number, solution: Uint8Array): Uint8Array {
    const puzzle = this.#open.get(number)
    if (puzzle?.from !== from || this.#isOver(puzzle))
      throw stanzaError('item-not-found', 'There is no such challenge')
    this.#open.delete(number)
    if (!this.#equal(puzzle.secret, solution)) throw stanzaError('bad-request', 'This is not what was asked')
    return puzzle.certificate
  }

  #shorten(from: Jid): void {
    const account = bareOf(from)
    const own: number[] = []
    for (const [number, puzzle] of this.#open) {
      if (this.#isOver(puzzle)) this.#open.delete(number)
      else if (bareOf(puzzle.from) === account) own.push(number)
    }
    for (const oldest of own.slice(0, Math.max(0, own.length + 1 - mostOfOne))) this.#open.delete(oldest)
  }

  #isOver({ at }: Puzzle): boolean {
    return this.#wall() - at > lifetimeMs
  }
}
