/** The part of an address that is at fault. RFC 7622 §3.1. */
export type JidPart = 'localpart' | 'domainpart' | 'resourcepart'

/** A text that is no address; answered as `jid-malformed` (RFC 6120 §8.3.3.8). */
export class JidError extends Error {
  override readonly name = 'JidError'
  readonly condition = 'jid-malformed'
  readonly part: JidPart
  /** For people, without the part: `U+265A is not allowed here`. */
  readonly reason: string

  constructor(part: JidPart, reason: string, options?: { cause: unknown }) {
    super(`${part}: ${reason}`, options)
    this.part = part
    this.reason = reason
  }
}
