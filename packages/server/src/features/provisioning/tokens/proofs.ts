/** Which tokens count: those of ours whose holder proves to have the key, through the thing they were shown to. XEP-0324 §3.1.3.2 */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type Generation,
  provisioningTokens,
  type ReadoutTokens,
  stanzaError,
} from '@waxwing/protocol'
import type { Clock, Random } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Service } from '../../../kernel/service.ts'
import type { RuleBook, Subject, TokenKind } from '../rule.ts'
import { tokenKinds } from '../rule.ts'
import { checkCertificate, sealedFor } from './certificate.ts'
import type { GivenToken, Tokens } from './tokens.ts'

export interface ProofsPort {
  readonly tokens: Tokens
  readonly clock: Clock
  readonly random: Random
  /** How long a proof is good for who gave it. */
  readonly lifetimeMs: number
  readonly timeoutMs: number
  readonly service: () => Service
  readonly equal: (a: Uint8Array, b: Uint8Array) => boolean
}

/** Who shows tokens to whom. */
export interface Shown {
  readonly book: RuleBook
  /** Which resource asks. */
  readonly thing: Jid
  readonly caller: Jid
  readonly generation: Generation
}

/** Tokens of one question that are looked at. */
const mostTokens = 8
/** Challenges that wait for their answers; those of one resource of a thing. */
const mostOpen = 2_000
const mostOpenOfThing = 32
/** Proofs remembered; those given last. */
const mostProofs = 10_000
const secretBytes = 32
const none: ReadoutTokens = { service: [], device: [], user: [] }

export class Proofs {
  readonly #port: ProofsPort
  /** Until when, by token, thing and caller; or the proof that is under way. */
  readonly #proofs = new Map<string, number | Promise<boolean>>()

  /** Challenges that wait, by thing. */
  readonly #open = new Map<Jid, number>()
  #openInAll = 0

  constructor(port: ProofsPort) {
    this.#port = port
  }

  /**
   * The tokens among these that count. Only those that rules name are looked at.
   *
   * @throws StanzaError remote-server-timeout when there is no answer: nobody should remember what was decided so
   */
  async provenOf(tokens: ReadoutTokens, shown: Shown): Promise<ReadoutTokens> {
    const meant = namedOnly(tokens, shown.book)
    const all = [...new Set(tokenKinds.flatMap(kind => meant[kind]))].slice(0, mostTokens)
    if (all.length === 0) return none
    const proofs = await Promise.all(
      all.map(async token => ((await this.#isProven(token, shown)) ? [token] : [])),
    )
    const proven = new Set(proofs.flat())
    return kindsOf(kind => meant[kind].filter(token => proven.has(token)))
  }

  async #isProven(token: string, shown: Shown): Promise<boolean> {
    const given = await this.#port.tokens.find(token)
    if (!given) return false
    const name = JSON.stringify([token, shown.thing, bareOf(shown.caller)])
    const known = this.#proofs.get(name)
    if (known instanceof Promise) return known
    if (known !== undefined && this.#port.clock.wall() < known) return true
    const proving = this.#challenge(token, given, shown)
    this.#keep(name, proving)
    const isProven = await proving.catch(() => undefined)
    if (this.#proofs.get(name) === proving) this.#proofs.delete(name)
    if (isProven) this.#keep(name, this.#port.clock.wall() + this.#port.lifetimeMs)
    return proving
  }

  async #challenge(
    token: string,
    { certificate }: GivenToken,
    { thing, generation }: Shown,
  ): Promise<boolean> {
    // In `sn` nobody can be asked for a proof.
    if (generation === 'sn') return false
    const { clock, random, service, timeoutMs, equal } = this.#port
    const { challenge, challengeAnswer } = provisioningTokens(generation)
    const secret = random.bytes(secretBytes)
    const data = sealedFor(checkCertificate(certificate, clock.wall()), secret)
    const payload = writeWire(challenge, { token, data }, CLIENT_NS)
    const answer = await this.#counted(thing, () =>
      service().questions.ask({ type: 'get', to: thing, payload }, clock, timeoutMs),
    )
    if (answer === undefined)
      throw stanzaError('remote-server-timeout', 'Nobody has proved the token in time')
    if (answer.type !== 'result') return false
    try {
      return equal(secret, answer.read(challengeAnswer))
    } catch {
      return false
    }
  }

  /** Throws `StanzaError` resource-constraint when too many wait already. */
  async #counted<T>(thing: Jid, ask: () => Promise<T>): Promise<T> {
    const open = this.#open.get(thing) ?? 0
    if (open >= mostOpenOfThing || this.#openInAll >= mostOpen)
      throw stanzaError('resource-constraint', 'Too many tokens wait to be proved', { type: 'wait' })
    this.#open.set(thing, open + 1)
    this.#openInAll++
    try {
      return await ask()
    } finally {
      this.#openInAll--
      const left = (this.#open.get(thing) ?? 1) - 1
      if (left > 0) this.#open.set(thing, left)
      else this.#open.delete(thing)
    }
  }

  #keep(name: string, proof: number | Promise<boolean>): void {
    this.#proofs.delete(name)
    this.#proofs.set(name, proof)
    for (const oldest of this.#proofs.keys()) {
      if (this.#proofs.size <= mostProofs) break
      this.#proofs.delete(oldest)
    }
  }
}

function namedOnly(tokens: ReadoutTokens, { rules, tags }: RuleBook): ReadoutTokens {
  if (tokenKinds.every(kind => tokens[kind].length === 0)) return none
  const named = new Map<string, Set<TokenKind>>()
  const note = (subject: Subject): void => {
    if (subject.kind !== 'token') return
    const kinds = named.get(subject.token) ?? new Set()
    named.set(subject.token, kinds)
    for (const kind of subject.of === undefined ? tokenKinds : [subject.of]) kinds.add(kind)
  }
  for (const { subject } of rules) note(subject)
  for (const members of tags.values()) for (const member of members) note(member)
  return kindsOf(kind => tokens[kind].filter(token => named.get(token)?.has(kind)))
}

function kindsOf(those: (kind: TokenKind) => readonly string[]): ReadoutTokens {
  return { service: those('service'), device: those('device'), user: those('user') }
}
