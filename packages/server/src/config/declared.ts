/** What a declared setting is, and what its values are. */

/** One declared setting. Files spell its name in snake_case, `config` has it in camelCase. */
export interface Setting<T> {
  readonly kind: string
  /** A sentence for the operator. */
  readonly doc: string
  /** What a file may say, for people: `a whole number from 1 to 100`. */
  readonly form: string
  /** The default as a file would spell it; `undefined` when there is none to write down. */
  readonly example: string | undefined
  /** The value when the file says nothing; relative paths in it are seen from `folder`. */
  readonly initial: (folder: string) => T
  /** The settings of each entry, for a table of named entries. */
  readonly entries?: Settings
  /**
   * Reads a TOML value; relative paths in it are seen from `folder`.
   *
   * @throws Misfits when it does not have the form
   */
  readonly read: (found: unknown, folder: string) => T
}

/** Declared settings by name; a group of settings is a table within the table. */
export interface Settings {
  readonly [name: string]: Setting<unknown> | Settings
}

/** The values of declared settings. */
export type SettingsOf<S> = {
  readonly [N in keyof S]: S[N] extends Setting<infer T>
    ? T
    : S[N] extends Settings
      ? SettingsOf<S[N]>
      : never
}

/** Tells a setting from a group of settings. */
export function isSetting(declared: Setting<unknown> | Settings): declared is Setting<unknown> {
  return typeof declared.kind === 'string'
}

/** Where in a file: keys, and indexes of lists. */
export type Path = readonly (string | number)[]

/** One thing that does not fit its declaration; `path` leads to it from where reading began. */
export interface Misfit {
  readonly path: Path
  readonly message: string
}

/** What was read does not fit its declaration. */
export class Misfits extends Error {
  override readonly name: string = 'Misfits'
  readonly each: readonly Misfit[]

  constructor(each: readonly Misfit[]) {
    super(each.map(({ path, message }) => [...path, message].join(': ')).join('; '))
    this.each = each
  }
}

/** Says what was found: shortened, and as a file would spell it. */
export function quote(found: unknown): string {
  const text = found instanceof Date ? found.toISOString() : JSON.stringify(found, bigintAsText)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

/** Tells a TOML table from every other value. */
export function isTable(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null && !Array.isArray(found) && !(found instanceof Date)
}
