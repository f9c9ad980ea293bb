/** The side that logs in with SCRAM: RFC 5802, RFC 7677. */
import { opaqueString, saslPrep, usernameCaseMapped } from '@waxwing/jid'
import { encodeBase64 } from './base64.ts'
import { preparedOrRefused } from './credentials.ts'
import type { SaslCrypto, ScramHash } from './crypto.ts'
import { SaslError, type SaslInitiator } from './exchange.ts'
import { after, type Now } from './now.ts'
import { deriveClientKeys, xor } from './scram-keys.ts'
import { encodeSaslName, readServerFinal, readServerFirst, type ServerFirst } from './scram-messages.ts'
import { offerHash, type SaslOffer } from './scram-offer.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** How channel binding stands: bound to data, or not, and then whether the server is thought to lack it (`y`). */
export type ScramBinding =
  | { readonly flag: 'p'; readonly type: string; readonly data: Uint8Array }
  | { readonly flag: 'n' | 'y' }

export interface ScramInitiatorOptions {
  readonly crypto: SaslCrypto
  readonly hash: ScramHash
  readonly username: string
  readonly password: string
  readonly binding: ScramBinding
  /** Bare address to act as; absent means the account itself. */
  readonly authzid?: string
  /** Fewest iterations accepted. Default 4096, RFC 7677 §4. */
  readonly minIterations?: number
  /** Most iterations accepted, since each costs time here. Default 1,000,000. */
  readonly maxIterations?: number
  /** COMPAT(servers before RFC 8265): `saslprep` prepares name and password as RFC 4013 did. */
  readonly preparation?: 'precis' | 'saslprep'
  /** What the stream offered: checked when the server sends a hash of it (XEP-0474). */
  readonly offer?: SaslOffer
  /** Client's nonce; printable ASCII without commas. Absent: 144 random bits. */
  readonly newNonce?: () => string
}

export const defaultMinIterations = 4096
export const defaultMaxIterations = 1_000_000

type State =
  | { readonly at: 'start' }
  | { readonly at: 'challenge'; readonly bare: string; readonly nonce: string; readonly password: Uint8Array }
  | { readonly at: 'success'; readonly signature: Uint8Array }
  | { readonly at: 'proven' }
  | { readonly at: 'over' }

/** One login; it succeeds only when the server has proven that it knows the password too. */
export class ScramInitiator implements SaslInitiator {
  readonly mechanism: string
  readonly #options: ScramInitiatorOptions
  readonly #gs2Header: string
  #state: State = { at: 'start' }

  constructor(options: ScramInitiatorOptions) {
    const { hash, binding, authzid } = options
    this.mechanism = `SCRAM-${hash}${binding.flag === 'p' ? '-PLUS' : ''}`
    this.#options = options
    const flag = binding.flag === 'p' ? `p=${binding.type}` : binding.flag
    this.#gs2Header = `${flag},${authzid === undefined ? '' : `a=${encodeSaslName(authzid)}`},`
  }

  start(): Uint8Array {
    const { crypto, newNonce } = this.#options
    const { username, password } = this.#prepared()
    const nonce = newNonce ? newNonce() : encodeBase64(crypto.randomBytes(18))
    const bare = `n=${encodeSaslName(username)},r=${nonce}`
    this.#state = { at: 'challenge', bare, nonce, password: encodeUtf8(password) }
    return encodeUtf8(this.#gs2Header + bare)
  }

  respond(challenge: Uint8Array): Now<Uint8Array> {
    const state = this.#state
    this.#state = { at: 'over' }
    if (state.at === 'challenge') return this.#answer(state.bare, state.nonce, state.password, challenge)
    // COMPAT(RFC 3920 servers): the signature may come as a challenge, before an empty success
    if (state.at === 'success') {
      this.#check(state.signature, challenge)
      this.#state = { at: 'proven' }
      return new Uint8Array()
    }
    throw new SaslError('malformed-challenge', 'A challenge came that SCRAM does not know')
  }

  succeed(data: Uint8Array | undefined): void {
    const state = this.#state
    this.#state = { at: 'over' }
    if (state.at === 'proven') return
    if (state.at !== 'success' || !data) {
      throw new SaslError('server-not-proven', 'The server did not prove that it knows the password')
    }
    this.#check(state.signature, data)
  }

  async #answer(
    bare: string,
    nonce: string,
    password: Uint8Array,
    challenge: Uint8Array,
  ): Promise<Uint8Array> {
    const { crypto, hash, binding } = this.#options
    const text = decodeUtf8(challenge)
    const first = text === undefined ? undefined : readServerFirst(text)
    if (!first) throw new SaslError('malformed-challenge', 'The challenge is not one of SCRAM')
    this.#requireSane(first, nonce)
    await this.#requireOffer(first)
    const header = encodeUtf8(this.#gs2Header)
    const bound = encodeBase64(binding.flag === 'p' ? new Uint8Array([...header, ...binding.data]) : header)
    const withoutProof = `c=${bound},r=${first.nonce}`
    const authMessage = encodeUtf8(`${bare},${text},${withoutProof}`)
    const keys = await deriveClientKeys(crypto, password, first.salt, first.iterations, hash)
    const proof = xor(keys.clientKey, await crypto.hmac(hash, keys.storedKey, authMessage))
    this.#state = { at: 'success', signature: await crypto.hmac(hash, keys.serverKey, authMessage) }
    return encodeUtf8(`${withoutProof},p=${encodeBase64(proof)}`)
  }

  #requireSane(first: ServerFirst, nonce: string): void {
    if (!first.nonce.startsWith(nonce) || first.nonce.length === nonce.length) {
      throw new SaslError('nonce-changed', 'The server did not extend the nonce')
    }
    const { minIterations = defaultMinIterations, maxIterations = defaultMaxIterations } = this.#options
    if (first.iterations < minIterations || first.iterations > maxIterations) {
      throw new SaslError(
        'iterations-out-of-bounds',
        `The server asks for ${first.iterations} iterations; accepted are ${minIterations} to ${maxIterations}`,
      )
    }
  }

  #requireOffer(first: ServerFirst): Now<void> {
    const { crypto, hash, offer } = this.#options
    if (!offer || first.offerHash === undefined) return
    return after(offerHash(crypto, hash, offer), expected => {
      if (expected === first.offerHash) return
      throw new SaslError('offer-tampered', 'The mechanisms that arrived are not those the server offered')
    })
  }

  #check(signature: Uint8Array, data: Uint8Array): void {
    const text = decodeUtf8(data)
    const final = text === undefined ? undefined : readServerFinal(text)
    if (!final) throw new SaslError('server-not-proven', 'The server sent no signature')
    if ('error' in final) throw new SaslError('server-error', `The server reports ${final.error}`)
    if (!this.#options.crypto.equal(final.signature, signature)) {
      throw new SaslError('server-not-proven', 'The signature of the server is wrong')
    }
  }

  #prepared(): { username: string; password: string } {
    const { username, password, preparation = 'precis' } = this.#options
    const isPrecis = preparation === 'precis'
    return {
      username: preparedOrRefused(isPrecis ? usernameCaseMapped : saslPrep, username),
      password: preparedOrRefused(isPrecis ? opaqueString : saslPrep, password),
    }
  }
}
