/** Turns an error into the sentence a person at the terminal can act on. */

/** Errors of ours carry a sentence of their own; others get their kind in front. */
const ownNames: ReadonlySet<string> = new Set([
  'AccountError',
  'CertificateError',
  'CommandError',
  'ConfigError',
  'ListenError',
  'StoreError',
])

/** Something the person at the terminal did or has to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `waxwing: ${String(error)}`
  if (process.env.WAXWING_DEBUG) return error.stack ?? error.message
  if (ownNames.has(error.name) || 'code' in error) return `waxwing: ${error.message}`
  return `waxwing: ${error.message}`
}
