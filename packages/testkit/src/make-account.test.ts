/** Programs that make their own account, against a whole server. XEP-0077, XEP-0348, XEP-0445. */
import assert from 'node:assert/strict'
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import {
  type AccountOptions,
  type Connector,
  makeAccount,
  PolicyError,
  parseInvitation,
} from '@waxwing/client'
import { StanzaError } from '@waxwing/protocol'
import { invitations } from '@waxwing/server'
import type { TransportOwner } from '@waxwing/stream'
import { type World, world } from './index.ts'
import type { SceneOptions } from './server-options.ts'

const domain = 'montague.example'

const keys = new Map([['acme', { secret: { reveal: () => 's3cr&t' }, accounts: 2 }]])

async function theatre(settings: SceneOptions['settings'] = {}): Promise<World> {
  return world({ settings })
}

/** Makes an account over a wire with TLS. */
async function makes(it: World, options: Partial<AccountOptions> = {}): Promise<string> {
  const { platform } = await it.prepares(`romeo@${domain}`)
  const connector = it.connector({ tls: true })
  const account = makeAccount({
    domain,
    username: 'lamp',
    password: 'pw',
    connector,
    platform,
    ...options,
  })
  return it.waitsFor(account)
}

async function invitation(it: World, username?: string): Promise<string> {
  const desk = it.host.server.router.host(domain)?.apiOf(invitations)
  return (await desk?.toAccount({ username }))?.uri ?? assert.fail('no invitations')
}

const refusal = (condition: string) => (error: unknown) =>
  error instanceof StanzaError && error.condition === condition

test('where anybody may register, an account is made and logs in (XEP-0077 §3.1)', async () => {
  await using it = await theatre({ registration: { open: true } })
  assert.equal(await makes(it), `lamp@${domain}`)
  const lamp = await it.joins(`lamp@${domain}`, { password: 'pw' })
  assert.equal(lamp.state, 'online')
})

test('where nobody may register, that is said before a password is sent', async () => {
  await using it = await theatre()
  await assert.rejects(makes(it), (error: unknown) => error instanceof PolicyError)
  assert.doesNotMatch(it.host.transcript(), /<password>/)
})

test('a name that is taken is refused (XEP-0077 §3.1.1)', async () => {
  await using it = await theatre({ registration: { open: true } })
  await assert.rejects(makes(it, { username: 'romeo' }), refusal('conflict'))
})

test('an invitation makes one account (XEP-0445 §4)', async () => {
  await using it = await theatre()
  const { token, ...rest } = parseInvitation(await invitation(it))
  assert.deepEqual(rest, { domain, username: undefined })
  assert.equal(await makes(it, { token }), `lamp@${domain}`)
  await assert.rejects(makes(it, { token, username: 'other' }), (error: unknown) => error instanceof Error)
})

test('a token that nobody gave is refused (XEP-0445 §4)', async () => {
  await using it = await theatre()
  await invitation(it)
  await assert.rejects(makes(it, { token: 'guess' }), refusal('item-not-found'))
})

test('an invitation may say the name (XEP-0401 §6.2)', async () => {
  await using it = await theatre()
  const { username, token } = parseInvitation(await invitation(it, 'boiler'))
  assert.equal(username, 'boiler')
  await assert.rejects(makes(it, { token }), refusal('not-acceptable'))
  assert.equal(await makes(it, { token, username }), `boiler@${domain}`)
})

test('a device signs the form with the key of its maker (XEP-0348 §2, §3)', async () => {
  await using it = await theatre({ 'signed-registration': { keys } })
  const signedBy = { name: 'acme', secret: 's3cr&t' }
  assert.equal(await makes(it, { signedBy }), `lamp@${domain}`)
  await assert.rejects(
    makes(it, { username: 'b', signedBy: { ...signedBy, secret: 'guess' } }),
    refusal('bad-request'),
  )
  await assert.rejects(makes(it, { username: 'b' }), refusal('not-allowed'))
  assert.equal(await makes(it, { username: 'b', signedBy }), `b@${domain}`)
})

test('a maker signs by RSA, wherever its key is (XEP-0348 §2.5)', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const globex = new Map([['globex', { publicKey, accounts: 2 }]])
  await using it = await theatre({ 'signed-registration': { keys: globex } })
  const signs = (key: KeyObject) => async (text: Uint8Array) => createSign('sha1').update(text).sign(key)
  assert.equal(await makes(it, { signedBy: { name: 'globex', sign: signs(privateKey) } }), `lamp@${domain}`)
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await assert.rejects(
    makes(it, { username: 'b', signedBy: { name: 'globex', sign: signs(other.privateKey) } }),
    refusal('bad-request'),
  )
  await assert.rejects(
    makes(it, { username: 'b', signedBy: { name: 'globex', secret: 'guess' } }),
    refusal('bad-request'),
  )
})

test('a server without signed forms is told apart (XEP-0348)', async () => {
  await using it = await theatre({ registration: { open: true } })
  const signedBy = { name: 'acme', secret: 's3cr&t' }
  await assert.rejects(makes(it, { signedBy }), /takes no signed forms/)
})

test('fields of a form keep what they have, whatever they are called', async () => {
  await using it = await theatre({ 'signed-registration': { keys } })
  const strange = ['constructor', '__proto__', 'toString']
  const fields = strange.map(name => `<field var='${name}' type='hidden'><value>as it was</value></field>`)
  const usual = it.connector({ tls: true })
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()]
  const connector: Connector = {
    async connect(request) {
      const connection = await usual.connect(request)
      const own = (owner: TransportOwner): void =>
        connection.own({
          received: chunk =>
            owner.received(
              encoder.encode(decoder.decode(chunk).replace('</x></query>', `${fields.join('')}$&`)),
            ),
          secured: () => owner.secured(),
          disconnected: reason => owner.disconnected(reason),
        })
      return { ...connection, own }
    },
  }
  assert.equal(await makes(it, { connector, signedBy: { name: 'acme', secret: 's3cr&t' } }), `lamp@${domain}`)
  const sent = it.host.transcript().replaceAll('"', "'")
  for (const name of strange)
    assert.match(sent, new RegExp(`<field var='${name}'[^>]*><value>as it was</value>`))
})

test('nothing is asked without TLS (XEP-0077 §9)', async () => {
  await using it = await theatre({ registration: { open: true } })
  await makes(it, { connector: it.connector() })
  const [before = '', ...after] = it.host.transcript().split('<proceed')
  assert.equal(after.length, 1)
  assert.doesNotMatch(before, /jabber:iq:register/)
})

test('a server that says nothing is given up, and a signal ends the waiting', async () => {
  await using it = await theatre({ registration: { open: true } })
  const silent = { connect: () => new Promise<never>(() => {}) }
  await assert.rejects(
    makes(it, { connector: silent, timeoutMs: 1_000 }),
    /There was no stream .* within 1 s/,
  )
  const signal = AbortSignal.abort(new Error('enough'))
  await assert.rejects(makes(it, { connector: silent, signal }), /enough/)
})

const links: readonly [text: string, wanted: Error | object][] = [
  ['xmpp:example.org?register;preauth=t', { domain: 'example.org', username: undefined, token: 't' }],
  ['xmpp:lamp@example.org?register;preauth=t', { domain: 'example.org', username: 'lamp', token: 't' }],
  ['xmpp:you@example.org?roster;preauth=t;ibr=y', { domain: 'example.org', username: undefined, token: 't' }],
]
for (const [text, wanted] of links)
  test(`${text} is an invitation (XEP-0401 §3, XEP-0445 §3.2)`, () => {
    assert.deepEqual(parseInvitation(text), wanted)
  })

for (const text of [
  'xmpp:example.org?register',
  'xmpp:you@example.org?roster;preauth=t',
  'https://x',
  'hello',
])
  test(`${text} is no invitation`, () => {
    assert.throws(() => parseInvitation(text))
  })
