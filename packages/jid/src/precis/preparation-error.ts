/** Why a text has no prepared form. */
export type PreparationReason = 'empty' | 'disallowed' | 'unassigned' | 'context' | 'bidi' | 'unstable'

/** A text that a PRECIS profile (RFC 8264) or SASLprep (RFC 4013) refuses; the message never quotes the text. */
export class PreparationError extends Error {
  override readonly name = 'PreparationError'
  readonly reason: PreparationReason

  constructor(reason: PreparationReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** `U+00DF` and the like, as messages name a code point. */
export function named(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
}
