/** `waxwing rule` as a process, against a server and a thing that goes by the rules. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Client } from '@waxwing/client-node'
import { int, quantity, thing } from '@waxwing/things'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const folder = mkdtempSync(join(tmpdir(), 'waxwing-rules-'))
const file = join(folder, 'my.rules')
const as = (name: string): string[] => ['--as', `${name}@localhost`, '--password', passwordOf(name)]
let served: Served
let boiler: Client

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'boiler', 'ann')
  boiler = await sandbox.logIn('boiler', served)
  thing(boiler, {
    provisioning: { server: 'auto', owner: 'you@localhost' },
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => 21.5 }),
      Level: int({ min: 0, max: 100, read: () => 10, write: () => {} }),
    },
  })
})

after(async () => {
  await boiler?.close()
  rmSync(folder, { recursive: true })
  await sandbox[Symbol.asyncDispose]()
})

async function rule(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await sandbox.run('rule', ...args)
  assert.deepEqual([code, err], [0, ''])
  return out
}

test('a text that is wrong is refused with its places, and not set', async () => {
  writeFileSync(file, 'allow ann@localhost to see everything\nallow ann to read everything\n')
  const { code, out, err } = await sandbox.run('rule', 'set', file, ...as('you'))
  assert.deepEqual([code, out], [1, ''])
  assert.ok(err.includes(`${file}:1:24: "see" stands where`), err)
  assert.ok(err.includes(`${file}:2:7: "ann" is no address`), err)
  assert.equal(await rule('list', ...as('you')), '')
})

test('rules decide about a thing: nothing, then what they allow, then nothing again', async () => {
  const read = ['read', 'boiler@localhost', ...as('ann')]
  assert.match((await sandbox.run(...read, '--ask')).err, /does not let ann@localhost see it/)

  writeFileSync(file, 'own boiler@localhost\nallow ann@localhost to read boiler@localhost only Temperature\n')
  const change = '+ ann@localhost may read boiler@localhost Temperature (line 2: allow ann@localhost'
  assert.ok((await rule('set', file, '--dry-run', ...as('you'))).includes(change))
  assert.equal(await rule('list', ...as('you')), '')
  const said = await rule('set', file, ...as('you'))
  assert.ok(said.includes(change) && said.includes('The rules are set.'), said)
  assert.match(await rule('list', ...as('you')), /^own boiler@localhost\nallow ann/)

  const { out } = await sandbox.run(...read, '--ask')
  assert.match(out, /^Temperature +21\.5 °C/m)
  assert.doesNotMatch(out, /Level/)
  assert.match(
    (await sandbox.run('set', 'boiler@localhost', 'Level=3', ...as('ann'))).err,
    /refuses the command/,
  )

  writeFileSync(file, 'own boiler@localhost\n')
  await rule('set', file, ...as('you'))
  assert.equal((await sandbox.run(...read)).code, 1)
})

test('explain says which rule decides and why', async () => {
  writeFileSync(
    file,
    'own boiler@localhost\ndeny everyone to read everything\nallow ann@localhost to read everything\n',
  )
  await rule('set', file, ...as('you'))
  assert.equal(
    await rule('explain', 'ann@localhost', 'boiler@localhost', 'Temperature', ...as('you')),
    `ann@localhost may read Temperature of boiler@localhost.
Line 3 is about ann@localhost and everything, and nothing more specific is.
  line 3: allow ann@localhost to read everything
What does not decide:
  line 2: deny everyone to read everything
    everyone is less specific than ann@localhost in line 3.`,
  )
  assert.match(
    await rule('explain', 'ann@localhost', 'boiler@localhost', 'Level', '--control', ...as('you')),
    /^ann@localhost may not control Level of boiler@localhost\.\nNo rule is about this/,
  )
})

test('a thing shows and changes its owner', async () => {
  assert.match(await rule('owner', ...as('boiler')), /boiler@localhost goes by the rules of you@localhost\./)
  assert.match(await rule('owner', 'boiler@localhost', ...as('boiler')), /the rules of boiler@localhost\./)
})
