/** SASL EXTERNAL: who the peer is was proven below, by a certificate. RFC 4422 appendix A, XEP-0178. */
import type { Certified } from './authorization.ts'
import {
  emptyChallenge,
  failure,
  SaslError,
  type SaslInitiator,
  type SaslResponder,
  type SaslStep,
} from './exchange.ts'
import { after, type Now } from './now.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export interface ExternalResponderOptions {
  /** Who the peer is; an `authzid` of `undefined` means that the peer leaves the choice to us. */
  authorize(authzid: string | undefined): Now<Certified>
}

/** The accepting side of EXTERNAL. */
export class ExternalResponder implements SaslResponder {
  readonly #options: ExternalResponderOptions

  constructor(options: ExternalResponderOptions) {
    this.#options = options
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    if (data === undefined) return emptyChallenge()
    const text = decodeUtf8(data)
    if (text === undefined || text.includes('\0')) return failure('malformed-request')
    const authzid = text === '' ? undefined : text
    return after(this.#options.authorize(authzid), certified => {
      if (typeof certified === 'object') return { kind: 'success', username: certified.username }
      // Whoever could be several has to say who it is. XEP-0178 §2, step 11
      const mustChoose = certified === 'ambiguous' || authzid !== undefined
      return failure(mustChoose ? 'invalid-authzid' : 'not-authorized')
    })
  }
}

/** The side that logs in with EXTERNAL; an absent `authzid` leaves the choice to the server. */
export class ExternalInitiator implements SaslInitiator {
  readonly mechanism = 'EXTERNAL'
  readonly #authzid: string

  constructor(authzid?: string) {
    this.#authzid = authzid ?? ''
  }

  start(): Uint8Array {
    return encodeUtf8(this.#authzid)
  }

  respond(): Uint8Array {
    throw new SaslError('malformed-challenge', 'EXTERNAL knows no challenges')
  }

  succeed(): void {}
}
