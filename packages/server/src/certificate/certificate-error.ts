/** What is wrong with a certificate. */
export type CertificateCondition =
  /** A file is not there or may not be read. */
  | 'missing'
  /** A file holds no certificate or key, or one that needs a passphrase. */
  | 'unreadable'
  /** The key belongs to another certificate. */
  | 'mismatch'
  /** Its time is over, or has not come yet. */
  | 'expired'
  /** It does not name a domain this server serves. */
  | 'not-covered'
  /** Others than the owner and its group may read the key. */
  | 'exposed'
  /** A generated certificate cannot be written. */
  | 'unwritable'

/** A certificate cannot be used, or clients will not believe it. */
export class CertificateError extends Error {
  override readonly name: string = 'CertificateError'
  readonly condition: CertificateCondition

  constructor(condition: CertificateCondition, message: string, options?: ErrorOptions) {
    super(message, options)
    this.condition = condition
  }
}
