/** Errors of a client: the tree of the stream, and what can go wrong above it. */
import { StanzaError } from '@waxwing/protocol'
import { XmppError } from '@waxwing/stream'

export { StanzaError } from '@waxwing/protocol'
export {
  AuthError,
  ConnectError,
  PolicyError,
  ResolveError,
  StreamFailure,
  TimeoutError,
  TlsError,
  XmppError,
} from '@waxwing/stream'

/** The connection went away before the answer came. What was asked may have been done. Code `disconnected`. */
export class DisconnectedError extends XmppError {
  override readonly name = 'DisconnectedError'
  /** Whether the client goes on trying to connect. */
  readonly willRetry: boolean

  constructor(message: string, options: { willRetry: boolean; cause?: unknown }) {
    super('disconnected', message, { cause: options.cause, retryable: options.willRetry })
    this.willRetry = options.willRetry
  }
}

/** An answer came that is none to the question. Code `bad-answer`. */
export class ProtocolError extends XmppError {
  override readonly name = 'ProtocolError'

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('bad-answer', message, options)
  }
}

/** A queue of this client is full. Code `overflow`. */
export class OverflowError extends XmppError {
  override readonly name = 'OverflowError'

  constructor(message: string) {
    super('overflow', message, { retryable: true })
  }
}

/** Whether trying the same again later makes sense. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof StanzaError) return error.type === 'wait'
  return error instanceof XmppError && error.retryable
}
