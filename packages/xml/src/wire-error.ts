/** XML that does not fit its schema: answered `bad-request` (RFC 6120 §8.3.3.1), the stream lives. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** Names of the elements down to the one at fault, such as `query/item`. */
  readonly path: string

  /** `reason` names what our own schema expects and never repeats what the peer sent. */
  constructor(ns: string, path: string, reason: string, options?: { readonly cause?: unknown }) {
    super(`${ns} ${path}: ${reason}`, options)
    this.path = path
  }
}
