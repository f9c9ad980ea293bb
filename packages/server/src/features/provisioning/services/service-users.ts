/** Users of services, by the tokens that stand for them while they are there. XEP-0324 §3.6.2 */
import type { BareJid, Jid } from '@waxwing/jid'

/** Somebody who was let in. */
export interface ServiceUser {
  /** The account of the service. */
  readonly service: BareJid
  /** Absent: the service did not say. */
  readonly jid: Jid | undefined
  /** As whom they have logged in. */
  readonly name?: string | undefined
  readonly since: number
}

/** How many users are remembered, and for how long. */
export interface ServiceUserRules {
  /** Of one service; with more, the oldest goes. */
  readonly mostOfService: number
  readonly lifetimeMs: number
  readonly wall: () => number
  readonly newToken: () => string
}

/** Of all services. */
const mostOfAll = 20_000

/** Those that are there, in memory alone: when the server starts again, services ask anew. */
export class ServiceUsers {
  /** The oldest come first. */
  readonly #all = new Map<string, ServiceUser>()
  readonly #counts = new Map<BareJid, number>()
  readonly #rules: ServiceUserRules

  constructor(rules: ServiceUserRules) {
    this.#rules = rules
  }

  /** @returns the token of the user from now on */
  add(service: BareJid, jid: Jid | undefined): string {
    const { newToken, wall, mostOfService } = this.#rules
    const token = newToken()
    if (this.#countOf(service) >= mostOfService) this.#removeFirst(user => user.service === service)
    if (this.#all.size >= mostOfAll) this.#removeFirst(() => true)
    this.#all.set(token, { service, jid, since: wall() })
    this.#counts.set(service, this.#countOf(service) + 1)
    return token
  }

  /** `undefined` for a token of another service, and one that is over. */
  find(service: BareJid, token: string): ServiceUser | undefined {
    const { lifetimeMs, wall } = this.#rules
    const user = this.#all.get(token)
    return user?.service === service && wall() < user.since + lifetimeMs ? user : undefined
  }

  /** Somebody has logged in. Does nothing for a token that is not theirs. */
  name(service: BareJid, token: string, name: string): void {
    const user = this.find(service, token)
    if (user) this.#all.set(token, { ...user, name })
  }

  /** A service is gone. */
  removeOf(service: BareJid): void {
    for (const [token, user] of this.#all) if (user.service === service) this.#remove(token, user)
  }

  #countOf(service: BareJid): number {
    return this.#counts.get(service) ?? 0
  }

  #removeFirst(isMeant: (user: ServiceUser) => boolean): void {
    for (const [token, user] of this.#all) {
      if (!isMeant(user)) continue
      this.#remove(token, user)
      return
    }
  }

  #remove(token: string, { service }: ServiceUser): void {
    this.#all.delete(token)
    const left = this.#countOf(service) - 1
    if (left > 0) this.#counts.set(service, left)
    else this.#counts.delete(service)
  }
}
