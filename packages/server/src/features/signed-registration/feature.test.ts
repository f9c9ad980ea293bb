/** Registration with signed forms: XEP-0348. */
import assert from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import {
  DataForm,
  plainSignatures,
  signatureBase,
  signatureEscape,
  signatureKey,
  signatureMethods,
  valueOf,
} from '@waxwing/protocol'
import { authenticate, type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, readWire, writeWire } from '@waxwing/xml'
import { Secret } from '../../config/secret.ts'

const domain = 'montague.example'
const registerNs = 'jabber:iq:register'
const formType = 'urn:xmpp:xdata:signature:oauth1'

const acme = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })

const keys = new Map<string, object>([
  ['acme', { secret: new Secret('s3cr&t'), publicKey: acme.publicKey, accounts: 2 }],
  ['rival', { publicKey: other.publicKey, accounts: 2 }],
  ['nobody', { accounts: 2 }],
])

const factory = (more: object = {}, requiresTls = true): Promise<Scene> =>
  scene({ settings: { 'signed-registration': { keys, ...more } }, login: { requiresTls } })

interface Device {
  readonly peer: Peer
  readonly form: DataForm
}

async function device(host: Scene, tls = true): Promise<Device> {
  const peer = host.raw({ tls })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<iq type='get' id='g' to='${domain}'><query xmlns='${registerNs}'/></iq>`)
  const query = await peer.receivesResult('g')
  const found = query && childOf(query, 'jabber:x:data', 'x')
  return { peer, form: readWire(DataForm, found ?? assert.fail('no form')) }
}

interface Signing {
  /** Goes in before the signature. */
  readonly wrong?: Record<string, string>
  /** Goes in behind it. */
  readonly forged?: Record<string, string>
  readonly secret?: string
  readonly privateKey?: KeyObject
  readonly escapes?: boolean
}

/** Fills the form in and signs it. */
function signed(
  form: DataForm,
  username: string,
  { wrong = {}, forged = {}, secret = 's3cr&t', privateKey = acme.privateKey, escapes = true }: Signing = {},
): string {
  const values: Record<string, string> = {
    FORM_TYPE: formType,
    username,
    password: 'pw',
    oauth_version: '1.0',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_token: valueOf(form, 'oauth_token') ?? '',
    oauth_token_secret: valueOf(form, 'oauth_token_secret') ?? '',
    oauth_nonce: 'n0nce',
    oauth_timestamp: String(Date.UTC(2011, 2, 1, 12, 0, 0) / 1000),
    oauth_consumer_key: 'acme',
    ...wrong,
  }
  const formOf = (all: Record<string, string>): DataForm => ({
    type: 'submit',
    fields: Object.entries(all).map(([name, value]) => ({ var: name, values: [value] })),
  })
  const tokenSecret = values['oauth_token_secret'] ?? ''
  const base = signatureBase(formOf(values), domain)
  const escaped = (signature: string): string => (escapes ? signatureEscape(signature) : signature)
  const signatures: Record<string, () => string> = {
    'HMAC-SHA1': () =>
      escaped(createHmac('sha1', signatureKey(secret, tokenSecret)).update(base).digest('base64')),
    'RSA-SHA1': () => escaped(createSign('sha1').update(base).sign(privateKey, 'base64')),
    PLAINTEXT: () => plainSignatures(secret, tokenSecret)[escapes ? 0 : 1],
  }
  const signature = signatures[values['oauth_signature_method'] ?? '']?.() ?? ''
  const filled = formOf({ ...values, oauth_signature: signature, ...forged })
  return `<iq type='set' id='r' to='${domain}'><query xmlns='${registerNs}'>${writeWire(DataForm, filled)}</query></iq>`
}

test('without keys no signature is asked for, and registration stays closed', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<iq type='get' id='g'><query xmlns='${registerNs}'/></iq>`)
  await peer.receivesStreamError('not-authorized')
})

test('the form has what is needed to sign it, new for each connection (XEP-0348 §2)', async () => {
  await using host = await factory()
  const [{ form }, { form: other }] = [await device(host), await device(host)]
  assert.equal(valueOf(form, 'FORM_TYPE'), formType)
  assert.equal(valueOf(form, 'oauth_version'), '1.0')
  assert.equal(valueOf(form, 'oauth_signature_method'), 'HMAC-SHA1')
  assert.notEqual(valueOf(form, 'oauth_token_secret'), valueOf(other, 'oauth_token_secret'))
  assert.ok(form.fields?.some(({ var: name, type }) => name === 'oauth_signature' && type === 'hidden'))
})

for (const method of signatureMethods)
  for (const escapes of [true, false])
    test(`a device gets its account by ${method}, ${escapes ? 'as the text has it' : 'as in OAuth itself'} (XEP-0348 §2.5, §3.1)`, async () => {
      await using host = await factory({ plaintext: true })
      const { peer, form } = await device(host)
      await peer.sends(signed(form, 'thing1', { escapes, wrong: { oauth_signature_method: method } }))
      await peer.receives(`<iq type='result' id='r' from='${domain}'/>`)
      await authenticate(host.raw({ tls: true }), `to='${domain}' version='1.0'`, 'thing1', 'pw')
    })

test('who has only public keys offers the method for them (XEP-0348 §2.1)', async () => {
  await using host = await factory({
    keys: new Map([['rival', { publicKey: other.publicKey, accounts: 1 }]]),
  })
  const { form } = await device(host)
  assert.equal(valueOf(form, 'oauth_signature_method'), 'RSA-SHA1')
})

test('PLAINTEXT is taken where a setting says so, and over TLS alone (XEP-0348 §6.1)', async () => {
  const wrong = { oauth_signature_method: 'PLAINTEXT' }
  for (const [plaintext, tls] of [
    [false, true],
    [true, false],
  ] as const) {
    await using host = await factory({ plaintext }, tls)
    const { peer, form } = await device(host, tls)
    await peer.sends(signed(form, 'thing1', { wrong }))
    await peer.receivesError('iq', 'r', 'modify', 'bad-request')
    // Everything else is taken in the clear, where the server allows that.
    await peer.sends(signed(form, 'thing1'))
    await peer.receivesResult('r')
  }
})

const rsa = { oauth_signature_method: 'RSA-SHA1' }
const plain = { oauth_signature_method: 'PLAINTEXT' }

const invalid: readonly [what: string, options: Signing, settings?: object][] = [
  ['of another secret', { secret: 'guess' }],
  ['of a key nobody gave', { wrong: { oauth_consumer_key: 'acne' } }],
  ['over another name', { forged: { username: 'other' } }],
  ['of a moment long gone', { wrong: { oauth_timestamp: '1' } }],
  ['of no moment', { wrong: { oauth_timestamp: 'now' } }],
  ['for another connection', { wrong: { oauth_token: 'x' } }],
  ['without a nonce', { wrong: { oauth_nonce: '' } }],
  ['with a nonce without end', { wrong: { oauth_nonce: 'n'.repeat(257) } }],
  ['in the clear', { wrong: plain }],
  ['by a method nobody knows', { forged: { oauth_signature_method: 'HMAC-MD5' } }],
  ['that is none', { forged: { oauth_signature: '%' } }],
  ['of another version', { wrong: { oauth_version: '2.0' } }],
  ['by the RSA key of another maker', { wrong: rsa, privateKey: other.privateKey }],
  ['of one maker in the name of another', { wrong: { ...rsa, oauth_consumer_key: 'rival' } }],
  ['by RSA over another name', { wrong: rsa, forged: { username: 'other' } }],
  ['by RSA for another connection', { wrong: { ...rsa, oauth_token: 'x' } }],
  ['by RSA of a moment long gone', { wrong: { ...rsa, oauth_timestamp: '1' } }],
  ['by RSA of a maker without a key', { wrong: { ...rsa, oauth_consumer_key: 'nobody' } }],
  ['by RSA that is called one by a secret', { wrong: rsa, forged: { oauth_signature_method: 'HMAC-SHA1' } }],
  // Who knows the public key cannot make a secret of it.
  ['by the empty secret of a maker who has none', { wrong: { oauth_consumer_key: 'rival' }, secret: '' }],
  ['by the empty secret of nobody', { wrong: { oauth_consumer_key: 'acne' }, secret: '' }],
  ['in the clear, of another secret', { wrong: plain, secret: 'guess' }, { plaintext: true }],
  [
    'in the clear, by the empty secret of a maker who has none',
    { wrong: { ...plain, oauth_consumer_key: 'rival' }, secret: '' },
    { plaintext: true },
  ],
  [
    'in the clear, of another connection',
    { wrong: { ...plain, oauth_token_secret: 'x' } },
    { plaintext: true },
  ],
]
for (const [what, options, settings] of invalid)
  test(`a signature ${what} is bad-request (XEP-0348 §3.1)`, async () => {
    await using host = await factory(settings)
    const { peer, form } = await device(host)
    await peer.sends(signed(form, 'thing1', options))
    await peer.receivesError('iq', 'r', 'modify', 'bad-request')
  })

test('a form without signature makes no account where registration is closed', async () => {
  await using host = await factory()
  const { peer, form } = await device(host)
  await peer.sends(signed(form, 'thing1', { forged: { oauth_signature: '' } }))
  await peer.receivesError('iq', 'r', 'cancel', 'not-allowed')
})

test('a signed form cannot be sent again from elsewhere', async () => {
  await using host = await factory()
  const { peer, form } = await device(host)
  const text = signed(form, 'thing1')
  await peer.sends(text)
  await peer.receivesResult('r')
  const { peer: thief } = await device(host)
  await thief.sends(text)
  await thief.receivesError('iq', 'r', 'modify', 'bad-request')
})

test('a key makes as many accounts as it may, over restarts; failures do not count', async () => {
  await using host = await factory()
  const make = async (name: string): Promise<string | undefined> => {
    const { peer, form } = await device(host)
    await peer.sends(signed(form, name))
    return (await peer.takes()).attrs.get('type')
  }
  assert.equal(await make('thing1'), 'result')
  assert.equal(await make('thing1'), 'error')
  await host.restart()
  assert.equal(await make('thing2'), 'result')
  assert.equal(await make('thing3'), 'error')
})

test('a form is good once: the same moment and nonce again are not (RFC 5849 §3.3)', async () => {
  await using host = await factory()
  const { peer, form } = await device(host)
  const text = signed(form, 'thing1')
  await peer.sends(text)
  await peer.receivesResult('r')
  for (const [again, condition] of [
    [text, 'bad-request'],
    [signed(form, 'thing2'), 'bad-request'],
  ] as const) {
    await peer.sends(again)
    await peer.receivesError('iq', 'r', 'modify', condition)
  }
  await peer.sends(signed(form, 'thing2', { wrong: { oauth_nonce: 'another' } }))
  await peer.receivesResult('r')
})

test('who tries keys on one connection has to come again', async () => {
  await using host = await factory()
  const { peer, form } = await device(host)
  for (let n = 0; n < 32; n++) {
    await peer.sends(signed(form, 'thing1', { secret: `guess ${n}` }))
    await peer.receivesError('iq', 'r', 'modify', 'bad-request')
  }
  await peer.sends(signed(form, 'thing1'))
  await peer.receivesError('iq', 'r', 'wait', 'resource-constraint')
})
