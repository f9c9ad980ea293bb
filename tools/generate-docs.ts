/** Writes the pages that follow from the code: settings, features, hooks. `node tools/generate-docs.ts`; a test keeps them fresh. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultFeatures, describeSettings, serverSettings } from '@waxwing/server'

const root = join(import.meta.dirname, '..')

const notice = '<!-- Made by `node tools/generate-docs.ts`. Change the declarations, not this page. -->'

function settingsPage(): string {
  const sections = defaultFeatures
    .filter(feature => Object.keys(feature.config).length > 0)
    .map(feature => `### ${feature.name}\n\n${describeSettings(feature.config, `features.${feature.name}`)}`)
  return [
    '# Settings',
    notice,
    'The configuration is a TOML file, `waxwing.toml` or the one named with `--config`; every key is optional. A key that is unknown or does not have its form stops the start with file, line, key and the expected form.',
    'What a feature can be told stands under `[features.NAME]`, and for one host under `[host."example.org".features.NAME]`. Every feature can be switched off with `enabled = false`.',
    '## Server',
    describeSettings(serverSettings),
    '## Features',
    ...sections,
    '',
  ].join('\n\n')
}

function featuresPage(): string {
  const rows = defaultFeatures.flatMap(feature =>
    feature.implements.map(
      ({ spec, version, coverage, note }) =>
        `| ${spec} | ${version ?? ''} | ${coverage} | [\`${feature.name}\`](../packages/server/src/features/${feature.name}/feature.ts) | ${note ?? ''} |`,
    ),
  )
  return [
    '# Features',
    notice,
    'What the server implements, as its features declare it. The core (RFC 6120 streams, TLS, SASL, binding and routing; RFC 7622 addresses; RFC 6121 §8 delivery; XEP-0114 components; XEP-0440 channel-binding types) is the kernel itself.',
    `| specification | version | coverage | feature | note |\n|---|---|---|---|---|\n${rows.sort().join('\n')}`,
    '',
  ].join('\n\n')
}

/** The hook points with their docstrings, read from where they are declared. */
function hooksPage(): string {
  const source = readFileSync(join(root, 'packages/server/src/kernel/hooks.ts'), 'utf8')
  const rows = [
    ...source.matchAll(/\/\*\* ([^*]+) \*\/\n {2}'([a-z]+:[a-z]+)': (Filter|Taker|Observer)/g),
  ].map(([, doc, name, kind]) => `| \`${name}\` | ${kind?.toLowerCase()} | ${doc} |`)
  return [
    '# Hooks',
    notice,
    'Where features take part. A *filter* looks at a stanza and may stop or replace it; of *takers* the first that answers `true` has taken the matter over; an *observer* hears of it. Handlers run in phases: guard, change, store, copy, watch; within a phase a feature runs after those it needs.',
    `| hook | kind | moment |\n|---|---|---|\n${rows.join('\n')}`,
    '',
  ].join('\n\n')
}

export const pages: Readonly<Record<string, () => string>> = {
  'docs/settings.md': settingsPage,
  'docs/features.md': featuresPage,
  'docs/hooks.md': hooksPage,
}

if (import.meta.main)
  for (const [file, make] of Object.entries(pages)) writeFileSync(join(root, file), make())
