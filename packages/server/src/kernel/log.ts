/** Logging as the kernel sees it; the command line supplies pino, tests a list. Secrets and stanza content are never logged. */
export interface Log {
  debug(facts: object, text: string): void
  info(facts: object, text: string): void
  warn(facts: object, text: string): void
  error(facts: object, text: string): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
