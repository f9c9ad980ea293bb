/** `waxwing demo` where nobody watches: what `npm start` shows, once. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Child } from './testing/child.ts'
import { Sandbox } from './testing/sandbox.ts'

const launcher = join(import.meta.dirname, '../bin/waxwing.cjs')

async function started(sandbox: Sandbox): Promise<Child> {
  const child = sandbox.begin('demo', ...sandbox.place)
  await child.line(/^Ctrl-C stops it\.$/)
  return child
}

/** The words of a printed command, quotes taken away. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Types a command as it was printed. */
async function typed(sandbox: Sandbox, line: string): Promise<string> {
  const [command, ...words] = wordsOf(line)
  assert.equal(command, './waxwing')
  const { code, out, err } = await sandbox.beginProgram([process.execPath, launcher, ...words]).through()
  assert.deepEqual([code, err], [0, ''], line)
  return out
}

test('the demo shows a readout and commands that work, and starts again where it ended', async () => {
  await using sandbox = new Sandbox()
  const first = await started(sandbox)
  const shown = first.lines.join('\n')
  assert.match(shown, /^Waxwing serves localhost at client 127\.0\.0\.1:\d+\n/)
  assert.match(shown, /^Host +\S+ +\d{4}-\d\d-\d\dT\S+$/m)
  assert.match(shown, /^Memory used +\d+\.\d MiB +\d{4}-/m)
  assert.match(shown, /^ {2}(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/m)
  assert.ok(!shown.includes('\x1b'), 'escape sequences where there is no terminal')

  const commands = first.lines.map(line => line.trim()).filter(line => line.startsWith('./waxwing '))
  assert.deepEqual(
    commands.map(line => wordsOf(line)[1]),
    ['read', 'send', 'disco'],
  )
  const [reading = '', ...others] = commands
  assert.match(await typed(sandbox, reading), /^Memory total +\d+\.\d MiB /m)
  for (const command of others) await typed(sandbox, command)

  const { code, out } = await first.end('SIGINT')
  assert.equal(code, 0)
  assert.match(out, /Stopped\. Everything is kept; `npm start` continues where this ended\.$/)

  const second = await started(sandbox)
  assert.ok(second.lines.map(line => line.trim()).includes(reading), 'other passwords than before')
  await typed(sandbox, reading)
  assert.equal((await second.end('SIGINT')).code, 0)
})

test('the demo ends when it is told to before anything was shown', async () => {
  await using sandbox = new Sandbox()
  const child = sandbox.begin('demo', ...sandbox.place)
  await child.line(/^Waxwing serves/)
  assert.equal((await child.end('SIGTERM')).code, 0)
})

test('what is said to the thing is answered by it, to its friends alone', async () => {
  await using sandbox = new Sandbox()
  const child = await started(sandbox)
  const [, port] = await child.line(/^Waxwing serves localhost at client 127\.0\.0\.1:(\d+)/)
  const [, password = ''] = await child.line(/log in as you@localhost, password (\S+),/)
  await sandbox.addAccounts('stranger')
  const served = { child, port: Number(port) }
  await using you = await sandbox.logIn('you', served, { password })
  await using stranger = await sandbox.logIn('stranger', served)
  const answers = you.chat.messages()
  const silence = stranger.chat.messages()
  stranger.chat.send('computer@localhost', 'memory')
  await stranger.ping()
  you.chat.send('computer@localhost', 'memory')
  assert.match((await answers.next()).value?.body ?? '', /^Memory used: \d+\.\d MiB\nMemory total: /)
  you.chat.send('computer@localhost', 'sing')
  assert.match((await answers.next()).value?.body ?? '', /I do not know what "sing" means/)
  await stranger.close()
  assert.deepEqual(await silence.next(), { done: true, value: undefined })
})
