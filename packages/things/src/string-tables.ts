/** Names of fields in the languages of people. XEP-0323 §3.8 */
import { localized } from '@waxwing/protocol'
import type { FieldReading } from './readout/reading.ts'

/** One language, as a JSON file has it: strings by their numbers, by the name of their module (or namespace). */
export type StringTable = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Tables by language tags: `{ en: …, de: …, 'pt-BR': … }`. */
export class StringTables {
  readonly #tables: ReadonlyMap<string, StringTable>

  constructor(tables: Readonly<Record<string, StringTable>>) {
    this.#tables = new Map(Object.entries(tables).map(([tag, table]) => [tag.toLowerCase(), table]))
  }

  /**
   * The name of a field for people. Of several languages the first that has it counts, and `de` stands in for `de-AT`;
   * where no table has it, it is the plain name.
   */
  nameOf(reading: Pick<FieldReading, 'name' | 'localization'>, ...languages: readonly string[]): string {
    const { name, localization } = reading
    if (!localization) return name
    for (const tag of languages.flatMap(widened)) {
      const table = this.#tables.get(tag)
      const found = table && localized(localization, (module, id) => stringOf(table, module, String(id)))
      if (found !== undefined) return found
    }
    return name
  }
}

/** `de-at-1996`, `de-at`, `de`. RFC 4647 §3.4 */
function widened(tag: string): readonly string[] {
  const parts = tag.toLowerCase().split('-')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
}

function stringOf(table: StringTable, module: string | undefined, id: string): string | undefined {
  const strings = module !== undefined && Object.hasOwn(table, module) ? table[module] : undefined
  return strings && Object.hasOwn(strings, id) ? strings[id] : undefined
}
