/** Keeps what the server logs: a scene in which something went wrong inside must not pass. */
import type { Log } from '@waxwing/server'

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly facts: object
  readonly text: string
}

export class SceneLog implements Log {
  readonly entries: LogEntry[] = []

  debug(facts: object, text: string): void {
    this.entries.push({ level: 'debug', facts, text })
  }

  info(facts: object, text: string): void {
    this.entries.push({ level: 'info', facts, text })
  }

  warn(facts: object, text: string): void {
    this.entries.push({ level: 'warn', facts, text })
  }

  error(facts: object, text: string): void {
    this.entries.push({ level: 'error', facts, text })
  }

  /** What went wrong, for people. */
  faults(): readonly string[] {
    return this.entries.filter(entry => entry.level === 'error').map(described)
  }
}

function described({ text, facts }: LogEntry): string {
  const { error } = facts as { error?: unknown }
  return error instanceof Error ? `${text}: ${error.stack ?? error.message}` : text
}
