/** `waxwing rule` as a process, against a server and a thing that goes by the rules. */
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { X509CertificateGenerator } from '@peculiar/x509'
import type { Client } from '@waxwing/client-node'
import { Rules } from '@waxwing/protocol'
import { int, quantity, read, thing } from '@waxwing/things'
import { passwordOf, Sandbox } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const folder = mkdtempSync(join(tmpdir(), 'waxwing-rules-'))
const file = join(folder, 'my.rules')
const server = 'provisioning.localhost'
const as = (name: string): string[] => ['--as', `${name}@localhost`, '--password', passwordOf(name)]
let you: Client
let boiler: Client
let ann: Client

before(async () => {
  const served = await sandbox.serve()
  await sandbox.addAccounts('you', 'boiler', 'ann')
  ;[you, boiler, ann] = (await Promise.all(
    (['you', 'boiler', 'ann'] as const).map(name => sandbox.logIn(name, served)),
  )) as [Client, Client, Client]
  thing(boiler, {
    provisioning: { server: 'auto', owner: 'you@localhost' },
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => 21.5 }),
      Level: int({ min: 0, max: 100, read: () => 10, write: () => {} }),
    },
  })
})

after(async () => {
  await Promise.all([you, boiler, ann].map(client => client?.close()))
  rmSync(folder, { recursive: true })
  await sandbox[Symbol.asyncDispose]()
})

async function rule(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await sandbox.run('rule', ...args)
  assert.deepEqual([code, err], [0, ''])
  return out
}

const rules = async (): Promise<string> => (await you.iq.get(Rules, server, {}, Rules)).text
const sets = (text: string): Promise<void> => you.iq.set(Rules, server, { text })

/** Names of the fields that Ann reads, or why not. */
async function reads(...fields: readonly string[]): Promise<string> {
  const found: string[] = []
  try {
    for await (const field of read(ann, 'boiler@localhost', { fields }))
      if (field.kind !== 'error') found.push(field.name)
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
  return found.join(' ')
}

test('a text that is wrong is refused with its places, and not set', async () => {
  writeFileSync(file, 'allow ann@localhost to see everything\nallow ann to read everything\n')
  const { code, out, err } = await sandbox.run('rule', 'set', file, ...as('you'))
  assert.deepEqual([code, out], [1, ''])
  assert.ok(err.includes(`${file}:1:24: "see" stands where`), err)
  assert.ok(err.includes(`${file}:2:7: "ann" is no address`), err)
  assert.equal(await rules(), '')
})

test('rules are tried, set and listed, and decide about a thing from then on', async () => {
  writeFileSync(file, 'own boiler@localhost\nallow ann@localhost to read boiler@localhost only Temperature\n')
  const change = '+ ann@localhost may read boiler@localhost Temperature (line 2: allow ann@localhost'
  assert.ok((await rule('set', file, '--dry-run', ...as('you'))).includes(change))
  assert.equal(await rules(), '')
  assert.equal(await ann.roster.request('boiler@localhost'), 'declined')
  const said = await rule('set', file, ...as('you'))
  assert.ok(said.includes(change) && said.includes('The rules are set.'), said)
  assert.match(await rule('list', ...as('you')), /^own boiler@localhost\nallow ann/)
  assert.equal(await ann.roster.request('boiler@localhost'), 'accepted')
  assert.equal(await reads(), 'Temperature')
})

test('explain says which rule decides and why', async () => {
  await sets(
    'own boiler@localhost\ndeny everyone to read everything\nallow ann@localhost to read everything\n',
  )
  assert.equal(
    await rule('explain', 'ann@localhost', 'boiler@localhost', 'Temperature', ...as('you')),
    `ann@localhost may read Temperature of boiler@localhost.
Line 3 is about ann@localhost and everything, and nothing more specific is.
  line 3: allow ann@localhost to read everything
What does not decide:
  line 2: deny everyone to read everything
    everyone is less specific than ann@localhost in line 3.`,
  )
})

test('a question is shown, answered, and becomes a rule; the log tells what was decided', async () => {
  await sets('own boiler@localhost\nallow ann@localhost to befriend everything\n')
  assert.equal(await reads('Temperature'), 'NotAuthorizedError')
  const asked = await rule('questions', ...as('you'))
  const [, key = ''] =
    /^(\S+) {2}ann@localhost would like to read boiler@localhost \(Temperature; momentary\)$/m.exec(asked) ??
    []
  assert.notEqual(key, '', asked)
  // Who has seen less than is asked for now does not answer more than they have seen.
  assert.equal(await reads('Level'), 'NotAuthorizedError')
  const more = await sandbox.run('rule', 'answer', key.slice(0, 8), 'allow', ...as('you'))
  const [, newKey = ''] =
    /More has been asked for since\. Now it is\n {2}(\S+) {2}ann@\S+ would like to read \S+ \(Temperature, Level; momentary\)\nNothing was answered/m.exec(
      more.err,
    ) ?? []
  assert.notEqual(newKey, '', more.err)
  assert.doesNotMatch(await rules(), /learned/)
  // Who says what they mean may do so by the old key.
  const only = ['--only', 'Temperature', '--until', '2099-12-31']
  await rule('answer', key.slice(0, 8), 'allow', ...only, ...as('you'))
  assert.match(
    await rules(),
    /^allow ann@localhost to read boiler@localhost only Temperature until 2100-01-01T00:00:00Z {2}# learned 20\d\d-\d\d-\d\d$/m,
  )
  assert.equal(await reads('Temperature'), 'Temperature')
  const decided = await rule('log', 'boiler@localhost', ...as('you'))
  assert.match(decided, /ann@localhost may not read Temperature momentary\n {4}no rule decides/)
  assert.match(decided, /ann@localhost may read Temperature momentary\n {4}allow ann@localhost to read/)
  const { err } = await sandbox.run('rule', 'answer', key, 'deny', ...as('you'))
  assert.match(err, /No question has the key \S+: it was answered/)
})

test('who has a certificate gets the token that stands for it', async () => {
  const [certificate, key] = [join(folder, 'boiler.crt'), join(folder, 'boiler.key')]
  const exponent = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...exponent }
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.createSelfSigned({ keys, signingAlgorithm }, crypto)
  writeFileSync(certificate, made.toString('pem'))
  const secret = createPrivateKey({
    key: Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  })
  writeFileSync(key, secret.export({ format: 'pem', type: 'pkcs8' }))
  assert.match(await rule('token', certificate, key, ...as('boiler')), /^provisioning\.localhost:\S{22}$/)
})

test('a thing shows and changes its owner', async () => {
  assert.match(await rule('owner', 'boiler@localhost', ...as('boiler')), /the rules of boiler@localhost\./)
})
