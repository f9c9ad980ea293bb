import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { exampleCrypto } from '../initiator-kit.test.ts'
import type { SaslCondition } from './exchange.ts'
import { HashedTokenInitiator, HashedTokenResponder } from './hashed-token.ts'

const crypto = exampleCrypto()
const domain = 'example.org'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const none = new Uint8Array()

interface Server {
  readonly tokens?: readonly string[]
  readonly binding?: Uint8Array
  readonly fault?: SaslCondition
}

function responder({ tokens = ['old', 'new'], binding = none, fault }: Server = {}) {
  const accepted: string[] = []
  const sasl = new HashedTokenResponder({
    crypto,
    domain,
    binding,
    candidates: username => (username === 'user' ? tokens.map(token => ({ token })) : []),
    accept: (username, { token }) => {
      accepted.push(`${username} ${token}`)
      return fault
    },
  })
  return { sasl, accepted }
}

const initiator = (token: string, binding: Uint8Array = none, username = 'user') =>
  HashedTokenInitiator.make({ crypto, mechanism: 'HT-SHA-256-NONE', username, token, binding })

test('both sides prove that they know the token (HT, XEP-0484 §3.4)', async () => {
  for (const binding of [none, bytes('cb data')]) {
    const client = await initiator('new', binding)
    const said = client.start()
    const proof = createHmac('sha256', 'new').update('Initiator').update(binding).digest()
    assert.deepEqual(said, Uint8Array.from(Buffer.concat([Buffer.from('user\0'), proof])))
    const { sasl, accepted } = responder({ binding })
    const step = await sasl.receive(said)
    assert.equal(step.kind, 'success')
    assert.deepEqual(accepted, ['user new'])
    await client.succeed(step.kind === 'success' ? step.data : undefined)
  }
})

test('a server that does not know the token is not believed', async () => {
  const client = await initiator('new')
  for (const data of [
    undefined,
    none,
    new Uint8Array(32),
    createHmac('sha256', 'new').update('Initiator').digest(),
  ])
    await assert.rejects(async () => client.succeed(data), { condition: 'server-not-proven' })
  assert.throws(() => client.respond(), { condition: 'malformed-challenge' })
})

const refused: readonly [what: string, said: () => Promise<Uint8Array>, server: Server, condition: string][] =
  [
    ['a wrong token', async () => (await initiator('x')).start(), {}, 'not-authorized'],
    [
      'another binding',
      async () => (await initiator('new', bytes('a'))).start(),
      { binding: bytes('b') },
      'not-authorized',
    ],
    ['no account', async () => (await initiator('new', none, 'nobody')).start(), {}, 'not-authorized'],
    [
      'no name an account can have',
      async () => (await initiator('new', none, 'a@b/c')).start(),
      {},
      'not-authorized',
    ],
    [
      'a token not good any more',
      async () => (await initiator('new')).start(),
      { fault: 'credentials-expired' },
      'credentials-expired',
    ],
    ['no name', async () => Uint8Array.from([0, ...new Uint8Array(32)]), {}, 'malformed-request'],
    ['a short proof', async () => bytes('user\0short'), {}, 'malformed-request'],
    ['no proof', async () => bytes('user'), {}, 'malformed-request'],
    [
      'a name that is no UTF-8',
      async () => Uint8Array.from([0xff, 0, ...new Uint8Array(32)]),
      {},
      'malformed-request',
    ],
    ['a name without end', async () => new Uint8Array(2_000).fill(97), {}, 'malformed-request'],
  ]

for (const [what, said, server, condition] of refused)
  test(`${what} is refused with ${condition}`, async () => {
    const { sasl } = responder(server)
    assert.deepEqual(await sasl.receive(await said()), { kind: 'failure', condition })
  })

test('without initial response there is nothing to wait for (XEP-0484 §3.1)', async () => {
  assert.equal((await responder().sasl.receive(undefined)).kind, 'failure')
})
