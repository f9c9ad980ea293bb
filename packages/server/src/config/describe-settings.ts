import { isSetting, type Settings } from './declared.ts'
import { fileNameOf } from './read-table.ts'

/**
 * Describes declared settings as a Markdown table, in the order declared.
 *
 * @param prefix the table they stand in, as `features.roster`
 */
export function describeSettings(declared: Settings, prefix = ''): string {
  return ['| setting | default | form | meaning |', '|---|---|---|---|', ...rowsOf(declared, prefix)].join(
    '\n',
  )
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function rowsOf(declared: Settings, prefix: string): string[] {
  return Object.entries(declared).flatMap(([name, one]) => {
    const key = prefix === '' ? fileNameOf(name) : `${prefix}.${fileNameOf(name)}`
    if (!isSetting(one)) return rowsOf(one, key)
    const example = one.example === undefined ? '' : `\`${cell(one.example)}\``
    const row = `| \`${key}\` | ${example} | ${cell(one.form)} | ${cell(one.doc)} |`
    return one.entries ? [row, ...rowsOf(one.entries, `${key}."…"`)] : [row]
  })
}
