/** SASL ANONYMOUS: RFC 4505, XEP-0175. */
import {
  emptyChallenge,
  failure,
  type SaslCondition,
  SaslError,
  type SaslInitiator,
  type SaslResponder,
  type SaslStep,
} from './exchange.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Longest trace, in characters. RFC 4505 §2 */
const maxTraceLength = 255
/** The same in octets of UTF-8. */
const maxTraceOctets = 4 * maxTraceLength

/** The accepting side: everybody is let in under a name of the server's making. */
export class AnonymousResponder implements SaslResponder {
  readonly #admit: () => { readonly username: string } | SaslCondition

  /** `admit` makes a name, prepared, or says why there is none. */
  constructor(admit: () => { readonly username: string } | SaslCondition) {
    this.#admit = admit
  }

  receive(data: Uint8Array | undefined): SaslStep {
    if (data === undefined) return emptyChallenge()
    const trace = data.length > maxTraceOctets ? undefined : decodeUtf8(data)
    if (trace === undefined || Array.from(trace).length > maxTraceLength) return failure('malformed-request')
    const admitted = this.#admit()
    return typeof admitted === 'string' ? failure(admitted) : { kind: 'success', ...admitted }
  }
}

/** The side that logs in as nobody; the trace is for the server's log and may be empty. */
export class AnonymousInitiator implements SaslInitiator {
  readonly mechanism = 'ANONYMOUS'
  readonly #trace: string

  constructor(trace = '') {
    this.#trace = trace
  }

  start(): Uint8Array {
    return encodeUtf8(Array.from(this.#trace).slice(0, maxTraceLength).join(''))
  }

  respond(): Uint8Array {
    throw new SaslError('malformed-challenge', 'ANONYMOUS knows no challenges')
  }

  succeed(): void {}
}
