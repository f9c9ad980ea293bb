import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { test } from 'node:test'
import { encodeBase64 } from './base64.ts'
import type { SaslCrypto, ScramHash } from './crypto.ts'
import { type ScramBinding, ScramInitiator } from './scram-initiator.ts'
import { deriveScramKeys, type StoredKeys } from './scram-keys.ts'
import { offerHash, scramVariant } from './scram-offer.ts'
import { ScramResponder, type ScramResponderOptions } from './scram-responder.ts'
import { webCrypto } from './web-crypto.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data)
const algorithm = (hash: ScramHash): string => hash.replace('-', '').toLowerCase()

const nodeCrypto: SaslCrypto = {
  hash: (hash, data) => createHash(algorithm(hash)).update(data).digest(),
  hmac: (hash, key, data) => createHmac(algorithm(hash), key).update(data).digest(),
  pbkdf2: (hash, password, salt, iterations) => {
    const size = createHash(algorithm(hash)).digest().length
    return pbkdf2Sync(password, salt, iterations, size, algorithm(hash))
  },
  randomBytes: size => new Uint8Array(size).fill(7),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
}

interface Vector {
  readonly source: string
  readonly hash: ScramHash
  readonly clientNonce: string
  readonly serverNonce: string
  readonly salt: string
  readonly messages: readonly [string, string, string, string]
}

const vectors: readonly Vector[] = [
  {
    source: 'RFC 5802 §5',
    hash: 'SHA-1',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    salt: 'QSXCR+Q6sek8bf92',
    messages: [
      'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    ],
  },
  {
    source: 'RFC 7677 §3',
    hash: 'SHA-256',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    messages: [
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    ],
  },
  sha512Vector(),
]

/** Computed here from the definitions of RFC 5802 §3, without any code under test. */
function sha512Vector(): Vector {
  const [clientNonce, serverNonce, salt] = ['abcdefgh', 'ijklmnop', 'AAECAwQFBgcICQoLDA0ODw==']
  const hmac = (key: Buffer, data: string): Buffer => createHmac('sha512', key).update(data).digest()
  const salted = pbkdf2Sync('pencil', Buffer.from(salt, 'base64'), 4096, 64, 'sha512')
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash('sha512').update(clientKey).digest()
  const bare = `n=user,r=${clientNonce}`
  const first = `r=${clientNonce}${serverNonce},s=${salt},i=4096`
  const withoutProof = `c=biws,r=${clientNonce}${serverNonce}`
  const authMessage = `${bare},${first},${withoutProof}`
  const signature = hmac(storedKey, authMessage)
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))
  const final = `${withoutProof},p=${proof.toString('base64')}`
  const verifier = hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')
  const messages = [`n,,${bare}`, first, final, `v=${verifier}`] as const
  return { source: 'computed by node:crypto', hash: 'SHA-512', clientNonce, serverNonce, salt, messages }
}

function responder(
  hash: ScramHash,
  keys: StoredKeys,
  more: Partial<ScramResponderOptions> = {},
): ScramResponder {
  return new ScramResponder({
    crypto: nodeCrypto,
    hash,
    isPlus: false,
    offersPlus: false,
    binding: () => undefined,
    domain: 'example.org',
    lookup: username => (username === 'user' ? keys : undefined),
    secret: bytes('a secret of this server'),
    iterations: 4096,
    ...more,
  })
}

function keysFor(
  hash: ScramHash,
  password = 'pencil',
  salt = 'W22ZaJ0SNY7soEsUEjb6gQ==',
): Promise<StoredKeys> {
  return deriveScramKeys(nodeCrypto, bytes(password), Buffer.from(salt, 'base64'), 4096, hash)
}

for (const { source, hash, clientNonce, serverNonce, salt, messages } of vectors) {
  const [clientFirst, serverFirst, clientFinal, serverFinal] = messages
  for (const [name, crypto] of Object.entries({ nodeCrypto, webCrypto: webCrypto() })) {
    test(`a client with ${name} speaks SCRAM-${hash} as the example does (${source})`, async () => {
      const newNonce = (): string => clientNonce
      const binding = { flag: 'n' } as const
      const client = new ScramInitiator({
        crypto,
        hash,
        username: 'user',
        password: 'pencil',
        binding,
        newNonce,
      })
      assert.equal(client.mechanism, `SCRAM-${hash}`)
      assert.equal(text(client.start()), clientFirst)
      assert.equal(text(await client.respond(bytes(serverFirst))), clientFinal)
      client.succeed(bytes(serverFinal))
    })
  }

  test(`a server answers SCRAM-${hash} at once, as the example does (${source})`, async () => {
    const server = responder(hash, await keysFor(hash, 'pencil', salt), { newNonce: () => serverNonce })
    assert.deepEqual(server.receive(bytes(clientFirst)), { kind: 'challenge', data: bytes(serverFirst) })
    const last = { kind: 'success', username: 'user', data: bytes(serverFinal) }
    assert.deepEqual(server.receive(bytes(clientFinal)), last)
  })
}

test('channel binding, the hash over the offer and an extension: the example of XEP-0474 §6.3', async () => {
  const offer = {
    mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'],
    bindings: ['tls-server-end-point', 'tls-exporter'],
  }
  assert.equal(await offerHash(webCrypto(), 'SHA-1', offer), 'G6k/rBLDqgOhRRaCuuatSDFkJ08=')
  const server = responder('SHA-1', await keysFor('SHA-1', 'pencil', 'QSXCR+Q6sek8bf92'), {
    isPlus: true,
    offersPlus: true,
    offer,
    binding: type => (type === 'tls-exporter' ? bytes('THIS IS FAKE CB DATA') : undefined),
    newNonce: () => 'a09117a6-ac50-4f2f-93f1-93799c2bddf6',
  })
  const nonce = '12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6'
  const whole = `${nonce}a09117a6-ac50-4f2f-93f1-93799c2bddf6`
  assert.deepEqual(server.receive(bytes(`p=tls-exporter,,n=user,r=${nonce}`)), {
    kind: 'challenge',
    data: bytes(`r=${whole},s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=`),
  })
  const final =
    `c=cD10bHMtZXhwb3J0ZXIsLFRISVMgSVMgRkFLRSBDQiBEQVRB,r=${whole},` +
    'x=19C6532F-1CF4-4A27-A18D-DC9CEA41BBB3,p=M/SIDjT+dfcxUh89jZEypRvFxB4='
  assert.deepEqual(server.receive(bytes(final)), {
    kind: 'success',
    username: 'user',
    data: bytes('v=MQrMPvv7yv4x4Cq4W4Ih25EqS2c='),
  })
})

const bindingData: Readonly<Record<string, Uint8Array>> = {
  'tls-exporter': new Uint8Array(32).fill(1),
  'tls-server-end-point': new Uint8Array(48).fill(2),
}

for (const type of Object.keys(bindingData)) {
  for (const mechanism of ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS', 'SCRAM-SHA-512-PLUS']) {
    test(`${mechanism} logs in over ${type} (RFC 5802 §6, RFC 9266, RFC 5929 §4)`, async () => {
      const variant = scramVariant(mechanism)
      assert.ok(variant?.isPlus)
      const data = bindingData[type] ?? assert.fail()
      const client = newClient(variant.hash, { flag: 'p', type, data })
      assert.equal(client.mechanism, mechanism)
      const server = plusResponder(variant.hash, await keysFor(variant.hash))
      assert.deepEqual(await login(client, server), { kind: 'success', username: 'user' })
    })
  }
}

test('binding to another connection is refused (RFC 5802 §6)', async () => {
  const keys = await keysFor('SHA-256')
  const other = { flag: 'p', type: 'tls-exporter', data: new Uint8Array(32).fill(9) } as const
  const outcome = await login(newClient('SHA-256', other), plusResponder('SHA-256', keys))
  assert.deepEqual(outcome, { kind: 'failure', condition: 'not-authorized' })
})

function plusResponder(hash: ScramHash, keys: StoredKeys): ScramResponder {
  return responder(hash, keys, { isPlus: true, offersPlus: true, binding: type => bindingData[type] })
}

function newClient(hash: ScramHash, binding: ScramBinding, more: object = {}): ScramInitiator {
  return new ScramInitiator({
    crypto: nodeCrypto,
    hash,
    username: 'User',
    password: 'pencil',
    binding,
    ...more,
  })
}

/** Runs a login to its end; a success is checked by the client, too. */
async function login(client: ScramInitiator, server: ScramResponder): Promise<object> {
  const first = await server.receive(client.start())
  if (first.kind !== 'challenge') return first
  const last = await server.receive(await client.respond(first.data))
  if (last.kind !== 'success') return last
  client.succeed(last.data)
  return { kind: 'success', username: last.username }
}

test('a bare address of oneself is the only authorization identity (RFC 6120 §6.3.8, §6.5.6)', async () => {
  const keys = await keysFor('SHA-256')
  const rows = [
    ['user@example.org', { kind: 'success', username: 'user' }],
    ['User@Example.Org', { kind: 'success', username: 'user' }],
    ['other@example.org', { kind: 'failure', condition: 'invalid-authzid' }],
    ['user@example.net', { kind: 'failure', condition: 'invalid-authzid' }],
    ['user@example.org/a', { kind: 'failure', condition: 'invalid-authzid' }],
    ['user', { kind: 'failure', condition: 'invalid-authzid' }],
    ['a=b,c@', { kind: 'failure', condition: 'invalid-authzid' }],
  ] as const
  for (const [authzid, outcome] of rows) {
    const client = newClient('SHA-256', { flag: 'n' }, { authzid })
    assert.deepEqual(await login(client, responder('SHA-256', keys)), outcome, authzid)
  }
})

test('names with commas and equals signs come through (RFC 5802 §5.1)', async () => {
  const keys = await keysFor('SHA-1')
  const asked: string[] = []
  const lookup = (username: string): StoredKeys => {
    asked.push(username)
    return keys
  }
  const client = newClient('SHA-1', { flag: 'n' }, { username: 'A=2C,=3D' })
  assert.deepEqual(await login(client, responder('SHA-1', keys, { lookup })), {
    kind: 'success',
    username: 'a=2c,=3d',
  })
  assert.deepEqual(asked, ['a=2c,=3d'])
})

test('an account that does not exist looks like one with a wrong password (RFC 6120 §6.5.10)', async () => {
  const keys = await keysFor('SHA-256')
  const stranger = (): ScramInitiator => newClient('SHA-256', { flag: 'n' }, { username: 'nobody' })
  const challenges = ['', ''].map(() => {
    const step = responder('SHA-256', keys).receive(stranger().start())
    assert.ok(!(step instanceof Promise) && step.kind === 'challenge')
    return text(step.data)
  })
  assert.equal(challenges[0], challenges[1])
  assert.match(challenges[0] ?? '', /,s=[A-Za-z0-9+/]{22}==,i=4096$/)
  const refused = { kind: 'failure', condition: 'not-authorized' }
  assert.deepEqual(await login(stranger(), responder('SHA-256', keys)), refused)
  const wrong = newClient('SHA-256', { flag: 'n' }, { password: 'pen' })
  assert.deepEqual(await login(wrong, responder('SHA-256', keys)), refused)
})

test('a login waits where lookup or cryptography do (RFC 5802 §3)', async () => {
  const keys = await keysFor('SHA-512')
  const server = responder('SHA-512', keys, { crypto: webCrypto(), lookup: async () => keys })
  assert.deepEqual(await login(newClient('SHA-512', { flag: 'n' }), server), {
    kind: 'success',
    username: 'user',
  })
})

test('a client without initial response is asked for one (RFC 6120 §6.4.2)', async () => {
  const server = responder('SHA-1', await keysFor('SHA-1'))
  assert.deepEqual(server.receive(undefined), { kind: 'challenge', data: new Uint8Array() })
  assert.deepEqual(await login(newClient('SHA-1', { flag: 'n' }), server), {
    kind: 'success',
    username: 'user',
  })
})

test('SASLprep serves accounts of older servers (RFC 5802 §5.1, RFC 4013)', async () => {
  const keys = await keysFor('SHA-1', 'IX')
  const saslprep = newClient(
    'SHA-1',
    { flag: 'n' },
    { username: 'user', password: '\u2168', preparation: 'saslprep' },
  )
  assert.deepEqual(await login(saslprep, responder('SHA-1', keys)), { kind: 'success', username: 'user' })
  const precis = newClient('SHA-1', { flag: 'n' }, { password: '\u2168' })
  assert.deepEqual(await login(precis, responder('SHA-1', keys)), {
    kind: 'failure',
    condition: 'not-authorized',
  })
})

test('a signature that comes as a challenge counts (RFC 5802 §5)', async () => {
  const server = responder('SHA-1', await keysFor('SHA-1'))
  const client = newClient('SHA-1', { flag: 'n' })
  const first = await server.receive(client.start())
  assert.ok(first.kind === 'challenge')
  const last = await server.receive(await client.respond(first.data))
  assert.ok(last.kind === 'success' && last.data)
  assert.equal(encodeBase64(await client.respond(last.data)), '')
  client.succeed(undefined)
})
