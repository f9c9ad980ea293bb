/** The accepting side of SCRAM: RFC 5802, RFC 7677; channel binding by RFC 5929 and RFC 9266. */
import { accountName, isOwnIdentity } from './authorization.ts'
import { encodeBase64 } from './base64.ts'
import { digestSize, type SaslCrypto, type ScramHash } from './crypto.ts'
import { emptyChallenge, failure, type SaslResponder, type SaslStep } from './exchange.ts'
import { after, type Now } from './now.ts'
import { provesClientKey, type StoredKeys } from './scram-keys.ts'
import { type ClientFinal, type ClientFirst, readClientFinal, readClientFirst } from './scram-messages.ts'
import { offerHash, type SaslOffer } from './scram-offer.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export interface ScramResponderOptions {
  readonly crypto: SaslCrypto
  readonly hash: ScramHash
  /** Whether the mechanism chosen is the one with channel binding. */
  readonly isPlus: boolean
  /** Whether one with channel binding was on offer: a client that denies it was deceived (RFC 5802 §6). */
  readonly offersPlus: boolean
  /** Channel-binding data of this connection; `undefined` for types it does not have. */
  binding(type: string): Uint8Array | undefined
  /** Domain of the accounts, prepared. */
  readonly domain: string
  /** Stored keys of an account; `undefined` if there is none or it has none for this hash. */
  lookup(username: string): Now<StoredKeys | undefined>
  /** Known to this server alone and the same over its life: salts for accounts that do not exist come from it. */
  readonly secret: Uint8Array
  /** Iterations that accounts have by default; those that do not exist seem to have as many. */
  readonly iterations: number
  /** What the stream offered, to let the client check it (XEP-0474); absent leaves the hash out. */
  readonly offer?: SaslOffer
  /** Server's part of the nonce; printable ASCII without commas. Absent: 144 random bits. */
  readonly newNonce?: () => string
}

/** Longest message taken, in octets: names of 1023 octets, escaped and twice, fit. */
const maxMessageOctets = 8192

interface Challenged {
  readonly first: ClientFirst
  readonly username: string
  readonly keys: StoredKeys
  readonly isKnown: boolean
  readonly nonce: string
  readonly message: string
  /** What `c` must be: the header, then the binding data. */
  readonly binding: Uint8Array
}

/** One login. Answers at once when cryptography and lookup do. */
export class ScramResponder implements SaslResponder {
  readonly #options: ScramResponderOptions
  #challenged: Challenged | undefined
  #isOver = false

  constructor(options: ScramResponderOptions) {
    this.#options = options
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    if (this.#isOver) return failure('malformed-request')
    if (data === undefined) return emptyChallenge()
    // whatever happens, a step is taken once: the next one sets this back
    this.#isOver = true
    const text = data.length > maxMessageOctets ? undefined : decodeUtf8(data)
    if (text === undefined) return failure('malformed-request')
    return this.#challenged ? this.#onFinal(this.#challenged, text) : this.#onFirst(text)
  }

  #onFirst(text: string): Now<SaslStep> {
    const first = readClientFirst(text)
    if (!first || (first.flag === 'p') !== this.#options.isPlus) return failure('malformed-request')
    if (first.flag === 'y' && this.#options.offersPlus) {
      return failure('not-authorized', 'The offer of channel binding did not reach you')
    }
    const data = first.bindingType === undefined ? new Uint8Array() : this.#options.binding(first.bindingType)
    if (!data) return failure('not-authorized', 'This type of channel binding is not available')
    const username = accountName(first.username, this.#options.domain)
    if (username === undefined) return failure('not-authorized')
    const binding = join(encodeUtf8(first.gs2Header), data)
    return after(this.#keysOf(username), ({ keys, isKnown }) =>
      this.#challenge({ first, username, binding, keys, isKnown }),
    )
  }

  #challenge(begun: Omit<Challenged, 'nonce' | 'message'>): Now<SaslStep> {
    const { crypto, hash, offer, newNonce } = this.#options
    const nonce = begun.first.nonce + (newNonce ? newNonce() : encodeBase64(crypto.randomBytes(18)))
    return after(offer ? offerHash(crypto, hash, offer) : '', h => {
      const { salt, iterations } = begun.keys
      const message = `r=${nonce},s=${encodeBase64(salt)},i=${iterations}${h === '' ? '' : `,h=${h}`}`
      this.#challenged = { ...begun, nonce, message }
      this.#isOver = false
      return { kind: 'challenge', data: encodeUtf8(message) }
    })
  }

  /** Keys of the account; made up, and in the same time, for one that does not exist. RFC 6120 §6.5.10 */
  #keysOf(username: string): Now<{ keys: StoredKeys; isKnown: boolean }> {
    return after(this.#madeUpKeys(username), madeUp =>
      after(this.#options.lookup(username), found => ({
        keys: found ?? madeUp,
        isKnown: found !== undefined,
      })),
    )
  }

  /** Of the digest only a quarter is ever told, as salt: that says nothing of the rest, nor of longer texts. */
  #madeUpKeys(username: string): Now<StoredKeys> {
    const { crypto, hash, secret, iterations } = this.#options
    return after(crypto.hash('SHA-512', join(secret, encodeUtf8(`${hash} ${username}`))), bytes => {
      const storedKey = new Uint8Array(digestSize(hash))
      storedKey.set(bytes.subarray(16, 16 + storedKey.length))
      return { salt: bytes.subarray(0, 16), iterations, storedKey, serverKey: storedKey }
    })
  }

  #onFinal(challenged: Challenged, text: string): Now<SaslStep> {
    const { crypto, hash } = this.#options
    const final = readClientFinal(text)
    if (!final) return failure('malformed-request')
    const isBound = crypto.equal(final.binding, challenged.binding)
    if (!isBound || final.nonce !== challenged.nonce || final.proof.length !== digestSize(hash)) {
      return failure('not-authorized')
    }
    return this.#verify(challenged, final)
  }

  #verify({ first, message, keys, isKnown, username }: Challenged, final: ClientFinal): Now<SaslStep> {
    const { crypto, hash, domain } = this.#options
    const authMessage = encodeUtf8(`${first.bare},${message},${final.withoutProof}`)
    return after(provesClientKey(crypto, hash, keys.storedKey, authMessage, final.proof), isProven => {
      if (!isProven || !isKnown) return failure('not-authorized')
      if (!isOwnIdentity(first.authzid, username, domain)) return failure('invalid-authzid')
      return after(crypto.hmac(hash, keys.serverKey, authMessage), signature => ({
        kind: 'success',
        username,
        data: encodeUtf8(`v=${encodeBase64(signature)}`),
      }))
    })
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
