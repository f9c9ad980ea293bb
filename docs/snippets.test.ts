/**
 * What the pages show is true: files are shown as they are, programs compile and run, configurations are read, and
 * commands are known.
 *
 * A block of TypeScript is type-checked and run; `ts no-run` behind the fence only checks its types. Lines that a
 * reader need not see stand before the fence in `<!-- given: … -->`.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { defaultFeatures, readConfig } from '@waxwing/server'
import type { Command } from 'commander'
import { waxwing } from 'waxwing'
import { Child } from '../packages/waxwing/src/testing/child.ts'
import { type Block, blocks, pages, stalePages, textOf } from '../tools/snippets.ts'

const root = join(import.meta.dirname, '..')
/** Within the workspace, so that its packages are found; ignored by everything else. */
const folder = join(root, 'docs', 'dist')
mkdirSync(folder, { recursive: true })
const programs = mkdtempSync(join(folder, 'programs-'))
const elsewhere = mkdtempSync(join(tmpdir(), 'waxwing-docs-'))
after(() => {
  for (const made of [programs, elsewhere]) rmSync(made, { recursive: true, force: true })
})

const all = blocks()
const inLanguage = (language: string): readonly Block[] => all.filter(({ info }) => info[0] === language)
const nameOf = ({ page, line }: Block): string => `${page}:${line}`

/** Puts a block where it can be compiled; its lines keep the numbers they have on the page. */
function written(block: Block): string {
  const file = join(programs, `${nameOf(block).replaceAll(/[^\w]/g, '-')}.ts`)
  const given = block.given.split('\n')
  const gap = '\n'.repeat(Math.max(1, block.line - given.length + 1))
  writeFileSync(file, `${given.join('\n')}${gap}${block.text}export {}\n`)
  return file
}

test('every file is shown as it is', () => {
  assert.deepEqual(stalePages(), [], 'run node tools/snippets.ts')
})

test('every program has the types it says', () => {
  const files = inLanguage('ts').map(written)
  const tsconfig = join(programs, 'tsconfig.json')
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
  }
  const extended = join(root, 'tsconfig.base.json')
  writeFileSync(tsconfig, JSON.stringify({ extends: extended, compilerOptions, files }))
  const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', tsconfig], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  // What the packages' sources need beyond that is checked with them.
  assert.doesNotMatch(stdout, /^(?:docs|error)\b.*/m)
})

for (const block of inLanguage('ts').filter(({ info }) => !info.includes('no-run')))
  test(`the program at ${nameOf(block)} runs`, async () => {
    await using child = new Child([process.execPath, written(block)], {}, elsewhere)
    const { code, out, err } = await child.through()
    assert.equal(code, 0, out + err)
  })

for (const block of inLanguage('toml'))
  test(`the configuration at ${nameOf(block)} is read`, () => {
    const features = Object.fromEntries(defaultFeatures.map(feature => [feature.name, feature.config]))
    readConfig({ file: nameOf(block), text: block.text }, features)
  })

/** The words of each `waxwing` command of a script, as a shell takes them apart. */
function commandsOf(script: string): readonly (readonly string[])[] {
  const lines = script.replaceAll('\\\n', ' ').split('\n')
  return lines.flatMap(line => {
    const [, words] = /^(?:\.\/|npx )?waxwing\b(.*)$/.exec(line.trim()) ?? []
    if (words === undefined) return []
    const taken = execFileSync('sh', ['-c', `printf '%s\\n' x ${words}`], { encoding: 'utf8' })
    return [taken.trimEnd().split('\n').slice(1)]
  })
}

/** Has the command parse words without doing anything. @returns whether a subcommand would have run */
async function isKnown(words: readonly string[]): Promise<boolean> {
  let ran = false
  const quiet = { writeOut: () => undefined, writeErr: () => undefined }
  const still = (command: Command): void => {
    command.exitOverride().configureOutput(quiet)
    if (command.commands.length === 0)
      command.action(() => {
        ran = true
      })
    command.commands.forEach(still)
  }
  const program = waxwing()
  still(program)
  try {
    await program.parseAsync(words, { from: 'user' })
    return ran
  } catch (error) {
    return error instanceof Error && 'exitCode' in error && error.exitCode === 0
  }
}

for (const block of inLanguage('sh'))
  test(`the commands at ${nameOf(block)} are known`, { skip: process.platform === 'win32' }, async () => {
    for (const words of commandsOf(block.text)) assert.ok(await isKnown(words), `waxwing ${words.join(' ')}`)
  })

for (const page of pages())
  test(`every link of ${page} to a file leads somewhere`, () => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, to]) => to ?? '',
    )
    const lost = links.filter(to => !existsSync(join(root, dirname(page), to)))
    assert.deepEqual(lost, [])
  })

for (const page of pages().filter(page => basename(page) === 'README.md'))
  test(`${page} shows a program, a command or a configuration before anything else`, () => {
    const [, before = ''] = /^# .*\n\n([\s\S]*?)^```/m.exec(textOf(page)) ?? []
    assert.ok(before !== '' && before.split('\n').length <= 12, 'what is it, and how is it used?')
    assert.ok(!/^## /m.test(before.replace(/^## .* in \d+ lines$/m, '')), 'a heading comes first')
  })

test('every package has a page', () => {
  const wanted = readdirSync(join(root, 'packages')).map(name => `packages/${name}/README.md`)
  assert.deepEqual(
    wanted.filter(page => !pages().includes(page)),
    [],
  )
})

test('the sentences in the guide are those the programs say', () => {
  const files = globSync(['packages/*/src/**/*.ts', 'packages/*/bin/*.cjs'], { cwd: root })
  const said = files
    .filter(file => !file.endsWith('.test.ts'))
    .map(textOf)
    .join('\n')
  const rows = [...textOf('docs/guide.md').matchAll(/^\| `(.*?)` \| .+ \|$/gm)]
  assert.ok(rows.length > 10)
  for (const [, sentence = ''] of rows)
    for (const part of sentence.split('…')) assert.ok(said.includes(part.trim()), `${part} (in: ${sentence})`)
})
