/** The programs in `examples/`, each run as its first line says, against a real server. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Child } from '../packages/waxwing/src/testing/child.ts'
import { passwordOf, Sandbox, type Served } from '../packages/waxwing/src/testing/sandbox.ts'

const folder = join(import.meta.dirname, '..', 'examples')
const sandbox = new Sandbox()
let served: Served

/** Runs an example as somebody; what belongs between password and certificate is `more`. */
function run(file: string, name: string, ...more: readonly string[]): Child {
  const login = [`${name}@localhost`, passwordOf(name)]
  const way = [sandbox.certificateFile, String(served.port)]
  return sandbox.beginProgram([process.execPath, join(folder, file), ...login, ...more, ...way])
}

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('thing', 'owner', 'stranger', 'bot')
})

after(() => sandbox[Symbol.asyncDispose]())

test('a thing can be read by its owner, and by nobody else', async () => {
  const thing = run('thing.ts', 'thing', 'owner@localhost')
  await thing.line(/^thing@localhost\/\S+ can be read by owner@localhost$/)
  for (const time of ['first', 'second']) {
    const { code, out, err } = await run('read.ts', 'owner', 'thing@localhost').through()
    assert.deepEqual([code, err], [0, ''], time)
    assert.match(out, /^Memory in use: \d+\.\d %\nLoad: \d+\.\d\d $/)
  }
  const { code, err } = await run('read.ts', 'stranger', 'thing@localhost').through()
  assert.notEqual(code, 0)
  assert.match(err, /thing@localhost is not available to us/)
  await thing.end()
})

test('the bot explains words', async () => {
  const bot = run('word-bot.ts', 'bot')
  await bot.line(/^bot@localhost\/\S+ listens$/)
  await using owner = await sandbox.logIn('owner', served)
  const answers = owner.chat.messages()
  for (const [asked, answer] of [
    ['XMPP', /^Extensible Messaging and Presence Protocol$/],
    ['tea', /^I do not know "tea"\.$/],
  ] as const) {
    owner.chat.send('bot@localhost', asked)
    assert.match((await answers.next()).value?.body ?? '', answer)
  }
  await bot.end()
})

test('every example is short, says how to run it, and is run here', () => {
  const here = readFileSync(import.meta.filename, 'utf8')
  for (const file of readdirSync(folder).filter(name => name.endsWith('.ts'))) {
    const [first = '', ...lines] = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
    assert.match(first, new RegExp(`^// .*: node examples/${file}( [<[].*)?$`))
    assert.ok(lines.length <= 15, `${file} has ${lines.length} lines`)
    assert.ok(here.includes(`run('${file}'`), `${file} is not run`)
  }
})
