import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Scene, scene, type World, world } from '@waxwing/testkit'
import { childOf, childrenOf, textOf } from '@waxwing/xml'
import { defaultFeatures } from '../features.ts'
import { authenticate, failureOf, identifierIn, NS, opened, romeo } from '../sasl2/login-kit.test.ts'
import { readKeys } from './token-keys.ts'

const folder = await mkdtemp(join(tmpdir(), 'waxwing-oauth-'))
after(() => rm(folder, { recursive: true, force: true }))

const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
type Algorithm = keyof typeof pairs
const algorithms: readonly Algorithm[] = ['RS256', 'ES256', 'EdDSA']

const jwks = join(folder, 'keys.json')
const pem = join(folder, 'keys.pem')
await writeFile(
  jwks,
  JSON.stringify({
    keys: [
      { kty: 'oct', k: 'AAAA' },
      ...algorithms.map(kid => ({ ...pairs[kid].publicKey.export({ format: 'jwk' }), kid })),
    ],
  }),
)
await writeFile(
  pem,
  algorithms.map(name => pairs[name].publicKey.export({ type: 'spki', format: 'pem' })).join(''),
)

/** The start of every scene, in seconds. */
const now = Date.UTC(2011, 2, 1, 12) / 1_000
const claims = { iss: 'https://id.example', aud: 'montague', sub: 'romeo', exp: now + 300 }
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signature(alg: Algorithm, key: KeyObject, text: string): string {
  const hash = alg === 'EdDSA' ? null : 'sha256'
  const options = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return sign(hash, Buffer.from(text), options).toString('base64url')
}

function token(more: object = {}, header: object = {}, alg: Algorithm = 'ES256'): string {
  const text = `${part({ alg, ...header })}.${part({ ...claims, ...more })}`
  return `${text}.${signature(alg, pairs[alg].privateKey, text)}`
}

const message = (bearer: string, authzid = ''): string =>
  Buffer.from(
    `n,${authzid && `a=${authzid}`},\x01host=montague.example\x01auth=Bearer ${bearer}\x01\x01`,
  ).toString('base64')

function served(keys = jwks): Promise<Scene> {
  const settings = { enabled: true, keys, issuer: claims.iss, audience: claims.aud }
  return scene({ settings: { oauth: settings } })
}

/** Logs in by OAUTHBEARER. @returns the address, or how it failed */
async function answerTo(host: Scene, response: string): Promise<string> {
  const { peer } = await opened(host)
  await peer.sends(authenticate('OAUTHBEARER', response))
  const answer = await peer.takes()
  if (answer.name === 'success') return identifierIn(answer)
  if (answer.name !== 'challenge') return failureOf(answer)
  assert.equal(Buffer.from(textOf(answer), 'base64').toString(), '{"status":"invalid_token"}')
  await peer.sends(`<response xmlns='${NS}'>AQ==</response>`)
  return failureOf(await peer.takes())
}

test('tokens let nobody in unless the operator says so', async () => {
  await using host = await scene()
  const { features } = await opened(host)
  const offer = childOf(features, NS, 'authentication')
  assert.ok(offer && !childrenOf(offer, NS, 'mechanism').map(textOf).includes('OAUTHBEARER'))
  assert.equal(await answerTo(host, message(token())), 'failure invalid-mechanism')
})

for (const keys of [jwks, pem])
  for (const alg of algorithms)
    test(`a token signed by ${alg} lets its holder in, with keys in ${keys === pem ? 'PEM' : 'JSON'} (RFC 7628 §3.1)`, async () => {
      await using host = await served(keys)
      assert.equal(await answerTo(host, message(token({}, { kid: alg }, alg))), romeo)
    })

const good: readonly [what: string, response: string][] = [
  ['an address as subject', message(token({ sub: 'Romeo@Montague.Example' }))],
  ['several audiences', message(token({ aud: ['other', 'montague'] }))],
  ['the account as authorization identity', message(token(), romeo)],
  ['a clock that is a little behind', message(token({ exp: now - 59, nbf: now + 59 }))],
]
for (const [what, response] of good)
  test(`a token with ${what} is good`, async () => {
    await using host = await served()
    assert.equal(await answerTo(host, response), romeo)
  })

const unsigned = `${part({ alg: 'none' })}.${part(claims)}.`
const publicPem = pairs.RS256.publicKey.export({ type: 'spki', format: 'pem' })
const confused = `${part({ alg: 'HS256' })}.${part(claims)}`
const [head = '', , last = ''] = token().split('.')
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const foreign = `${part({ alg: 'ES256' })}.${part(claims)}`

const bad: readonly [what: string, bearer: string][] = [
  ['of another issuer', token({ iss: 'https://evil.example' })],
  ['for another audience', token({ aud: 'capulet' })],
  ['without audience', token({ aud: undefined })],
  ['that has ended', token({ exp: now - 60 })],
  ['without end', token({ exp: undefined })],
  ['that has not begun', token({ nbf: now + 61 })],
  ['of an account that does not exist', token({ sub: 'nobody' })],
  ['of another domain', token({ sub: 'romeo@capulet.example' })],
  ['without subject', token({ sub: undefined })],
  ['whose subject can be no name', token({ sub: 'a b/c' })],
  ['whose subject is no text', token({ sub: 5 })],
  ['that names another key', token({}, { kid: 'RS256' })],
  ['that asks for what is not understood', token({}, { crit: ['x'] })],
  ['that is not signed (RFC 8725 §3.1)', `${unsigned}AA`],
  [
    'signed with the public key as secret (RFC 8725 §2.1)',
    `${confused}.${createHmac('sha256', publicPem).update(confused).digest('base64url')}`,
  ],
  ['with other claims than were signed', `${head}.${part({ ...claims, sub: 'juliet' })}.${last}`],
  ['signed by a stranger', `${foreign}.${signature('ES256', stranger, foreign)}`],
  ['of two parts', token().split('.').slice(0, 2).join('.')],
  ['that is no JSON', 'AAAA.AAAA.AAAA'],
  ['beyond the limit', token({ more: 'x'.repeat(4_000) }).padEnd(6_200, 'A')],
]
for (const [what, bearer] of bad)
  test(`a token ${what} lets nobody in (RFC 7628 §3.2.2)`, async () => {
    await using host = await served()
    assert.equal(await answerTo(host, message(bearer)), 'failure not-authorized')
  })

for (const [what, text] of [
  ['channel binding', `p=tls-exporter,,\x01auth=Bearer ${token()}\x01\x01`],
  ['no end', `n,,\x01auth=Bearer ${token()}`],
  ['no token', 'n,,\x01host=a\x01\x01'],
  ['another kind of token', 'n,,\x01auth=Basic AAAA\x01\x01'],
] as const)
  test(`a message with ${what} is malformed (RFC 7628 §3.1)`, async () => {
    await using host = await served()
    assert.equal(await answerTo(host, Buffer.from(text).toString('base64')), 'failure malformed-request')
  })

test('a token lets its holder act as nobody else (RFC 6120 §6.5.6)', async () => {
  await using host = await served()
  assert.equal(await answerTo(host, message(token(), 'juliet@montague.example')), 'failure invalid-authzid')
})

test('a server that could not check tokens does not start', async () => {
  const settings = { enabled: true, keys: jwks, audience: 'a' }
  await assert.rejects(scene({ settings: { oauth: settings } }), /features\.oauth\.issuer is missing/)
  const gone = { ...settings, issuer: 'i', keys: join(folder, 'gone') }
  await assert.rejects(scene({ settings: { oauth: gone } }), /features\.oauth\.keys: .*gone cannot be used/)
  for (const text of ['', '{}', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AAAA"}]}'])
    assert.throws(() => readKeys(text), Error, text)
})

test('keys that change in the file change what is believed, within ten seconds', async () => {
  const file = join(folder, 'turning.pem')
  const write = (name: Algorithm): Promise<void> =>
    writeFile(file, pairs[name].publicKey.export({ type: 'spki', format: 'pem' }))
  await write('ES256')
  await using host = await served(file)
  const [old, young] = [message(token()), message(token({}, {}, 'EdDSA'))]
  assert.equal(await answerTo(host, young), 'failure not-authorized')
  await write('EdDSA')
  await host.advance(10_000)
  assert.equal(await answerTo(host, young), romeo)
  assert.equal(await answerTo(host, old), 'failure not-authorized')
  await writeFile(file, 'no key at all')
  await host.advance(10_000)
  assert.equal(await answerTo(host, young), romeo)
})

const withoutSasl2 = defaultFeatures.filter(({ needs, name }) => name !== 'sasl2' && !('sasl2' in needs))
const profiles = [
  ['the extensible profile (XEP-0388)', defaultFeatures],
  ['the profile of RFC 6120 §6', withoutSasl2],
] as const

function together(features: typeof defaultFeatures = defaultFeatures): Promise<World> {
  const settings = { enabled: true, keys: jwks, issuer: claims.iss, audience: claims.aud }
  return world({ features, settings: { oauth: settings } })
}

for (const [profile, features] of profiles) {
  test(`a client logs in by its token in ${profile} (RFC 7628 §3.1)`, async () => {
    await using it = await together(features)
    const client = await it.joins(romeo, { wires: { tls: true }, token: token() })
    assert.equal(client.mechanism, 'OAUTHBEARER')
    assert.equal(client.account, romeo)
  })

  test(`a client whose token is refused asks for another one, once, in ${profile} (RFC 7628 §3.2.3)`, async () => {
    await using it = await together(features)
    const stale = token({ exp: now - 600 })
    const refusals: (string | undefined)[] = []
    const client = await it.joins(romeo, {
      wires: { tls: true },
      token: async refused => {
        refusals.push(refused)
        return refused === undefined ? stale : token()
      },
    })
    assert.equal(client.state, 'online')
    assert.deepEqual(refusals, [undefined, stale])
    it.wires.at(-1)?.cut()
    await it.host.advance(60_000)
    assert.equal(client.state, 'online', 'asked anew at every login')
    assert.equal(refusals.length, 4)
  })

  for (const [what, given] of [
    ['a text', token({ exp: now - 600 })],
    ['always the same', () => token({ exp: now - 600 }, {}, 'EdDSA')],
    ['a new one each time', () => token({ exp: now - 600, more: Math.random() })],
  ] as const)
    test(`a token that stays refused ends the login: ${what}, in ${profile} (RFC 6120 §6.5.10)`, async () => {
      await using it = await together(features)
      await assert.rejects(it.joins(romeo, { wires: { tls: true }, token: given }), {
        name: 'AuthError',
        code: 'not-authorized',
        message: /Check the user name and the token/,
      })
    })

  test(`a token that is not to be had while coming back is tried again later, in ${profile}`, async () => {
    await using it = await together(features)
    let asked = 0
    const give = (): Promise<string> =>
      ++asked === 2 ? Promise.reject(new Error('the provider is away')) : Promise.resolve(token())
    const client = await it.joins(romeo, { wires: { tls: true }, token: give })
    const faults: string[] = []
    client.on('state', status => {
      if (status.state === 'offline') faults.push(status.error.message)
    })
    it.wires.at(-1)?.cut()
    await it.host.advance(120_000)
    assert.equal(client.state, 'online')
    assert.equal(asked, 3)
    assert.match(faults[1] ?? '', /no token to log in with: the provider is away/)
  })
}

test('a token with characters that could end it is not sent (RFC 6750 §2.1)', async () => {
  await using it = await together()
  for (const broken of ['', 'a b', 'a\x01host=evil'])
    await assert.rejects(it.joins(romeo, { wires: { tls: true }, token: broken }), {
      code: 'bad-credentials',
    })
  assert.doesNotMatch(it.host.transcript(), /<auth(enticate)? /)
})
