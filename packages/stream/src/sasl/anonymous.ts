/** SASL ANONYMOUS: RFC 4505, XEP-0175. */
import { SaslError, type SaslInitiator } from './exchange.ts'
import { encodeUtf8 } from './utf8.ts'

/** Longest trace, in characters. RFC 4505 §2 */
const maxTraceLength = 255

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
