/** One thing wrong in a configuration file. */
export interface ConfigProblem {
  /** Counted from 1; `undefined` when the problem has no line, as a key that is missing. */
  readonly line: number | undefined
  /** The dotted key, as in `limits.stanza_bytes`. */
  readonly key: string
  readonly message: string
}

/** The configuration cannot be used: stops the start. The message has one line for each problem. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly file: string
  readonly problems: readonly ConfigProblem[]

  constructor(file: string, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(
      problems
        .map(
          ({ line, key, message }) => `${file}${line ? `:${line}` : ''}: ${key ? `${key}: ` : ''}${message}`,
        )
        .join('\n'),
      options,
    )
    this.file = file
    this.problems = problems
  }
}
