/** Turns an error into the sentence a person at the terminal can act on. */

/** Something the person at the terminal did or has to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Our errors carry a sentence of their own; `WAXWING_DEBUG` shows where they come from. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `waxwing: ${String(error)}`
  if (process.env.WAXWING_DEBUG) return error.stack ?? error.message
  return `waxwing: ${error.message}`
}
