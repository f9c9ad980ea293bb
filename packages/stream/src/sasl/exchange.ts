/** One SASL exchange, seen from either side; bytes in, bytes out (RFC 4422). The stream does the base64. */
import type { Now } from './now.ts'

/** Why a login failed: RFC 6120 §6.5. */
export type SaslCondition =
  | 'aborted'
  | 'account-disabled'
  | 'credentials-expired'
  | 'encryption-required'
  | 'incorrect-encoding'
  | 'invalid-authzid'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'mechanism-too-weak'
  | 'not-authorized'
  | 'temporary-auth-failure'

/** What the accepting side does next. After a success or failure the exchange is over. */
export type SaslStep =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  /** `username` is prepared; `data` goes with the success (RFC 6120 §6.4.6). */
  | { readonly kind: 'success'; readonly username: string; readonly data?: Uint8Array }
  | { readonly kind: 'failure'; readonly condition: SaslCondition; readonly text?: string }

/** The accepting side. */
export interface SaslResponder {
  /**
   * Takes the initial response or the answer to a challenge; `undefined` means that no initial response came.
   * Errors of the ports handed in (accounts, cryptography) pass through.
   */
  receive(data: Uint8Array | undefined): Now<SaslStep>
}

/** The side that logs in. Its methods throw or reject with `SaslError`. */
export interface SaslInitiator {
  /** Name to ask for, as in `SCRAM-SHA-256-PLUS`. */
  readonly mechanism: string
  /** The initial response; empty bytes are a response too. Called once. */
  start(): Uint8Array
  /** Answers a challenge. */
  respond(challenge: Uint8Array): Now<Uint8Array>
  /** Takes the data of the success and checks what the server had to prove. Without this the login is not done. */
  succeed(data: Uint8Array | undefined): Now<void>
}

/** What a server did wrong, or what could not be sent to it. */
export type SaslFault =
  | 'bad-credentials'
  | 'malformed-challenge'
  | 'nonce-changed'
  | 'iterations-out-of-bounds'
  | 'server-error'
  | 'server-not-proven'
  | 'offer-tampered'

/** A login that this side ends: the peer is not who it should be, or does not follow the mechanism. */
export class SaslError extends Error {
  override readonly name = 'SaslError'
  readonly condition: SaslFault

  constructor(condition: SaslFault, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.condition = condition
  }
}

/** A failure as the accepting side reports it. */
export function failure(condition: SaslCondition, text?: string): SaslStep {
  return text === undefined ? { kind: 'failure', condition } : { kind: 'failure', condition, text }
}

/** The challenge for a peer that sent no initial response though its mechanism speaks first. RFC 4422 §5 */
export function emptyChallenge(): SaslStep {
  return { kind: 'challenge', data: new Uint8Array() }
}
