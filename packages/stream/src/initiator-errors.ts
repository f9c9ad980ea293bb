/** Why a connection could not be made or kept: one tree, each with a stable code. */

/** What every error of a connection tells besides its text. */
export interface XmppErrorOptions {
  readonly cause?: unknown
  /** Whether the same attempt may succeed later without anybody changing anything. */
  readonly retryable?: boolean
}

/** Anything that goes wrong between us and a server. The text says what is wrong, where, and what to do. */
export class XmppError extends Error {
  override readonly name: string = 'XmppError'
  /** Stable, in lower case with hyphens: for programs. */
  readonly code: string
  readonly retryable: boolean

  constructor(code: string, message: string, options: XmppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/** No session came about. */
export class ConnectError extends XmppError {
  override readonly name: string = 'ConnectError'
}

/** The server's address cannot be found. Code `host-not-found` or `service-not-offered`. */
export class ResolveError extends ConnectError {
  override readonly name = 'ResolveError'
}

/** The connection cannot be secured, or the server cannot show who it is. Codes begin with `tls-`. */
export class TlsError extends ConnectError {
  override readonly name = 'TlsError'
}

/**
 * The login failed. The code is the server's condition (RFC 6120 §6.5) or what the server did wrong
 * (`server-not-proven`, `offer-tampered` …).
 */
export class AuthError extends ConnectError {
  override readonly name = 'AuthError'
}

/** Our own rules forbid to go on: `tls-not-offered`, `no-mechanism`. */
export class PolicyError extends ConnectError {
  override readonly name = 'PolicyError'
}

/**
 * The stream ended. The code is the stream error's condition (RFC 6120 §4.9.3), or `stream-closed`,
 * `connection-lost`, `bind-refused`, `unexpected-element`.
 */
export class StreamFailure extends ConnectError {
  override readonly name = 'StreamFailure'
  /** With `see-other-host`: where to go. RFC 6120 §4.9.3.19. */
  readonly host: string | undefined

  constructor(code: string, message: string, options: XmppErrorOptions & { host?: string | undefined } = {}) {
    super(code, message, options)
    this.host = options.host
  }
}

/** Nothing came in time. Code `timeout`. */
export class TimeoutError extends XmppError {
  override readonly name = 'TimeoutError'

  constructor(message: string, options: XmppErrorOptions = {}) {
    super('timeout', message, { retryable: true, ...options })
  }
}
