import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { AccessClient, ClientList } from '@waxwing/protocol'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, readWire } from '@waxwing/xml'
import { ensureSelfSigned } from '../../certificate/self-signed.ts'
import {
  authenticate,
  bind,
  failureOf,
  logsIn,
  opened,
  romeo,
  tokenIn,
  tokenResponse,
  userAgent,
} from '../sasl2/login-kit.test.ts'

const cam = 'urn:xmpp:cam:0'
const request = "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"
const use = "<fast xmlns='urn:xmpp:fast:0'/>"
const tablet = userAgent.replace('d4565fa7', 'aaaaaaaa').replace("Kiva's Phone", 'Tablet')

async function list(peer: Peer): Promise<readonly AccessClient[]> {
  await peer.sends(`<iq type='get' id='l'><list xmlns='${cam}'/></iq>`)
  const found = await peer.receivesResult('l')
  assert.ok(found)
  return readWire(ClientList, found).clients
}

const revoke = (id: string): string => `<iq type='set' id='r'><revoke xmlns='${cam}' id='${id}'/></iq>`

/** A tablet that got its token by certificate and never knew the password; and a phone that does. */
async function tabletByToken(host: Scene): Promise<{ phone: Peer; tablet: Peer; token: string }> {
  const held = await opened(host, { certifiedJids: [romeo] })
  await held.peer.sends(authenticate('EXTERNAL', '', tablet + bind + request))
  const token = tokenIn(await held.peer.takes())?.token ?? ''
  await held.peer.takes('the features')
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  return { phone: phone.peer, tablet: held.peer, token }
}

test('the user sees every client: what it is, how it gets in, when it was seen (XEP-0494 §3.1)', async () => {
  await using host = await scene()
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind + request)
  const other = await opened(host)
  await logsIn(other.peer, tablet + bind)
  await other.peer.closes()
  await host.online(`${romeo}/old`, '<presence/>', { password: 'secret' })
  const clients = await list(phone.peer)
  assert.equal(clients.length, 3)
  const [known, away, old] = [
    clients.find(({ userAgent: agent }) => agent?.device === "Kiva's Phone"),
    clients.find(({ userAgent: agent }) => agent?.device === 'Tablet'),
    clients.find(({ userAgent: agent }) => agent === undefined),
  ]
  assert.deepEqual(known?.auth, { password: true, fast: true, grant: false })
  assert.equal(known?.connected, true)
  assert.equal(known?.firstSeen?.getTime(), host.clock.wall())
  assert.deepEqual(away?.auth, { password: true, fast: false, grant: false })
  assert.equal(away?.connected, false)
  assert.deepEqual([old?.connected, old?.auth.password], [true, true])
  assert.ok(!JSON.stringify(clients).includes('d4565fa7'), 'names of installations are not told')
})

test('nobody else sees it (XEP-0494 §5)', async () => {
  await using host = await scene()
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  const juliet = await host.online('juliet@montague.example/balcony')
  await juliet.sends(`<iq type='get' id='l' to='${romeo}'><list xmlns='${cam}'/></iq>`)
  const answer = await juliet.takes()
  assert.equal(answer.attrs.get('type'), 'error')
})

test('a client that knows the password is only kept out by a new one (XEP-0494 §3.2)', async () => {
  await using host = await scene()
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  await host.online(`${romeo}/old`, '<presence/>', { password: 'secret' })
  for (const { id } of await list(phone.peer)) {
    await phone.peer.sends(revoke(id))
    const refused = await phone.peer.receivesError('iq', 'r', 'cancel', 'service-unavailable')
    const error = childOf(refused, 'jabber:client', 'error')
    assert.ok(error && childOf(error, cam, 'password-reset-required'))
  }
})

test('whoever only knew an old password does not know the password', async () => {
  await using host = await scene()
  const other = await opened(host)
  await logsIn(other.peer, tablet + bind)
  await host.server.router.host('montague.example')?.accounts.setPassword(parseBareJid(romeo), 'secret')
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  const found = (await list(phone.peer)).find(({ userAgent: agent }) => agent?.device === 'Tablet')
  assert.equal(found?.auth.password, false)
  await phone.peer.sends(revoke(found?.id ?? ''))
  await phone.peer.receivesResult('r')
  await other.peer.receivesStreamError('not-authorized')
})

test('a client that has a token alone loses it, and its session (XEP-0494 §3.2)', async () => {
  await using host = await scene()
  const { phone, tablet: held, token } = await tabletByToken(host)
  const found = (await list(phone)).find(({ userAgent: agent }) => agent?.device === 'Tablet')
  assert.deepEqual(found?.auth, { password: false, fast: true, grant: false })
  await phone.sends(revoke(found?.id ?? ''))
  await phone.receivesResult('r')
  await held.receivesStreamError('not-authorized')
  assert.equal((await list(phone)).length, 1)
  const late = await opened(host)
  await late.peer.sends(authenticate('HT-SHA-256-NONE', tokenResponse(token), tablet + use))
  assert.equal(failureOf(await late.peer.takes()), 'failure not-authorized')
})

test('who is not there cannot be revoked (XEP-0494 §3.2)', async () => {
  await using host = await scene()
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  await phone.peer.sends(revoke('nobody'))
  await phone.peer.receivesError('iq', 'r', 'cancel', 'item-not-found')
})

test('clients that do not come back are forgotten; so are they with their account (XEP-0494 §6)', async () => {
  await using host = await scene({ settings: { 'client-access': { keepFor: 60_000 } } })
  const other = await opened(host)
  await logsIn(other.peer, tablet + bind)
  await other.peer.closes()
  await host.advance(61_000)
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  assert.equal((await list(phone.peer)).length, 1)
  await host.server.router.host('montague.example')?.removeAccount(parseBareJid(romeo))
  const anew = await opened(host)
  await logsIn(anew.peer, bind)
  assert.equal((await list(anew.peer)).length, 1, 'this session alone')
})

test('of too many clients the one not seen for longest is not remembered', async () => {
  await using host = await scene({ settings: { 'client-access': { maxClients: 2 } } })
  for (const n of ['1', '2', '3']) {
    const { peer } = await opened(host)
    await logsIn(peer, userAgent.replace('d4565fa7', `d4565fa${n}`).replace('Kiva', n))
    await host.advance(1000)
  }
  const { peer } = await opened(host)
  await logsIn(peer, bind)
  const devices = (await list(peer)).map(({ userAgent: agent }) => agent?.device)
  assert.deepEqual(new Set(devices), new Set(["2's Phone", "3's Phone", undefined]))
})

test('a client is not remembered with more than people read', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  await logsIn(peer, userAgent.replace('AwesomeXMPP', 'x'.repeat(5_000)) + bind)
  assert.equal((await list(peer))[0]?.userAgent?.software?.length, 100)
})

test('certificates are listed and taken back like other clients (XEP-0257 §2.4)', async () => {
  await using host = await scene()
  const phone = await opened(host)
  await logsIn(phone.peer, userAgent + bind)
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-certificate-'))
  const { certificate } = await ensureSelfSigned(folder, ['client.example'], Date.UTC(2011, 0, 2))
  const der = new X509Certificate(await readFile(certificate)).raw
  await rm(folder, { recursive: true })
  await phone.peer.sends(
    `<iq type='set' id='a'><append xmlns='urn:xmpp:saslcert:1'><name>Bot</name><x509cert>${der.toString('base64')}</x509cert></append></iq>`,
  )
  await phone.peer.receivesResult('a')
  const bot = await opened(host, { certificate: der })
  await bot.peer.sends(authenticate('EXTERNAL', '', bind))
  assert.equal((await bot.peer.takes()).name, 'success')
  await bot.peer.forgets()
  const clients = await list(phone.peer)
  assert.equal(clients.length, 2, 'the bot is its certificate')
  const found = clients.find(({ userAgent: agent }) => agent?.device === 'Bot')
  assert.deepEqual([found?.type, found?.connected, found?.auth.password], ['access', true, false])
  await phone.peer.sends(revoke(found?.id ?? ''))
  await phone.peer.receivesResult('r')
  await host.advance(1)
  await bot.peer.receivesStreamError('not-authorized')
})
