/** `waxwing start` as a process: what it says, how it ends, and why it does not begin. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Ended } from './testing/child.ts'
import { Sandbox } from './testing/sandbox.ts'

/** One sentence on standard error, nothing on standard output, and an exit code. */
function assertRefused({ code, out, err }: Ended, sentence: RegExp): void {
  assert.match(err, /^waxwing: [^\n]+\n$/)
  assert.match(err, sentence)
  assert.equal(out, '')
  assert.equal(code, 1)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`start says where it listens in one line, and ends in order at ${signal}`, async () => {
    await using sandbox = new Sandbox()
    const { child, port } = await sandbox.serve()
    assert.equal(child.lines.length, 1)
    assert.ok(port > 0)
    const { code, signal: by, err } = await child.end(signal)
    assert.deepEqual([code, by, err], [0, null, ''])
  })

test('a second start finds everything that was kept', async () => {
  await using sandbox = new Sandbox()
  const first = await sandbox.serve()
  await sandbox.addAccounts('romeo')
  const before = await sandbox.logIn('romeo', first)
  await before.roster.add('juliet@localhost', { name: 'Juliet', groups: ['Friends'] })
  await before.close()
  await first.child.end()

  const again = await sandbox.serve()
  const romeo = await sandbox.logIn('romeo', again)
  assert.equal(romeo.roster.get('juliet@localhost')?.name, 'Juliet')
  await romeo.close()
})

test('clients that are connected hear that the server shuts down (RFC 6120 §4.9.3.19)', async () => {
  await using sandbox = new Sandbox()
  const served = await sandbox.serve()
  await sandbox.addAccounts('romeo')
  const romeo = await sandbox.logIn('romeo', served)
  const closed = (async () => {
    for await (const status of romeo.status()) if (status.state === 'closed') return status
    return undefined
  })()
  assert.equal((await served.child.end()).code, 0)
  assert.match(JSON.stringify(await closed), /system-shutdown/)
})

test('a port in use is named, with what to do about it', async () => {
  await using sandbox = new Sandbox()
  const { port } = await sandbox.serve()
  await using other = new Sandbox()
  other.configure('', port)
  assertRefused(
    await other.run('start', ...other.place),
    new RegExp(`Port ${port} is in use .* choose another port in \\[listen\\]`),
  )
})

test('a second server on the same folder is refused and does not disturb the first', async () => {
  await using sandbox = new Sandbox()
  const served = await sandbox.serve()
  await sandbox.addAccounts('romeo')
  assertRefused(await sandbox.run('start', ...sandbox.place), /waxwing\.sqlite is in use by another running/)
  const { code, out } = await sandbox.account('list')
  assert.deepEqual([code, out], [0, 'romeo@localhost'])
  await (await sandbox.logIn('romeo', served)).close()
})

test('a store of a newer version is not touched', async () => {
  await using sandbox = new Sandbox()
  await (await sandbox.serve()).child.end()
  const store = new DatabaseSync(join(sandbox.data, 'waxwing.sqlite'))
  store.exec('PRAGMA user_version = 99')
  store.close()
  assertRefused(
    await sandbox.run('start', ...sandbox.place),
    /waxwing\.sqlite was written by a newer version/,
  )
})

test('a file of another program is not touched', async () => {
  await using sandbox = new Sandbox()
  mkdirSync(sandbox.data)
  writeFileSync(
    join(sandbox.data, 'waxwing.sqlite'),
    'something else entirely, long enough to be looked at\n',
  )
  assertRefused(await sandbox.run('start', ...sandbox.place), /waxwing\.sqlite/)
})

test('a file where the data folder should be is named', async () => {
  await using sandbox = new Sandbox()
  writeFileSync(sandbox.data, '')
  assertRefused(
    await sandbox.run('start', ...sandbox.place),
    /data\/waxwing\.sqlite cannot be made or written/,
  )
})

test('a data folder without the right to write is named', async (t: TestContext) => {
  if (process.getuid?.() === 0) return t.skip('root may write anywhere')
  await using sandbox = new Sandbox()
  mkdirSync(sandbox.data, { mode: 0o500 })
  assertRefused(
    await sandbox.run('start', ...sandbox.place),
    /data\/waxwing\.sqlite cannot be made or written/,
  )
})

const wrongConfigurations: readonly [what: string, settings: string, sentence: RegExp][] = [
  ['an unknown key', 'clent = "off"', /waxwing\.toml:5: listen\.clent: .*did you mean client\?/],
  ['a wrong value', '[limits]\ndepth = "deep"', /waxwing\.toml:6: limits\.depth: .*whole number from 8/],
  ['a key without its certificate', '[tls]\nkey = "k.pem"', /waxwing\.toml:\d+: tls.*both or neither/],
  ['a certificate that is not there', '[tls]\ncertificate = "c.pem"\nkey = "k.pem"', /c\.pem cannot be read/],
  ['no TOML at all', 'hosts = [', /waxwing\.toml:\d+: /],
]

for (const [what, settings, sentence] of wrongConfigurations)
  test(`${what} stops the start, and its place is named`, async () => {
    await using sandbox = new Sandbox(settings)
    assertRefused(await sandbox.run('start', ...sandbox.place), sentence)
  })

test('a configuration that does not exist is named', async () => {
  await using sandbox = new Sandbox()
  rmSync(sandbox.config)
  assertRefused(
    await sandbox.run('start', ...sandbox.place),
    /The configuration .*waxwing\.toml cannot be read/,
  )
})

test('a killed server leaves nothing that hinders the next one', async () => {
  await using sandbox = new Sandbox()
  const { child } = await sandbox.serve()
  await child.end('SIGKILL')
  await sandbox.addAccounts('romeo')
  const again = await sandbox.serve()
  await (await sandbox.logIn('romeo', again)).close()
})

test('a copy that SQLite makes while the server runs is a whole store', async () => {
  await using sandbox = new Sandbox()
  const served = await sandbox.serve()
  await sandbox.addAccounts('romeo')
  const before = await sandbox.logIn('romeo', served)
  await before.roster.add('juliet@localhost')

  await using restored = new Sandbox()
  mkdirSync(restored.data, { mode: 0o700 })
  const store = new DatabaseSync(join(sandbox.data, 'waxwing.sqlite'), { readOnly: true })
  await backup(store, join(restored.data, 'waxwing.sqlite'))
  store.close()
  await before.close()
  const after = await restored.logIn('romeo', await restored.serve())
  assert.ok(after.roster.has('juliet@localhost'))
  await after.close()
})
