import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, type Element, textOf } from '@waxwing/xml'
import {
  authenticate,
  bind,
  failureOf,
  identifierIn,
  logsIn,
  NS,
  opened,
  plain,
  romeo,
  tokenIn,
  tokenProof,
  tokenResponse,
  userAgent,
} from '../sasl2/login-kit.test.ts'
import { tokenShapes } from './tokens.ts'

const minute = 60_000
/** Days would take long to pass. */
const short = { settings: { fast: { lifetime: 30 * minute, rotateAfter: minute } } }
const request = (mechanism = 'HT-SHA-256-NONE'): string =>
  `<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`

/** Logs in by password and asks for a token. */
async function token(
  host: Scene,
  mechanism?: string,
): Promise<{ peer: Peer; token: string; expiry: string }> {
  const { peer } = await opened(host)
  const found = tokenIn(await logsIn(peer, userAgent + request(mechanism)))
  assert.ok(found, 'a token was handed out')
  return { peer, ...found }
}

interface Use {
  readonly mechanism?: string
  readonly binding?: Uint8Array
  readonly fast?: string
  readonly inline?: string
  readonly agent?: string
  readonly username?: string
}

/** Logs in by token on a new connection. @returns what the server says */
async function logsInBy(host: Scene, held: string, use: Use = {}): Promise<Element> {
  const { peer } = await opened(host)
  const { mechanism = 'HT-SHA-256-NONE', binding, fast = '', inline = '', agent = userAgent, username } = use
  const response = tokenResponse(held, binding, username)
  await peer.sends(
    authenticate(mechanism, response, `${agent}<fast xmlns='urn:xmpp:fast:0'${fast}/>${inline}`),
  )
  return peer.takes('an answer to the token')
}

test('a token lets its device in and bound after one round trip, and both sides are proven (XEP-0484 §3.4)', async () => {
  await using host = await scene()
  const { token: held, expiry } = await token(host)
  assert.equal(
    expiry,
    new Date(host.clock.wall() + 30 * 24 * 60 * minute).toISOString().replace('.000Z', 'Z'),
  )
  const success = await logsInBy(host, held, { inline: bind })
  assert.match(identifierIn(success), /^romeo@montague\.example\/AwesomeXMPP\//)
  const data = childOf(success, NS, 'additional-data')
  assert.equal(data && textOf(data), tokenProof(held))
  assert.equal(tokenIn(success), undefined, 'a new token is nothing to hurry about')
})

for (const [mechanism, type] of [
  ['HT-SHA-256-EXPR', 'tls-exporter'],
  ['HT-SHA-256-ENDP', 'tls-server-end-point'],
] as const)
  test(`${mechanism} binds the token to ${type} (XEP-0484 §3.1)`, async () => {
    await using host = await scene()
    const { token: held } = await token(host, mechanism)
    const { peer } = await opened(host)
    const binding = peer.wire.near.tls?.binding(type)
    const use = `${userAgent}<fast xmlns='urn:xmpp:fast:0'/>`
    await peer.sends(authenticate(mechanism, tokenResponse(held, binding), use))
    const success = await peer.takes()
    const data = childOf(success, NS, 'additional-data')
    assert.equal(data && textOf(data), tokenProof(held, binding))
    assert.equal(failureOf(await logsInBy(host, held, { mechanism })), 'failure not-authorized')
    const unbound = await logsInBy(host, held, { mechanism: 'HT-SHA-256-NONE' })
    assert.equal(
      failureOf(unbound),
      'failure not-authorized',
      'it serves the mechanism it was made for (§3.4)',
    )
  })

test('the store holds no token (XEP-0484 §6)', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  const { tokens } = await host.store.open('montague.example', 'fast', tokenShapes)
  const rows = JSON.stringify([...(await tokens.all(parseBareJid(romeo)))])
  assert.ok(rows.includes('HT-SHA-256-NONE') && !rows.includes(held))
})

test('tokens outlive a restart of the server', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  await host.restart()
  assert.equal((await logsInBy(host, held)).name, 'success')
})

const refused: readonly [what: string, use: Use, condition: string][] = [
  ['of another device', { agent: userAgent.replace('d4565fa7', 'd4565fa8') }, 'not-authorized'],
  ['at another account', { username: 'juliet' }, 'not-authorized'],
  ['at an account that does not exist', { username: 'nobody' }, 'not-authorized'],
  ['of a device without name', { agent: '' }, 'invalid-mechanism'],
  ['of a device whose name is no UUID', { agent: "<user-agent id='phone'/>" }, 'invalid-mechanism'],
]

for (const [what, use, condition] of refused)
  test(`a token ${what} is refused with ${condition} (XEP-0484 §4.1)`, async () => {
    await using host = await scene()
    await host.account('juliet@montague.example')
    const { token: held } = await token(host)
    assert.equal(failureOf(await logsInBy(host, held, use)), `failure ${condition}`)
  })

for (const response of [undefined, 'AA==', Buffer.from('romeo\0short').toString('base64')])
  test(`a login by token with ${response ?? 'no'} response is malformed (XEP-0484 §3.1)`, async () => {
    await using host = await scene()
    const { peer } = await opened(host)
    const use = `${userAgent}<fast xmlns='urn:xmpp:fast:0'/>`
    await peer.sends(authenticate('HT-SHA-256-NONE', response, use))
    assert.equal(failureOf(await peer.takes()), 'failure malformed-request')
  })

test('after a token was refused the same stream takes a password (XEP-0484 §4.1)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  const use = `${userAgent}<fast xmlns='urn:xmpp:fast:0'/>`
  await peer.sends(authenticate('HT-SHA-256-NONE', tokenResponse('wrong'), use))
  assert.equal(failureOf(await peer.takes()), 'failure not-authorized')
  assert.ok(tokenIn(await logsIn(peer, userAgent + request())))
})

test('a token ends (XEP-0484 §3.3, §4.2)', async () => {
  await using host = await scene(short)
  const { token: held } = await token(host)
  await host.advance(30 * minute)
  assert.equal(failureOf(await logsInBy(host, held)), 'failure credentials-expired')
})

test('an old token is changed for a new one, and lasts until that is used (XEP-0484 §3.5)', async () => {
  await using host = await scene(short)
  const { token: first } = await token(host)
  await logsInBy(host, first)
  await host.advance(minute)
  const second = tokenIn(await logsInBy(host, first))?.token
  assert.ok(second !== undefined && second !== first)
  const third = tokenIn(await logsInBy(host, first))?.token
  assert.ok(third !== undefined, 'the client did not get the second one, or lost it')
  assert.equal(failureOf(await logsInBy(host, second)), 'failure not-authorized', 'one that was never used')
  assert.equal((await logsInBy(host, third)).name, 'success')
  assert.equal(failureOf(await logsInBy(host, first)), 'failure not-authorized', 'one before the one in use')
})

test('a count must grow (XEP-0484 §3.4)', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  const by = async (fast: string): Promise<string> => (await logsInBy(host, held, { fast })).name
  assert.equal(await by(" count='1'"), 'success')
  assert.equal(await by(" count='1'"), 'failure')
  assert.equal(await by(" count='5'"), 'success')
  assert.equal(await by(" count='4'"), 'failure')
  assert.equal(await by(''), 'success', 'counting is for early data')
})

test('a client that logs out takes its token with it (XEP-0484 §3.6)', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  const success = await logsInBy(host, held, { fast: " invalidate='true'" })
  assert.equal(success.name, 'success')
  assert.equal(tokenIn(success), undefined)
  assert.equal(failureOf(await logsInBy(host, held)), 'failure not-authorized')
})

test('a client may change its token in the login that makes it void (XEP-0484 §3.6)', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  const next = tokenIn(await logsInBy(host, held, { fast: " invalidate='1'", inline: request() }))
  assert.ok(next)
  assert.equal((await logsInBy(host, next.token)).name, 'success')
})

test('a new password makes tokens void; so does the end of the account', async () => {
  await using host = await scene()
  const { token: held } = await token(host)
  const montague = host.server.router.host('montague.example')
  await montague?.accounts.setPassword(parseBareJid(romeo), 'secret')
  assert.equal(failureOf(await logsInBy(host, held)), 'failure credentials-expired')
  const { token: other } = await token(host)
  await montague?.removeAccount(parseBareJid(romeo))
  assert.equal(failureOf(await logsInBy(host, other)), 'failure not-authorized')
})

test('no token is handed out for what is not on offer, without a name, or to who is not let in (XEP-0484 §3.2, §3.3)', async () => {
  await using host = await scene()
  for (const inline of [userAgent + request('HT-SHA-512-NONE'), request()]) {
    const { peer } = await opened(host)
    assert.equal(tokenIn(await logsIn(peer, inline)), undefined)
  }
  const { peer } = await opened(host)
  await peer.sends(plain(userAgent + request(), 'wrong'))
  assert.equal(failureOf(await peer.takes()), 'failure not-authorized')
})

test('the device not seen for longest makes room', async () => {
  await using host = await scene({ settings: { fast: { clientsPerAccount: 2 } } })
  const agents = ['1', '2', '3'].map(n => userAgent.replace('d4565fa7', `d4565fa${n}`))
  const tokens: string[] = []
  for (const agent of agents) {
    const { peer } = await opened(host)
    tokens.push(tokenIn(await logsIn(peer, agent + request()))?.token ?? '')
    await host.advance(1000)
  }
  const answers = []
  for (const [at, agent] of agents.entries())
    answers.push((await logsInBy(host, tokens[at] ?? '', { agent })).name)
  assert.deepEqual(answers, ['failure', 'success', 'success'])
})
