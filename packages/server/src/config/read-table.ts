import {
  isSetting,
  isTable,
  type Misfit,
  Misfits,
  quote,
  type Setting,
  type Settings,
  type SettingsOf,
} from './declared.ts'
import { nearest } from './nearest.ts'

/** The name a setting has in files: `cachedLists` is spelt `cached_lists`. */
export function fileNameOf(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/**
 * Reads the values of declared settings out of a TOML table; what it leaves out gets its default.
 *
 * @param folder where relative paths are seen from
 * @throws Misfits with everything that does not fit: unknown names and wrong values
 */
export function readTable<const S extends Settings>(
  declared: S,
  table: unknown,
  folder: string,
): SettingsOf<S> {
  const misfits: Misfit[] = []
  const values = readInto(misfits, [], declared, table, folder)
  if (misfits.length > 0) throw new Misfits(misfits)
  return values as SettingsOf<S>
}

/** The values declared settings have when a file says nothing. */
export function defaultsOf<const S extends Settings>(declared: S, folder = '.'): SettingsOf<S> {
  return readTable(declared, {}, folder)
}

type Names = readonly string[]

function readInto(
  misfits: Misfit[],
  path: Names,
  declared: Settings,
  table: unknown,
  folder: string,
): object {
  if (table !== undefined && !isTable(table)) {
    misfits.push({ path, message: `found ${quote(table)}, expected a table` })
    return {}
  }
  const found = table ?? {}
  reportUnknown(misfits, path, Object.keys(declared).map(fileNameOf), Object.keys(found))
  const values = Object.entries(declared).map(([name, one]) => {
    const key = fileNameOf(name)
    const value = Object.hasOwn(found, key) ? found[key] : undefined
    const within = [...path, key]
    const read = isSetting(one)
      ? readOne(misfits, within, one, value, folder)
      : readInto(misfits, within, one, value, folder)
    return [name, read] as const
  })
  return Object.fromEntries(values)
}

function reportUnknown(misfits: Misfit[], path: Names, known: Names, found: Names): void {
  for (const name of found) {
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    const hint = meant ? `did you mean ${meant}?` : `known here: ${known.join(', ') || 'nothing'}`
    misfits.push({ path: [...path, name], message: `there is no such setting; ${hint}` })
  }
}

function readOne(
  misfits: Misfit[],
  path: Names,
  setting: Setting<unknown>,
  value: unknown,
  folder: string,
): unknown {
  if (value === undefined) return setting.initial(folder)
  try {
    return setting.read(value, folder)
  } catch (error) {
    if (!(error instanceof Misfits)) throw error
    for (const each of error.each) misfits.push({ path: [...path, ...each.path], message: each.message })
    return undefined
  }
}
