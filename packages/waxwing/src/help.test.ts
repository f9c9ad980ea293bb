/** What the command says about itself. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { waxwing } from './program.ts'
import { Sandbox } from './testing/sandbox.ts'

/** A command with all commands below it, each with the words that lead to it. */
function allOf(command: Command, path: readonly string[] = []): readonly [string, Command][] {
  const words = [...path, command.name()]
  return [[words.join(' '), command], ...command.commands.flatMap(sub => allOf(sub, words))]
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: more => (text += more) }).outputHelp()
  return text
}

for (const [name, command] of allOf(waxwing()))
  test(`${name} --help says what it does, explains every option and has an example`, () => {
    const help = helpOf(command)
    assert.notEqual(command.description(), '')
    for (const option of command.options) assert.notEqual(option.description, '', option.flags)
    const [, example = ''] = /\nExamples?:\n((?: {2}waxwing .*\n?)+)/.exec(help) ?? []
    assert.match(example, new RegExp(`^ {2}${name}`))
    assert.ok(
      help.split('\n').every(line => line.length <= 110),
      'a line is too long',
    )
  })

test('every example can be typed as it stands', async () => {
  for (const [, command] of allOf(waxwing()))
    for (const [, line = ''] of helpOf(command).matchAll(/^ {2}(waxwing .*?)(?: > \S+)?(?: {3,}.*)?$/gm)) {
      const program = waxwing()
      let ran = false
      for (const [, each] of allOf(program))
        if (each.commands.length === 0)
          each.exitOverride().action(() => {
            ran = true
          })
      const words = [...line.matchAll(/"((?:[^"]|"(?=[^ ]))*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? '')
      await program.parseAsync(words.slice(1), { from: 'user' })
      assert.ok(ran, line)
    }
})

test('a command that does not exist is answered with what there is', async () => {
  await using sandbox = new Sandbox()
  const { code, out, err } = await sandbox.run('strat')
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /unknown command 'strat'\n\(Did you mean start\?\)/)
  assert.match(err, /waxwing --help shows what there is/)
})

test('whoever reads no further ends the command without a word', {
  skip: process.platform === 'win32',
}, async () => {
  await using sandbox = new Sandbox()
  const main = join(import.meta.dirname, 'main.ts')
  const child = sandbox.beginProgram(['sh', '-c', '"$0" "$1" --help | :', process.execPath, main])
  const { code, err } = await child.through()
  assert.deepEqual([code, err], [0, ''])
})
