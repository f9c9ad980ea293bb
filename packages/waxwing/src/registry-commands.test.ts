/** `waxwing claim` and `waxwing registry` as processes, against a server and a thing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@waxwing/client-node'
import { search, type Thing, thing } from '@waxwing/things'
import type { Ended } from './testing/child.ts'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const as = (name: string): string[] => ['--as', `${name}@localhost`, '--password', passwordOf(name)]
let device: Client
let lamp: Thing
let served: Served

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'lamp', 'stranger')
  device = await sandbox.logIn('lamp', served)
  lamp = thing(device, { registry: 'auto', meta: { SN: '4711', MODEL: 'Lamp', V: 1.5 } })
})

after(async () => {
  await device?.close()
  await sandbox[Symbol.asyncDispose]()
})

/** The link, once the thing has registered. */
async function link(): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    if (lamp.claimUri !== undefined) return lamp.claimUri
    await sleep(20)
  }
  assert.fail('The thing did not register')
}

async function isFound(model: string): Promise<boolean> {
  for await (const _ of search(device, { MODEL: model })) return true
  return false
}

const done = ({ code, out, err }: Ended): string => {
  assert.equal(code, 0, err)
  return out
}

function assertFails({ code, err }: Ended, sentence: RegExp): void {
  assert.match(err, sentence)
  assert.equal(code, 1)
}

test('what a thing says of itself steers no terminal', async () => {
  const liar = await sandbox.logIn('stranger', served)
  const about = { MODEL: 'Liar', SN: '\u009b2J\u202eevil' }
  thing(liar, { registry: 'auto', selfOwned: true, meta: about })
  while (!(await isFound('Liar'))) await sleep(20)
  const words = ['registry', 'search', 'MODEL=Liar', ...as('you')]
  const [plain, json] = await Promise.all([sandbox.run(...words), sandbox.run(...words, '--json')])
  assert.match(done(plain), /SN=�2J�evil/)
  assert.match(done(json), /\\u009b2J\\u202eevil/)
  await liar.close()
})

test('a thing is claimed, listed, found, removed and given away', async () => {
  const first = await link()
  assertFails(
    await sandbox.run('claim', first.replace(/KEY=./, 'KEY=x'), ...as('stranger')),
    /There is no such thing, or it has an owner already\./,
  )
  assert.match(done(await sandbox.run('registry', 'list', ...as('you'))), /^No things were found\./)
  assert.match(
    done(await sandbox.run('claim', first, '--public', ...as('you'))),
    /^lamp@localhost is yours, and everybody can find it\./,
  )
  assert.match(
    done(await sandbox.run('registry', 'list', ...as('you'))),
    /^lamp@localhost {2}SN=4711 {2}MODEL=Lamp {2}V=1\.5$/m,
  )
  const found = done(
    await sandbox.run('registry', 'search', 'model=Lamp', 'V>=1.5', '--json', ...as('stranger')),
  )
  assert.deepEqual(JSON.parse(found), {
    jid: 'lamp@localhost',
    node: null,
    owner: null,
    meta: { SN: '4711', MODEL: 'Lamp', V: 1.5 },
  })
  done(await sandbox.run('registry', 'remove', 'lamp@localhost', ...as('you')))
  assert.match(done(await sandbox.run('registry', 'search', 'MODEL=Lamp', ...as('stranger'))), /^No things/)
  done(await sandbox.run('registry', 'disown', 'lamp@localhost', ...as('you')))
  assert.notEqual(await link(), first)
  assertFails(
    await sandbox.run('registry', 'disown', 'lamp@localhost', ...as('you')),
    /The registry knows no lamp@localhost of yours; "waxwing registry list" shows what is\./,
  )
})

test('links and conditions that are none are told apart', async () => {
  assertFails(
    await sandbox.run('claim', 'hello', ...as('you')),
    /Links to things begin with iotdisco: or xmpp:/,
  )
  assertFails(
    await sandbox.run('registry', 'search', 'Verona', ...as('you')),
    /"Verona" says nothing of a thing\./,
  )
})
