/**
 * The walls of the house: who may import whom. Changing the table changes the architecture, visibly.
 * `import type` counts. Tests may see everybody.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

const mayImport: Readonly<Record<string, readonly string[]>> = {
  jid: ['tr46'],
  xml: [],
  protocol: ['jid', 'xml'],
  stream: ['jid', 'xml', 'protocol'],
  server: [
    'jid',
    'xml',
    'protocol',
    'stream',
    'node',
    'pino',
    'smol-toml',
    '@peculiar/x509',
    'reflect-metadata',
  ],
  'store-sqlite': ['server', 'node'],
  client: ['jid', 'xml', 'protocol', 'stream'],
  'client-node': ['client', 'stream', 'jid', 'xml', 'protocol', 'node'],
  things: ['jid', 'xml', 'protocol', 'client'],
  testkit: ['jid', 'xml', 'protocol', 'stream', 'server', 'client', 'things', 'node'],
  waxwing: [
    'jid',
    'xml',
    'protocol',
    'stream',
    'server',
    'store-sqlite',
    'client',
    'client-node',
    'things',
    'node',
    'commander',
    'pino',
  ],
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(importPattern)].map(([, a, b, c]) => a ?? b ?? c ?? '')
}

/** 'node', a package of ours without its scope, or the npm package's name. */
function sourceOf(specifier: string): string {
  if (specifier.startsWith('node:') || isBuiltin(specifier)) return 'node'
  const [scope = '', name = ''] = specifier.split('/')
  if (scope === '@waxwing') return name
  return specifier.startsWith('@') ? `${scope}/${name}` : scope
}

for (const [name, allowed] of Object.entries(mayImport)) {
  test(`${name} imports only what the house allows`, () => {
    const folder = join(root, 'packages', name, 'src')
    const files = globSync('**/*.ts', { cwd: folder }).filter(file => !file.endsWith('.test.ts'))
    assert.ok(files.length > 0, 'the package has no sources')
    for (const file of files) {
      for (const specifier of importsOf(join(folder, file))) {
        if (specifier.startsWith('.')) {
          const target = relative(folder, join(folder, dirname(file), specifier))
          assert.ok(!target.startsWith('..'), `${name}/src/${file} reaches out of its package: ${specifier}`)
          continue
        }
        assert.ok(allowed.includes(sourceOf(specifier)), `${name}/src/${file} must not import ${specifier}`)
      }
    }
  })
}
