/** Whole clients that log in by the extensible profile and come back by token. XEP-0388, XEP-0386, XEP-0484. */
import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { memoryLogins } from '@waxwing/client'
import { parseBareJid } from '@waxwing/jid'
import { defaultFeatures } from '@waxwing/server'
import { world } from './index.ts'

const romeo = parseBareJid('romeo@montague.example')
const withoutSasl2 = defaultFeatures.filter(({ needs, name }) => name !== 'sasl2' && !('sasl2' in needs))

/** How many of these start tags went over the wires. */
function count(transcript: string, tag: string): number {
  return transcript.split(`<${tag}`).length - 1
}

test('a client logs in, proves the server and binds in one exchange (XEP-0388 §5, XEP-0386 §3.2)', async () => {
  await using it = await world()
  const client = await it.joins(romeo, { wires: { tls: true }, device: 'Balcony phone' })
  assert.match(client.jid ?? '', /^romeo@montague\.example\/Waxwing\/[\w-]{12}$/)
  assert.equal(client.mechanism, 'SCRAM-SHA-512-PLUS')
  const transcript = it.host.transcript()
  assert.equal(count(transcript, 'authenticate '), 1)
  assert.equal(count(transcript, 'stream:stream '), 2, 'one header from each side')
  assert.match(transcript, /<device>Balcony phone<\/device>/)
})

test('a resource of one’s own choice is bound in the old way (RFC 6120 §7.7)', async () => {
  await using it = await world()
  const client = await it.joins(`${romeo}/orchard`, { wires: { tls: true } })
  assert.equal(client.jid, `${romeo}/orchard`)
  assert.equal(count(it.host.transcript(), 'authenticate '), 1)
})

test('a client without the extensible profile on the other side logs in as ever (RFC 6120 §6)', async () => {
  await using it = await world({ features: withoutSasl2 })
  const client = await it.joins(romeo)
  assert.equal(client.mechanism, 'SCRAM-SHA-512-PLUS')
  assert.equal(count(it.host.transcript(), 'authenticate '), 0)
})

test('a client that comes back is in after one round trip, by a token bound to TLS (XEP-0484 §3.4)', async () => {
  await using it = await world()
  const client = await it.joins(romeo, { wires: { tls: true }, logins: memoryLogins() })
  const { jid } = client
  it.wires.at(-1)?.cut()
  await it.host.advance(60_000)
  assert.equal(client.state, 'online')
  assert.equal(client.mechanism, 'HT-SHA-256-EXPR')
  assert.equal(client.jid, jid, 'the address stays (XEP-0386 §3.2.1)')
})

test('a device that kept its token needs no password any more (XEP-0484 §1)', async () => {
  await using it = await world()
  const logins = memoryLogins()
  const first = await it.joins(romeo, { wires: { tls: true }, logins })
  const saved = await logins.get(romeo)
  assert.equal(saved?.token?.mechanism, 'HT-SHA-256-EXPR')
  assert.match(saved?.clientId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await it.waitsFor(first.close())
  const second = await it.prepares(romeo, { wires: { tls: true }, logins, password: undefined })
  await it.waitsFor(second.open())
  assert.equal(second.mechanism, 'HT-SHA-256-EXPR')
})

test('a server that has lost the extensible profile since costs one attempt (XEP-0388 §3)', async () => {
  const logins = memoryLogins()
  {
    await using before = await world()
    await before.waitsFor((await before.joins(romeo, { wires: { tls: true }, logins })).close())
    assert.match((await logins.get(romeo))?.offer ?? '', /urn:xmpp:fast:0/)
  }
  await using it = await world({ features: withoutSasl2 })
  const client = await it.prepares(romeo, { wires: { tls: true }, logins })
  await it.waitsFor(client.open())
  assert.equal(client.mechanism, 'SCRAM-SHA-512-PLUS')
  assert.equal(it.wires.length, 2)
})

test('tokens are changed for new ones before they end, without a word (XEP-0484 §3.5)', async () => {
  await using it = await world({ settings: { fast: { rotateAfter: 60_000 } } })
  const logins = memoryLogins()
  const client = await it.joins(romeo, { wires: { tls: true }, logins })
  const first = await logins.get(romeo)
  for (let time = 0; time < 3; time++) {
    await it.host.advance(60_000)
    it.wires.at(-1)?.cut()
    await it.host.advance(60_000)
    assert.equal(client.mechanism, 'HT-SHA-256-EXPR')
  }
  assert.notEqual((await logins.get(romeo))?.token?.token, first?.token?.token)
  assert.equal((await logins.get(romeo))?.clientId, first?.clientId)
})

test('a token that is refused is forgotten, and the password serves on the same stream (XEP-0484 §4.1)', async () => {
  await using it = await world()
  const logins = memoryLogins()
  await logins.set(romeo, {
    clientId: 'd4565fa7-4d72-4749-b3d3-740edbf87770',
    token: { mechanism: 'HT-SHA-256-NONE', token: 'stale', expires: Number.MAX_SAFE_INTEGER },
  })
  const client = await it.joins(romeo, { wires: { tls: true }, logins })
  assert.equal(client.mechanism, 'SCRAM-SHA-512-PLUS')
  assert.equal(it.wires.length, 1)
  assert.equal((await logins.get(romeo))?.token?.mechanism, 'HT-SHA-256-EXPR')
})

test('a device whose token is refused and that has no password says so', async () => {
  await using it = await world()
  const logins = memoryLogins()
  const token = { mechanism: 'HT-SHA-256-NONE', token: 'stale', expires: Number.MAX_SAFE_INTEGER }
  await logins.set(romeo, { clientId: 'd4565fa7-4d72-4749-b3d3-740edbf87770', token })
  const client = await it.prepares(romeo, { wires: { tls: true }, logins, password: undefined })
  await assert.rejects(it.waitsFor(client.open()), { name: 'AuthError', code: 'not-authorized' })
  assert.equal((await logins.get(romeo))?.token, undefined)
  const again = await it.prepares(romeo, { wires: { tls: true }, logins, password: undefined })
  await assert.rejects(it.waitsFor(again.open()), { name: 'PolicyError', code: 'no-credentials' })
})

test('a client that keeps no logins asks for a token when it comes back, not before', async () => {
  await using it = await world()
  const client = await it.joins(romeo, { wires: { tls: true } })
  assert.doesNotMatch(
    it.host.transcript(),
    /request-token|user-agent id/,
    'who comes once leaves no device behind',
  )
  const mechanisms = []
  for (let time = 0; time < 2; time++) {
    it.wires.at(-1)?.cut()
    await it.host.advance(60_000)
    mechanisms.push(client.mechanism)
  }
  assert.deepEqual(mechanisms, ['SCRAM-SHA-512-PLUS', 'HT-SHA-256-EXPR'])
})

test('a client that wants no tokens asks for none', async () => {
  await using it = await world()
  const client = await it.joins(romeo, { wires: { tls: true }, logins: false })
  it.wires.at(-1)?.cut()
  await it.host.advance(60_000)
  assert.equal(client.mechanism, 'SCRAM-SHA-512-PLUS')
  assert.doesNotMatch(it.host.transcript(), /request-token|user-agent id/)
})

test('a place for logins that fails harms no session', async () => {
  await using it = await world()
  const broken = (): never => {
    throw new Error('no space left')
  }
  const logins = { get: broken, set: broken, delete: broken }
  const client = await it.joins(romeo, { wires: { tls: true }, logins })
  assert.equal(client.state, 'online')
  assert.equal(it.faults.splice(0).length, 3, 'looked up, token kept, offer kept')
})

test('keys that an imported account lacks are made by its own client (XEP-0480 §3)', async () => {
  await using it = await world()
  const salt = Buffer.from('0123456789abcdef')
  const salted = pbkdf2Sync('secret', salt, 4096, 20, 'sha1')
  const hmac = (text: string): Buffer => createHmac('sha1', salted).update(text).digest()
  const storedKey = createHash('sha1').update(hmac('Client Key')).digest()
  const accounts = it.host.server.router.host('montague.example')?.accounts
  const keys = { salt, iterations: 4096, storedKey, serverKey: hmac('Server Key') }
  await accounts?.createFromKeys(romeo, { 'SHA-1': keys })
  const client = await it.joins(romeo, { wires: { tls: true }, password: 'secret', logins: false })
  assert.equal(client.mechanism, 'SCRAM-SHA-1-PLUS', 'it is offered what it has (XEP-0388 §2.1)')
  for (const hash of ['SHA-256', 'SHA-512'] as const) assert.ok(await accounts?.keysOf(romeo, hash), hash)
  const again = await it.joins(romeo, { wires: { tls: true }, password: 'secret' })
  assert.equal(again.mechanism, 'SCRAM-SHA-512-PLUS')
})
