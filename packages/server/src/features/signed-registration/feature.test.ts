/** Registration with signed forms: XEP-0348. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { DataForm, signatureBase, signatureEscape, signatureKey, valueOf } from '@waxwing/protocol'
import { authenticate, type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, readWire, writeWire } from '@waxwing/xml'
import { Secret } from '../../config/secret.ts'

const domain = 'montague.example'
const registerNs = 'jabber:iq:register'
const formType = 'urn:xmpp:xdata:signature:oauth1'

const factory = (): Promise<Scene> =>
  scene({
    settings: {
      'signed-registration': { keys: new Map([['acme', { secret: new Secret('s3cr&t'), accounts: 2 }]]) },
    },
  })

interface Device {
  readonly peer: Peer
  readonly form: DataForm
}

async function device(host: Scene): Promise<Device> {
  const peer = host.raw({ tls: true })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<iq type='get' id='g' to='${domain}'><query xmlns='${registerNs}'/></iq>`)
  const query = await peer.receivesResult('g')
  const found = query && childOf(query, 'jabber:x:data', 'x')
  return { peer, form: readWire(DataForm, found ?? assert.fail('no form')) }
}

/** Fills the form in and signs it. `wrong` goes in before the signature, `forged` behind it. */
function signed(
  form: DataForm,
  username: string,
  {
    wrong = {},
    forged = {},
    secret = 's3cr&t',
    escapes = true,
  }: {
    wrong?: Record<string, string>
    forged?: Record<string, string>
    secret?: string
    escapes?: boolean
  } = {},
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
  const key = signatureKey(secret, values['oauth_token_secret'] ?? '')
  const signature = createHmac('sha1', key)
    .update(signatureBase(formOf(values), domain))
    .digest('base64')
  const filled = formOf({
    ...values,
    oauth_signature: escapes ? signatureEscape(signature) : signature,
    ...forged,
  })
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

for (const escapes of [true, false])
  test(`a device with a signed form gets its account; the signature ${escapes ? 'is' : 'is not'} escaped (XEP-0348 §3.1)`, async () => {
    await using host = await factory()
    const { peer, form } = await device(host)
    await peer.sends(signed(form, 'thing1', { escapes }))
    await peer.receives(`<iq type='result' id='r' from='${domain}'/>`)
    await authenticate(host.raw({ tls: true }), `to='${domain}' version='1.0'`, 'thing1', 'pw')
  })

const invalid: readonly [what: string, options: Parameters<typeof signed>[2]][] = [
  ['of another secret', { secret: 'guess' }],
  ['of a key nobody gave', { wrong: { oauth_consumer_key: 'acne' } }],
  ['over another name', { forged: { username: 'other' } }],
  ['of a moment long gone', { wrong: { oauth_timestamp: '1' } }],
  ['of no moment', { wrong: { oauth_timestamp: 'now' } }],
  ['for another connection', { wrong: { oauth_token: 'x' } }],
  ['without a nonce', { wrong: { oauth_nonce: '' } }],
  ['in the clear', { wrong: { oauth_signature_method: 'PLAINTEXT' } }],
  ['that is none', { forged: { oauth_signature: '%' } }],
]
for (const [what, options] of invalid)
  test(`a signature ${what} is bad-request (XEP-0348 §3.1)`, async () => {
    await using host = await factory()
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
