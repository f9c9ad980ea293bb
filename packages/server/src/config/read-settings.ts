import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { type Misfit, Misfits, type Path, type Settings, type SettingsOf } from './declared.ts'
import { keyLines } from './key-lines.ts'
import { readTable } from './read-table.ts'

/** A configuration file's text with the file's name, which messages show and relative paths are seen from. */
export interface ConfigSource {
  readonly file: string
  readonly text: string
}

/** Writes a path as TOML does: `host."example.org".features`. */
export function dotted(path: Path): string {
  return path
    .map(part => (typeof part === 'number' || /^[\w-]+$/.test(part) ? String(part) : JSON.stringify(part)))
    .join('.')
}

/** Parses TOML. @throws ConfigError with the line of the fault */
export function parseToml({ file, text }: ConfigSource): Readonly<Record<string, unknown>> {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [first = ''] = error.message.split('\n')
    const message = `not valid TOML: ${first.replace(/^Invalid TOML document: /, '')}`
    throw new ConfigError(file, [{ line: error.line, key: '', message }], { cause: error })
  }
}

/** Finds the lines of misfits. */
export function problemsOf(text: string, misfits: readonly Misfit[]): ConfigProblem[] {
  const lineOf = keyLines(text)
  return misfits
    .map(({ path, message }) => ({ line: lineOf(path), key: dotted(path), message }))
    .sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
}

/** The folder relative paths in a file are seen from. */
export const folderOf = ({ file }: ConfigSource): string => dirname(resolve(file))

/**
 * Reads declared settings from a parsed file; what it leaves out gets its default.
 *
 * @throws ConfigError naming file, line and key of everything that is unknown or does not have its form
 */
export function readSettings<const S extends Settings>(
  declared: S,
  root: Readonly<Record<string, unknown>>,
  source: ConfigSource,
): SettingsOf<S> {
  try {
    return readTable(declared, root, folderOf(source))
  } catch (error) {
    if (!(error instanceof Misfits)) throw error
    throw new ConfigError(source.file, problemsOf(source.text, error.each), { cause: error })
  }
}
