/** Addresses from which logins fail again and again have to wait, longer each time. XEP-0205 §3, RFC 6120 §13.12. */

export interface BackOffLimits {
  /** Failures that are forgiven. */
  readonly free: number
  /** Addresses remembered; when there are more, all are forgotten. */
  readonly maxAddresses: number
}

interface Failures {
  readonly count: number
  /** ms of the monotonic clock. */
  readonly until: number
  readonly at: number
}

const firstWaitMs = 2_000
const longestWaitMs = 15 * 60_000
/** Time without a failure after which an address is as good as any. */
const forgivenMs = 30 * 60_000

export class LoginBackOff {
  readonly #limits: BackOffLimits
  readonly #failures = new Map<string, Failures>()

  constructor(limits: BackOffLimits) {
    this.#limits = limits
  }

  /** How long an address has to wait, in ms; 0: not at all. */
  waitFor(remote: string, now: number): number {
    if (this.#failures.size === 0) return 0
    const found = this.#failures.get(networkOf(remote))
    return found === undefined ? 0 : Math.max(0, found.until - now)
  }

  failed(remote: string, now: number): void {
    const network = networkOf(remote)
    const before = this.#failures.get(network)
    const count = (before && now - before.at < forgivenMs ? before.count : 0) + 1
    const beyond = count - this.#limits.free
    const wait = beyond <= 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(beyond - 1, 20))
    if (before === undefined && this.#failures.size >= this.#limits.maxAddresses) this.#failures.clear()
    this.#failures.set(network, { count, until: now + wait, at: now })
  }

  /** Who knows a password makes up for one failure: many people may share an address. */
  succeeded(remote: string): void {
    if (this.#failures.size === 0) return
    const network = networkOf(remote)
    const found = this.#failures.get(network)
    if (!found) return
    if (found.count <= 1) this.#failures.delete(network)
    else this.#failures.set(network, { ...found, count: found.count - 1 })
  }
}

/** The address without port; of IPv6 the /64, which one customer has. */
export function networkOf(remote: string): string {
  const address = remote.slice(0, remote.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0')
  return [...front, ...zeros, ...back].slice(0, 4).join(':')
}
