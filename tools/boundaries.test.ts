/**
 * The walls of the house: who may import whom. Changing the table changes the architecture, visibly.
 * `import type` counts. Tests may see everybody.
 *
 * And what the inner rooms may not reach for: time and chance are handed in, so that a run can be played again.
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
  server: ['jid', 'xml', 'protocol', 'stream', 'node', 'smol-toml', '@peculiar/x509', 'reflect-metadata'],
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
    'qr',
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

for (const name of ['jid', 'xml', 'protocol', 'stream', 'client', 'things']) {
  test(`${name} sees neither Node's types nor the DOM's`, () => {
    const text = readFileSync(join(root, 'packages', name, 'tsconfig.json'), 'utf8')
    const { compilerOptions } = JSON.parse(text) as { compilerOptions: { types: string[]; lib: string[] } }
    assert.deepEqual(compilerOptions.types, [])
    assert.ok(compilerOptions.lib.every(lib => lib.startsWith('ES')))
  })
}

/** Where time and chance come in from outside, and the few files that are the outside. */
const handedIn: Readonly<Record<string, readonly string[]>> = {
  'jid/src': [],
  'xml/src': [],
  'protocol/src': [],
  'stream/src': ['sasl/web-crypto.ts'],
  'client/src': ['platform.ts'],
  'things/src': [],
  'server/src/session': [],
  'server/src/router': [],
  'server/src/kernel': [],
  'server/src/features': [],
}

const reaches: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'the clock it was given (`clock.wall()`)'],
  [/\bnew Date\(\s*\)/, 'the clock it was given (`new Date(clock.wall())`)'],
  [/\bperformance\.now\b/, 'the clock it was given (`clock.monotonic()`)'],
  [
    /\b(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/,
    'timers of its clock (`clock.after()`)',
  ],
  [/\bMath\.random\b/, 'the randomness it was given (`random.fraction()`)'],
  [
    /\bcrypto\.(?:getRandomValues|randomUUID)\b|\bimport\s[^'"]*\brandom\w+[^'"]*'node:crypto'/,
    'the randomness it was given (`random.bytes()`)',
  ],
  [/\bcrypto\.subtle\b|\bglobalThis\.crypto\b|'node:timers/, 'what its platform gave it'],
]

function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
}

for (const [room, outside] of Object.entries(handedIn)) {
  test(`${room} reads no clock, sets no timer and draws no lots by itself`, () => {
    const folder = join(root, 'packages', room)
    const files = globSync('**/*.ts', { cwd: folder }).filter(file => !file.endsWith('.test.ts'))
    for (const file of outside) assert.ok(files.includes(file), `${room}/${file} is gone: mend the table`)
    for (const file of files.filter(file => !outside.includes(file))) {
      const code = codeOf(join(folder, file))
      for (const [reach, instead] of reaches) {
        const found = reach.exec(code)?.[0]
        assert.equal(found, undefined, `${room}/${file} reaches for ${found}; it must use ${instead}`)
      }
    }
  })
}
