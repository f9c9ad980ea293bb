/** A whole configuration file: the server's settings, and those of features with what hosts change of them. */

import { ConfigError } from './config-error.ts'
import { isTable, type Misfit, type Settings, type SettingsOf } from './declared.ts'
import { type ConfigSource, folderOf, parseToml, problemsOf, readSettings } from './read-settings.ts'
import { fileNameOf, readTable } from './read-table.ts'
import { serverSettings } from './server-settings.ts'
import { setting } from './setting.ts'

/** The values of {@link serverSettings}. */
export type ServerSettings = SettingsOf<typeof serverSettings>

/** The settings every feature has besides its own, unless it declares them itself. */
const commonFeatureSettings = {
  enabled: setting.flag(true, 'Whether the feature is there.'),
} as const

/** Values of a feature's settings, as declared. */
export type FeatureValues = Readonly<Record<string, unknown>> & { readonly enabled: unknown }

/** What a configuration says. */
export interface Config {
  readonly server: ServerSettings
  /** A feature's settings on a host: its defaults, then `[features.x]`, then `[host."example.org".features.x]`. */
  readonly featureSettings: (host: string, feature: string) => FeatureValues
}

type Table = Readonly<Record<string, unknown>>

const tableAt = (table: unknown, key: string): Table => {
  const found = isTable(table) && Object.hasOwn(table, key) ? table[key] : undefined
  return isTable(found) ? found : {}
}

/** One table over another; tables within them likewise. */
function overlaid(under: Table, over: Table): Table {
  const merged = new Map(Object.entries(under))
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, isTable(value) ? overlaid(tableAt(under, key), value) : value)
  }
  return Object.fromEntries(merged)
}

/**
 * Reads a configuration file.
 *
 * @param features the declared settings of all features the server knows, by the features' names
 * @throws ConfigError with everything in the file that is unknown or does not have its form
 */
export function readConfig(source: ConfigSource, features: Readonly<Record<string, Settings>>): Config {
  const root = parseToml(source)
  const folder = folderOf(source)
  const declared = Object.fromEntries(
    Object.entries(features).map(([name, own]) => [name, { ...commonFeatureSettings, ...own }]),
  )
  const all = {
    ...serverSettings,
    features: declared,
    host: setting.named({ features: declared }, 'What hosts change of the features’ settings.'),
  }
  const server = readSettings(all, root, source)
  const misfits = [...strangeHosts(server), ...halfCertificate(server), ...bareComponents(server)]
  if (misfits.length > 0) throw new ConfigError(source.file, problemsOf(source.text, misfits))
  return {
    server,
    featureSettings(host, feature) {
      const settings = declared[feature]
      if (!settings) throw new Error(`There is no feature ${feature}`)
      const key = fileNameOf(feature)
      const ofHost = tableAt(tableAt(tableAt(tableAt(root, 'host'), host), 'features'), key)
      return readTable(settings, overlaid(tableAt(tableAt(root, 'features'), key), ofHost), folder)
    },
  }
}

function strangeHosts({ hosts, host }: ServerSettings & { host: ReadonlyMap<string, unknown> }): Misfit[] {
  return [...host.keys()]
    .filter(domain => !hosts.includes(domain))
    .map(domain => ({
      path: ['host', domain],
      message: `this domain is not among hosts: ${hosts.join(', ')}`,
    }))
}

function halfCertificate({ tls }: ServerSettings): Misfit[] {
  if ((tls.certificate === undefined) === (tls.key === undefined)) return []
  const [there, missing] = tls.certificate === undefined ? ['key', 'certificate'] : ['certificate', 'key']
  return [{ path: ['tls', there], message: `tls.${missing} is missing: give both or neither` }]
}

function bareComponents({ components }: ServerSettings): Misfit[] {
  return [...components]
    .filter(([, { secret }]) => secret === undefined)
    .map(([domain]) => ({ path: ['components', domain], message: 'its secret is missing' }))
}
