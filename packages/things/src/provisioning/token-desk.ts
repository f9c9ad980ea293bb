/** Tokens that pass through a client: whom it showed them to, who showed them to it, and who can prove them. XEP-0324 §3.1.3.2 */
import type { Jid } from '@waxwing/jid'
import {
  generations,
  provisioningTokens,
  type ReadoutTokens,
  stanzaError,
  type TokenChallenge,
  type TokenFormat,
} from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'

/** Who has the key of a certificate. */
export interface KeyHolder {
  /** X.509, in DER. */
  readonly certificate: Uint8Array
  /** Opens what was encrypted for the certificate; with RSA it is OAEP with SHA-1. Rejects when it cannot be opened. */
  open(sealed: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** §3.1.3.2: who was not shown the token in the last minute is told nothing. */
const recentMs = 60_000
/** Tokens, and whom they were shown to: those noted last. */
const mostNotes = 1_000
/** Challenges passed on at the same time. */
const mostPassing = 64
/** Patience with who has to prove a token, in milliseconds; the server's own is a little longer. */
const passingMs = 7_000

interface Received {
  readonly from: Jid
  readonly at: number
  /** Several have shown it lately: nobody can say whom a challenge is about. */
  readonly isShared: boolean
}

interface Asking {
  readonly from: Jid
  readonly done: Promise<unknown>
}

const desks = new WeakMap<ThingClient, TokenDesk>()

/** Notes that we show tokens to somebody, who may ask for proofs of them. */
export function showTokens(client: ThingClient, tokens: Partial<ReadoutTokens>, to: Jid): void {
  const all = listOf(tokens)
  if (all.length > 0) TokenDesk.of(client).shown(all, to)
}

/** Notes that somebody shows us tokens, which we may show on: then it is for them to prove them. */
export function receiveTokens(client: ThingClient, tokens: ReadoutTokens, from: Jid): void {
  const all = listOf(tokens)
  if (all.length > 0) TokenDesk.of(client).received(all, from)
}

export class TokenDesk {
  readonly #client: ThingClient
  readonly #holders = new Map<string, KeyHolder>()
  /** When, by token and address. */
  readonly #shown = new Map<string, number>()
  readonly #received = new Map<string, Received>()
  /** In whose name a token is shown right now. */
  readonly #asking = new Map<string, Asking>()
  readonly #passing = new Set<string>()

  private constructor(client: ThingClient) {
    this.#client = client
    for (const generation of generations)
      if (generation !== 'sn') this.#listen(provisioningTokens(generation))
  }

  /** The one of a client; it answers challenges as long as the client does. */
  static of(client: ThingClient): TokenDesk {
    const known = desks.get(client)
    if (known) return known
    const desk = new TokenDesk(client)
    desks.set(client, desk)
    return desk
  }

  /** We can prove this token ourselves. */
  hold(token: string, holder: KeyHolder): void {
    keep(this.#holders, token, holder)
  }

  shown(tokens: readonly string[], to: Jid): void {
    for (const token of tokens) keep(this.#shown, `${token} ${to}`, this.#now)
  }

  /**
   * Asks in the name of somebody who shows tokens. Of several who show the same, one after the other: a challenge does
   * not say whom it is about. Rejects as `ask`.
   */
  async inNameOf<T>(from: Jid, tokens: ReadoutTokens, ask: () => Promise<T>): Promise<T> {
    const all = listOf(tokens)
    this.received(all, from)
    for (let busy = this.#busy(all, from); busy; busy = this.#busy(all, from)) await busy.done
    const answer = ask()
    const asking = { from, done: answer.catch(() => {}) }
    for (const token of all) this.#asking.set(token, asking)
    try {
      return await answer
    } finally {
      for (const token of all) if (this.#asking.get(token) === asking) this.#asking.delete(token)
    }
  }

  #busy(tokens: readonly string[], from: Jid): Asking | undefined {
    return tokens.map(token => this.#asking.get(token)).find(asking => asking && asking.from !== from)
  }

  received(tokens: readonly string[], from: Jid): void {
    for (const token of tokens) {
      const before = this.#received.get(token)
      const isOld = before === undefined || !this.#isRecent(before.at)
      const isShared = !isOld && (before.isShared || before.from !== from)
      keep(this.#received, token, { from, at: this.#now, isShared })
    }
  }

  #listen(format: TokenFormat): void {
    this.#client.handle(format.challenge, 'get', format.challengeAnswer, (challenge, { from }) =>
      this.#prove(challenge, from, format),
    )
  }

  async #prove({ token, data }: TokenChallenge, from: Jid, format: TokenFormat): Promise<Uint8Array> {
    const shown = this.#shown.get(`${token} ${from}`)
    if (shown === undefined || !this.#isRecent(shown))
      throw stanzaError('forbidden', 'This token was not shown to you')
    const holder = this.#holders.get(token)
    if (!holder) return this.#pass(token, data, format)
    try {
      return await holder.open(data)
    } catch {
      throw stanzaError('bad-request', 'This was not encrypted for the certificate of the token')
    }
  }

  /** To who showed us the token, who may pass it on again. */
  async #pass(
    token: string,
    data: Uint8Array,
    { challenge, challengeAnswer }: TokenFormat,
  ): Promise<Uint8Array> {
    const to = this.#asking.get(token)?.from ?? this.#senderOf(token)
    const name = `${token} ${data.join(',')}`
    // What comes round again would go round for ever.
    if (to === undefined || this.#passing.has(name) || this.#passing.size >= mostPassing)
      throw stanzaError('forbidden', 'Nobody can be asked to prove this token')
    this.#passing.add(name)
    try {
      return await this.#client.iq.get(challenge, to, { token, data }, challengeAnswer, {
        timeoutMs: passingMs,
      })
    } finally {
      this.#passing.delete(name)
    }
  }

  #senderOf(token: string): Jid | undefined {
    const received = this.#received.get(token)
    return received && !received.isShared && this.#isRecent(received.at) ? received.from : undefined
  }

  #isRecent(at: number): boolean {
    return this.#now - at <= recentMs
  }

  get #now(): number {
    return this.#client.platform.clock.wall()
  }
}

function listOf({ service = [], device = [], user = [] }: Partial<ReadoutTokens>): readonly string[] {
  return [...service, ...device, ...user]
}

function keep<V>(map: Map<string, V>, name: string, value: V): void {
  map.delete(name)
  map.set(name, value)
  for (const oldest of map.keys()) {
    if (map.size <= mostNotes) break
    map.delete(oldest)
  }
}
