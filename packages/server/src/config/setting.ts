/** The makers of settings. Every setting has its default, its limits and a sentence for the operator. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  isTable,
  type Misfit,
  Misfits,
  quote,
  type Setting,
  type Settings,
  type SettingsOf,
} from './declared.ts'
import {
  formatBytes,
  formatDuration,
  type ListenAddress,
  parseAddress,
  parseBytes,
  parseDuration,
} from './quantity.ts'
import { readTable } from './read-table.ts'
import { Secret } from './secret.ts'

export type { Setting, Settings, SettingsOf } from './declared.ts'
export type { ListenAddress } from './quantity.ts'
export { defaultsOf } from './read-table.ts'
export { Secret } from './secret.ts'

/** The smallest and largest value allowed, both inclusive; `min` is 0 when left out. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

/** What a text may be. */
export interface TextOptions {
  /** What is expected, for people. */
  readonly form?: string
  /** Tells whether a text has that form. */
  readonly accepts?: (text: string) => boolean
}

interface Described {
  readonly kind: string
  readonly doc: string
  readonly form: string
}

type Parse<T> = (found: unknown, folder: string) => T | undefined

function reader<T>(form: string, parse: Parse<T>): Setting<T>['read'] {
  return (found, folder) => {
    const value = parse(found, folder)
    if (value === undefined) misfit(found, form)
    return value
  }
}

function misfit(found: unknown, form: string): never {
  throw new Misfits([{ path: [], message: `found ${quote(found)}, expected ${form}` }])
}

/** A setting that has a default, given as a file would spell it. */
function withDefault<T>(described: Described, written: unknown, parse: Parse<T>): Setting<T> {
  const read = reader(described.form, parse)
  read(written, '/') // a default that breaks its own limits is a mistake of the program
  return { ...described, example: quote(written), initial: folder => read(written, folder), read }
}

/** A setting that is absent when the file says nothing. */
function withoutDefault<T>(described: Described, parse: Parse<T>): Setting<T | undefined> {
  return { ...described, example: undefined, initial: () => undefined, read: reader(described.form, parse) }
}

function rangeForm({ min = 0, max }: Range, show: (value: number) => string): string {
  return max === undefined ? `at least ${show(min)}` : `from ${show(min)} to ${show(max)}`
}

const isWithin = (value: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range): boolean =>
  value >= min && value <= max

const ifWithin = (value: number | undefined, range: Range): number | undefined =>
  value !== undefined && isWithin(value, range) ? value : undefined

const wholeNumber = (found: unknown): number | undefined =>
  typeof found === 'number' && Number.isSafeInteger(found) ? found : undefined

function count(written: number, doc: string, range: Range = {}): Setting<number> {
  const form = `a whole number ${rangeForm(range, String)}`
  return withDefault({ kind: 'count', doc, form }, written, found => ifWithin(wholeNumber(found), range))
}

function bytes(written: string | number, doc: string, range?: Range): Setting<number>
function bytes(written: undefined, doc: string, range?: Range): Setting<number | undefined>
function bytes(
  written: string | number | undefined,
  doc: string,
  range: Range = {},
): Setting<number | undefined> {
  const described = {
    kind: 'bytes',
    doc,
    form: `a size ${rangeForm(range, formatBytes)}, as in "256 KiB" or "10 MB"`,
  }
  const parse = (found: unknown): number | undefined =>
    ifWithin(typeof found === 'string' ? parseBytes(found) : wholeNumber(found), range)
  return written === undefined ? withoutDefault(described, parse) : withDefault(described, written, parse)
}

function duration(written: string, doc: string, range: Range = {}): Setting<number> {
  const form = `a duration ${rangeForm(range, formatDuration)}, as in "250 ms", "30s", "5m", "12h" or "7d"`
  const parse = (found: unknown) => (typeof found === 'string' ? parseDuration(found) : undefined)
  return withDefault({ kind: 'duration', doc, form }, written, found => ifWithin(parse(found), range))
}

const textOf =
  (accepts: (text: string) => boolean) =>
  (found: unknown): string | undefined =>
    typeof found === 'string' && accepts(found) ? found : undefined

function text(written: string, doc: string, options?: TextOptions): Setting<string>
function text(written: undefined, doc: string, options?: TextOptions): Setting<string | undefined>
function text(
  written: string | undefined,
  doc: string,
  options: TextOptions = {},
): Setting<string | undefined> {
  const described = { kind: 'text', doc, form: options.form ?? 'a text' }
  const parse = textOf(options.accepts ?? (() => true))
  return written === undefined ? withoutDefault(described, parse) : withDefault(described, written, parse)
}

function path(written: string, doc: string): Setting<string>
function path(written: undefined, doc: string): Setting<string | undefined>
function path(written: string | undefined, doc: string): Setting<string | undefined> {
  const described = { kind: 'path', doc, form: 'a path, seen from the folder of this file when relative' }
  const parse: Parse<string> = (found, folder) =>
    typeof found === 'string' && found !== '' ? resolve(folder, found) : undefined
  return written === undefined ? withoutDefault(described, parse) : withDefault(described, written, parse)
}

function flag(written: boolean, doc: string): Setting<boolean> {
  const parse = (found: unknown) => (typeof found === 'boolean' ? found : undefined)
  return withDefault({ kind: 'flag', doc, form: 'true or false' }, written, parse)
}

function oneOf<const T extends string>(allowed: readonly T[], written: NoInfer<T>, doc: string): Setting<T> {
  const form = `one of ${allowed.map(quote).join(', ')}`
  return withDefault({ kind: 'choice', doc, form }, written, found => allowed.find(value => value === found))
}

function address(written: string, doc: string): Setting<ListenAddress | undefined> {
  const described = { kind: 'address', doc, form: 'an address and port, as in "[::]:5222", or "off"' }
  const parse: Parse<{ at: ListenAddress | undefined }> = found => {
    if (found === 'off') return { at: undefined }
    const at = typeof found === 'string' ? parseAddress(found) : undefined
    return at && { at }
  }
  const read = reader(described.form, parse)
  return {
    ...described,
    example: quote(written),
    initial: folder => read(written, folder).at,
    read: (found, folder) => read(found, folder).at,
  }
}

function secret(doc: string): Setting<Secret | undefined> {
  const form = 'a text, or { file = "path" } naming a file whose first line is the secret'
  const described = { kind: 'secret', doc, form }
  const read = (found: unknown, folder: string): Secret => {
    if (typeof found === 'string' && found !== '') return new Secret(found)
    if (isTable(found) && typeof found['file'] === 'string') return secretIn(resolve(folder, found['file']))
    throw new Misfits([{ path: [], message: `expected ${described.form}` }]) // what was found stays unsaid
  }
  return { ...described, example: undefined, initial: () => undefined, read }
}

function secretIn(file: string): Secret {
  const line = firstLineOf(file)
  if (line) return new Secret(line)
  throw new Misfits([{ path: ['file'], message: `${file} cannot be read or its first line is empty` }])
}

function firstLineOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]
  } catch {
    return undefined
  }
}

function list<T>(
  item: Setting<T>,
  written: readonly unknown[],
  doc: string,
  range: Range = {},
): Setting<readonly T[]> {
  const form = `a list with ${rangeForm({ max: 1000, ...range }, String)} entries, each ${item.form}`
  const read = (found: unknown, folder: string): readonly T[] => {
    if (!Array.isArray(found) || !isWithin(found.length, { max: 1000, ...range })) misfit(found, form)
    return collect(found.map((one: unknown, index) => [index, () => item.read(one, folder)]))
  }
  read(written, '/')
  return { kind: 'list', doc, form, example: quote(written), initial: folder => read(written, folder), read }
}

function named<const S extends Settings>(
  entries: S,
  doc: string,
): Setting<ReadonlyMap<string, SettingsOf<S>>> {
  const form = 'a table of named tables'
  const read = (found: unknown, folder: string): ReadonlyMap<string, SettingsOf<S>> => {
    if (!isTable(found)) misfit(found, form)
    const tables = Object.entries(found)
    const values = collect(
      tables.map(([name, table]) => [name, () => readTable(entries, table, folder)] as const),
    )
    return new Map(tables.map(([name], index) => [name, values[index] as SettingsOf<S>]))
  }
  return { kind: 'named', doc, form, example: undefined, initial: () => new Map(), entries, read }
}

/** Reads every part, and only then says what was wrong with some of them. */
function collect<T>(parts: readonly (readonly [string | number, () => T])[]): T[] {
  const values: T[] = []
  const misfits: Misfit[] = []
  for (const [at, read] of parts) {
    try {
      values.push(read())
    } catch (error) {
      if (!(error instanceof Misfits)) throw error
      misfits.push(...error.each.map(({ path, message }) => ({ path: [at, ...path], message })))
    }
  }
  if (misfits.length > 0) throw new Misfits(misfits)
  return values
}

/** The makers of settings; `written` is the default as a file would spell it. */
export const setting: {
  /** A whole number. */
  count(written: number, doc: string, range?: Range): Setting<number>
  /** A size in bytes: `256 KiB`, `10 MB`, or a plain number. */
  bytes: typeof bytes
  /** A duration, read as ms: `30s`, `5m`. The range is in ms. */
  duration(written: string, doc: string, range?: Range): Setting<number>
  text: typeof text
  /** A path, made absolute; relative ones are seen from the configuration file's folder. */
  path: typeof path
  flag(written: boolean, doc: string): Setting<boolean>
  oneOf<const T extends string>(allowed: readonly T[], written: NoInfer<T>, doc: string): Setting<T>
  /** An address to listen on; `undefined` when it is `off`. */
  address(written: string, doc: string): Setting<ListenAddress | undefined>
  /** A secret, in the file itself or in one of its own; `undefined` when there is none. */
  secret(doc: string): Setting<Secret | undefined>
  /** A list; the range counts its entries, at most 1,000 unless said otherwise. */
  list<T>(item: Setting<T>, written: readonly unknown[], doc: string, range?: Range): Setting<readonly T[]>
  /** Tables by name, as `[components."upload.example.org"]`, all with the same settings. */
  named<const S extends Settings>(entries: S, doc: string): Setting<ReadonlyMap<string, SettingsOf<S>>>
} = { count, bytes, duration, text, path, flag, oneOf, address, secret, list, named }
