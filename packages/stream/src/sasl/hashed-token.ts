/** SASL HT (draft-schmaus-kitten-sasl-ht): a login by token in one round trip, both sides proven. XEP-0484 §3.4. */
import { accountName } from './authorization.ts'
import type { SaslCrypto } from './crypto.ts'
import {
  failure,
  type SaslCondition,
  SaslError,
  type SaslInitiator,
  type SaslResponder,
  type SaslStep,
} from './exchange.ts'
import { after, type Now } from './now.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Mechanism names with the channel binding each asks for, strongest first; `undefined`: none. */
export const hashedTokenMechanisms = [
  { name: 'HT-SHA-256-EXPR', binding: 'tls-exporter' },
  { name: 'HT-SHA-256-ENDP', binding: 'tls-server-end-point' },
  { name: 'HT-SHA-256-NONE', binding: undefined },
] as const

/** A token a client may log in with. */
export interface TokenCandidate {
  readonly token: string
}

export interface HashedTokenResponderOptions<T extends TokenCandidate> {
  readonly crypto: SaslCrypto
  /** Domain of the accounts, prepared. */
  readonly domain: string
  /** Channel-binding data; empty for a mechanism without. */
  readonly binding: Uint8Array
  /** Tokens the client may hold; none for an account that does not exist. */
  candidates(username: string): Now<readonly T[]>
  /** The client holds this one. @returns why it is not let in all the same */
  accept(username: string, held: T): Now<SaslCondition | undefined>
}

const digestOctets = 32

/** Longest name taken, in octets. */
const maxNameOctets = 1023

/** Compared with when there is no token, so that unknown accounts cost as much as others. RFC 6120 §6.5.10 */
const noToken: TokenCandidate = { token: 'no token' }

/** The accepting side. */
export class HashedTokenResponder<T extends TokenCandidate> implements SaslResponder {
  readonly #options: HashedTokenResponderOptions<T>

  constructor(options: HashedTokenResponderOptions<T>) {
    this.#options = options
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    const message = data && readMessage(data)
    // XEP-0484 §3.1: one round trip, so nobody is asked again
    if (!message) return failure('malformed-request')
    const username = accountName(message.name, this.#options.domain)
    if (username === undefined) return failure('not-authorized')
    return after(this.#options.candidates(username), candidates =>
      after(this.#held(candidates, message.proof), held =>
        held ? this.#accept(username, held) : failure('not-authorized'),
      ),
    )
  }

  /** All are compared, whichever it is. */
  async #held(candidates: readonly T[], proof: Uint8Array): Promise<T | undefined> {
    const { crypto, binding } = this.#options
    let held: T | undefined
    for (const candidate of candidates)
      if (crypto.equal(await proofOf(crypto, candidate, 'Initiator', binding), proof)) held ??= candidate
    if (candidates.length === 0) await proofOf(crypto, noToken, 'Initiator', binding)
    return held
  }

  #accept(username: string, held: T): Now<SaslStep> {
    const { crypto, binding } = this.#options
    return after(this.#options.accept(username, held), fault =>
      fault === undefined
        ? after(proofOf(crypto, held, 'Responder', binding), data => ({ kind: 'success', username, data }))
        : failure(fault),
    )
  }
}

export interface HashedTokenInitiatorOptions {
  readonly crypto: SaslCrypto
  readonly mechanism: string
  readonly username: string
  readonly token: string
  /** Channel-binding data; empty for a mechanism without. */
  readonly binding: Uint8Array
  /** HMAC of the token over what the client says, made beforehand: `start` may not wait. */
  readonly proof: Uint8Array
}

/** The side that logs in by token. */
export class HashedTokenInitiator implements SaslInitiator {
  readonly mechanism: string
  readonly #options: HashedTokenInitiatorOptions

  private constructor(options: HashedTokenInitiatorOptions) {
    this.mechanism = options.mechanism
    this.#options = options
  }

  static make(options: Omit<HashedTokenInitiatorOptions, 'proof'>): Now<HashedTokenInitiator> {
    const { crypto, binding } = options
    return after(
      proofOf(crypto, options, 'Initiator', binding),
      proof => new HashedTokenInitiator({ ...options, proof }),
    )
  }

  start(): Uint8Array {
    const { username, proof } = this.#options
    return joined(encodeUtf8(`${username}\0`), proof)
  }

  respond(): Uint8Array {
    throw new SaslError('malformed-challenge', 'A login by token knows no challenges')
  }

  succeed(data: Uint8Array | undefined): Now<void> {
    const { crypto, binding } = this.#options
    return after(proofOf(crypto, this.#options, 'Responder', binding), expected => {
      if (!data || !crypto.equal(data, expected))
        throw new SaslError('server-not-proven', 'The server did not prove that it knows the token')
    })
  }
}

function proofOf(
  crypto: SaslCrypto,
  { token }: TokenCandidate,
  role: 'Initiator' | 'Responder',
  binding: Uint8Array,
): Now<Uint8Array> {
  return crypto.hmac('SHA-256', encodeUtf8(token), joined(encodeUtf8(role), binding))
}

function readMessage(data: Uint8Array): { name: string; proof: Uint8Array } | undefined {
  const end = data.indexOf(0)
  if (end < 1 || end > maxNameOctets || data.length !== end + 1 + digestOctets) return undefined
  const name = decodeUtf8(data.subarray(0, end))
  return name === undefined ? undefined : { name, proof: data.subarray(end + 1) }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
