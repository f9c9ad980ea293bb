/** `waxwing thing` and `waxwing simulate` as processes: from the first start to an owner, to the next one, and back to the factory. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Client, StanzaError } from '@waxwing/client-node'
import { COMMANDS_NS } from '@waxwing/protocol'
import { claim, disown, owned, type Reading, read } from '@waxwing/things'
import { decodeQR } from 'qr/decode.js'
import { DeviceFolder } from './device-folder.ts'
import { type BootOptions, boot } from './first-boot.ts'
import { waxwing } from './program.ts'
import { type AccountMaker, registeredAccounts } from './simulate/accounts.ts'
import type { Child, Ended } from './testing/child.ts'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'

const secret = 's3cr&t of acme'
const sandbox = new Sandbox(
  `[features.signed-registration.keys.acme]\nsecret = ${JSON.stringify(secret)}\naccounts = 10\n`,
)
let served: Served
let you: Client
let next: Client
let stranger: Client

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'next', 'stranger')
  const comes = (name: string): Promise<Client> => sandbox.logIn(name, served)
  ;[you, next, stranger] = await Promise.all([comes('you'), comes('next'), comes('stranger')])
})

after(async () => {
  for (const client of [you, next, stranger]) await client?.close()
  await sandbox[Symbol.asyncDispose]()
})

const done = ({ code, out, err }: Ended): string => {
  assert.deepEqual([code, err], [0, ''])
  return out
}

/** As the camera of a telephone sees half blocks. */
function scanned(lines: readonly string[]): string {
  const columns = lines[0]?.length ?? 0
  const isDark = (x: number, y: number): boolean => {
    const block = lines[y >> 1]?.[x] ?? '█'
    return block === ' ' || block === (y & 1 ? '▀' : '▄')
  }
  const scale = 4
  const side = columns * scale
  const data = new Uint8Array(side * side * 3).fill(255)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (isDark(Math.floor(x / scale), Math.floor(y / scale)))
        data.fill(0, (y * side + x) * 3, (y * side + x + 1) * 3)
  return decodeQR({ width: side, height: side, data })
}

/** The link that is shown next, once as text and once as a code that says the same. */
async function linkAfter(child: Child, line: number): Promise<string> {
  const [link] = await child.line(/^iotdisco:.*$/, line)
  const drawn = child.lines
    .slice(line, child.lines.indexOf(link, line))
    .filter(text => /^[█▀▄ ]+$/.test(text))
  assert.equal(scanned(drawn), link)
  return link
}

function isPrivate(...path: readonly string[]): boolean {
  return process.platform === 'win32' || (statSync(join(sandbox.folder, ...path)).mode & 0o077) === 0
}

async function all<T>(these: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const one of these) found.push(one)
  return found
}

function valuesOf(client: Client, jid: string): Promise<readonly Reading[]> {
  return all(read(client, jid, { types: ['momentary', 'status'], timeoutMs: 10_000 }))
}

function namesOf(readings: readonly Reading[]): readonly string[] {
  return readings.flatMap(one => (one.kind === 'error' ? [] : [one.name]))
}

/** The session that somebody sees of an account. */
async function seen(client: Client, jid: string): Promise<{ readonly jid: string } | undefined> {
  await client.ping()
  return client.presence.allOf(jid)[0]
}

const folders = new Map<string, DeviceFolder>()

function folderOf(name: string): DeviceFolder {
  const folder = folders.get(name) ?? new DeviceFolder(join(sandbox.folder, name))
  folders.set(name, folder)
  return folder
}

/** What `waxwing thing` does first, in this process. */
async function boots(name: string, options: Partial<BootOptions>): Promise<string> {
  const way = { host: '127.0.0.1', port: String(served.port), trust: sandbox.certificateFile, timeout: '30' }
  const client = await boot(folderOf(name), { ...way, ...options }, assert.fail)
  await client.close()
  return client.account
}

test('a thing makes its account, is claimed, comes back, is handed over, and reset', async () => {
  const data = ['--data', 'lamp']
  const about = ['--meta', 'MAN=example.org', 'SN=4711', 'V=1.5', '--png', 'label.png']
  const invitation = await sandbox.invitation('lamp@localhost')
  const first = sandbox.begin('thing', '--invitation', invitation, ...data, ...about)
  await first.line(/^lamp@localhost is online\.$/)
  const link = await linkAfter(first, 0)
  assert.match(link, /^iotdisco:MAN=example\.org;SN=4711;#V=1\.5;KEY=[0-9a-f]{64};R=registry\.localhost$/)
  assert.ok(isPrivate('lamp') && isPrivate('lamp', 'thing.json') && isPrivate('label.png'))
  assert.equal(readFileSync(join(sandbox.folder, 'label.png')).toString('latin1', 1, 4), 'PNG')

  const as = ['--as', 'you@localhost', '--password', passwordOf('you')]
  assert.match(done(await sandbox.run('claim', link, ...as)), /^lamp@localhost is yours\.\n/)
  await first.line(/^you@localhost owns it\.$/)
  // The claim has asked for its presence, too.
  assert.equal(await you.roster.request('lamp@localhost'), 'accepted')
  assert.ok(namesOf(await valuesOf(you, 'lamp@localhost')).includes('Memory used'))
  assert.equal(await stranger.roster.request('lamp@localhost'), 'declined')
  assert.equal((await first.end()).code, 0)

  // A password that nobody knows any more: it comes back by its token.
  const file = join(sandbox.folder, 'lamp', 'thing.json')
  assert.ok(isPrivate('lamp', 'login.json'))
  const kept = readFileSync(file, 'utf8')
  writeFileSync(file, kept.replace(/"password": "[^"]+"/, '"password": "forgotten"'))
  const second = sandbox.begin('thing', ...data)
  await second.line(/^you@localhost owns it\.$/)
  assert.deepEqual(second.lines, ['lamp@localhost is online.', 'you@localhost owns it.'])
  writeFileSync(file, kept)

  const { jid: session } = (await seen(you, 'lamp@localhost')) ?? assert.fail()
  // Chat clients show commands for what it has.
  const commands = (await you.disco.items(session, { node: COMMANDS_NS })).map(({ node }) => node)
  assert.deepEqual(commands, ['values', 'log'])
  await disown(you, 'lamp@localhost')
  const other = await linkAfter(second, 2)
  assert.notEqual(other, link)
  await assert.rejects(claim(stranger, link), /item-not-found/)
  await claim(next, other)
  await second.line(/^next@localhost owns it\.$/)
  await assert.rejects(disown(you, 'lamp@localhost'), /item-not-found/)
  await assert.rejects(valuesOf(you, session), /does not let us read it/)
  assert.ok((await valuesOf(next, session)).length > 0)
  assert.equal((await second.end('SIGINT')).code, 0)

  assert.match(done(await sandbox.run('thing', 'reset', ...data)), /^lamp@localhost is no more\./)
  assert.doesNotMatch(String(await sandbox.ask({ do: 'account list' })), /lamp@/)
  assert.deepEqual(await all(owned(next)), [])
  await assert.rejects(boots('lamp', {}), /^CommandError: Which server\?/)
  // As from the factory: another account, which nobody knows.
  const anew = await boots('lamp', { invitation: await sandbox.invitation() })
  assert.match(anew, /^thing-[0-9a-f]{12}@localhost$/)
})

test('a thing makes its account by a form signed with the key of its maker', async () => {
  const secretFile = join(sandbox.folder, 'acme.secret')
  const guess = join(sandbox.folder, 'acme.guess')
  writeFileSync(secretFile, `${secret}\n`)
  writeFileSync(guess, 'guess')
  const signed = { domain: 'localhost', signed: 'acme' }
  assert.match(await boots('meter', { ...signed, secretFile }), /^thing-[0-9a-f]{12}@localhost$/)
  await assert.rejects(boots('other', signed), /^CommandError: Where is the secret\?/)
  await assert.rejects(
    boots('other', { ...signed, secretFile: guess }),
    /^CommandError: localhost refused to make the account: The signature is not valid/,
  )
})

test('a power cut between the account and its note loses nothing', async () => {
  await boots('cut', { invitation: await sandbox.invitation('cut@localhost') })
  const folder = folderOf('cut')
  const device = folder.read() ?? assert.fail()
  folder.write({ ...device, isMade: false })
  assert.equal(await boots('cut', {}), 'cut@localhost')
  assert.ok(folder.read()?.isMade)
})

test('a device keeps its account, and what is said of it may change', async () => {
  const invitation = await sandbox.invitation()
  await boots('keeper', { invitation, name: 'keeper', meta: ['SN=1', '#N=2'] })
  await boots('keeper', { meta: ['SN=2', 'V=1'] })
  assert.deepEqual(folderOf('keeper').read()?.meta, { SN: '2', V: 1 })
  await assert.rejects(
    boots('keeper', { name: 'another' }),
    /This thing is keeper@localhost; "waxwing thing reset" makes it anew\./,
  )
})

const wrong: readonly (readonly [what: string, options: Partial<BootOptions>, sentence: RegExp])[] = [
  ['no server', {}, /Which server\? Give --domain example\.org, or an --invitation\./],
  ['no address', { domain: 'a@@b' }, /a@@b is not an address/],
  ['no invitation', { invitation: 'hello' }, /The invitation cannot be read/],
  ['no tag', { domain: 'localhost', meta: ['SN'] }, /Write tags as NAME=value; "SN" is none\./],
  ['no permission', { domain: 'localhost' }, /Only those who are invited may make an account here/],
]
for (const [what, options, sentence] of wrong)
  test(`${what}: that is said in a sentence`, async () => {
    await assert.rejects(boots('none', options), sentence)
  })

test('an invitation that does not hold and a name that is taken are told apart', async () => {
  const stale = (await sandbox.invitation()).replace(/preauth=./, 'preauth=0')
  await assert.rejects(boots('none', { invitation: stale }), /The invitation is not valid, or not any more\./)
  const invitation = await sandbox.invitation()
  await assert.rejects(boots('none', { invitation, name: 'you' }), /you@localhost is somebody else's/)
})

test('a thing that is not there is not reset, and one that is lost is forgotten', async () => {
  const none = ['--data', join(sandbox.folder, 'nowhere')]
  const reset = (...words: readonly string[]): Promise<unknown> =>
    waxwing().parseAsync(['thing', 'reset', ...words], { from: 'user' })
  await assert.rejects(reset(...none), /There is no thing in .*nowhere\./)
  const folder = folderOf('lost')
  const lost = folder.path
  const way = { host: '127.0.0.1', port: String(served.port), trust: sandbox.certificateFile }
  folder.write({ domain: 'localhost', username: 'lost', password: 'x', isMade: true, meta: {}, ...way })
  await assert.rejects(reset('--data', lost), /"--forget" forgets without telling the server\./)
  await reset('--data', lost, '--forget')
  assert.equal(folder.read(), undefined)
})

test('simulated things make their accounts by an invitation once', async () => {
  const invitation = await sandbox.invitation('localhost', 2)
  const way = {
    host: '127.0.0.1',
    port: served.port,
    tls: { trust: readFileSync(sandbox.certificateFile, 'utf8') },
  }
  const made = (): AccountMaker => registeredAccounts('localhost', way, invitation, sandbox.folder)
  const first = made()
  for (const name of ['a-1', 'a-2']) await first.make(name, 'pw')
  await assert.rejects(first.make('a-3', 'pw'), StanzaError)
  // The invitation is used up.
  for (const name of ['a-1', 'a-2']) await made().make(name, 'pw')
  assert.match(String(await sandbox.ask({ do: 'account list' })), /a-1@localhost,a-2@localhost/)
})

test('simulated things make their accounts, are read, and are told of when they leave', async () => {
  const words = ['simulate', '--things', '20', '--seed', '5', '--readers', 'you@localhost', ...sandbox.place]
  const child = sandbox.begin(...words)
  await child.line(/^Simulating 20 things of 3 kinds at localhost, seed 5\.$/)
  await child.line(/^20 of 20 things have come\.$/)
  const wanted: readonly (readonly [name: string, fields: readonly string[]])[] = [
    ['climate-1', ['Temperature', 'Humidity']],
    ['meter-6', ['Power', 'Energy']],
    ['lamp-2', ['Output', 'Level']],
  ]
  for (const [name, fields] of wanted)
    assert.deepEqual(namesOf(await valuesOf(you, `${name}@localhost/thing`)), fields)
  await assert.rejects(valuesOf(stranger, 'lamp-2@localhost/thing'), /does not let us read it/)
  const { code, out, err } = await child.end('SIGINT')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /\n4 readouts were answered, 0 connections cut\.$/)
})
