/** Tokens that stand for certificates: XEP-0324 §3.1.3. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { keyHolder } from '@waxwing/client-node'
import { Rules } from '@waxwing/protocol'
import { world } from '@waxwing/testkit'
import { NotAuthorizedError, quantity, read, thing, tokenFor } from '@waxwing/things'
import { elementsOf } from '@waxwing/xml'
import { asks, boiler, forgets, type House, house, ns, question, server, sets } from '../house-kit.test.ts'
import {
  answered,
  asksFor,
  fromBase64,
  holder,
  inBase64,
  makeKeys,
  pairs,
  puzzled,
  refused,
  solves,
  tokenOf,
  unfit,
} from './holder-kit.test.ts'

before(makeKeys)

const juliet = 'juliet@capulet.example'
const romeo = 'romeo@montague.example'

for (const tokenNs of [ns, 'urn:ieee:iot:prov:t:1.0', 'urn:nf:iot:prov:t:1.0', 'urn:nfi:iot:prov:t:1.0'])
  test(`who shows a certificate and its key gets a token in ${tokenNs} (§3.1.3.1)`, async () => {
    await using it = await house('')
    const puzzle = await answered(it.thing, asksFor(holder.certificate, tokenNs))
    assert.deepEqual([puzzle.ns, puzzle.name], [tokenNs, 'getTokenChallenge'])
    const solution = solves(puzzle.attrs.get('seqnr') ?? '', holder.open(fromBase64(puzzle)), tokenNs)
    const token = (await answered(it.thing, solution)).attrs.get('token') ?? ''
    assert.match(token, /^provisioning\.montague\.example:\S{22}$/)
    // The same certificate has the same token: rules that name it go on.
    assert.equal(await tokenOf(it.thing), token)
    if (tokenNs === ns) return
    const shown = await answered(it.owner, `<getCertificate xmlns='${tokenNs}' token='${token}'/>`)
    assert.deepEqual(fromBase64(shown), holder.certificate)
    await refused(it.owner, `<getCertificate xmlns='${tokenNs}' token='${token}x'/>`, 'item-not-found')
  })

test('a challenge is for who got it, once, for a minute (§3.1.3.1)', async () => {
  await using it = await house('')
  const { number, solution } = await puzzled(it.thing)
  await refused(it.owner, solves(number, solution), 'item-not-found')
  await refused(it.thing, solves(number, new Uint8Array(32)), 'bad-request', 'modify')
  await refused(it.thing, solves(number, solution), 'item-not-found')
  const next = await puzzled(it.thing)
  await it.host.advance(61_000)
  await refused(it.thing, solves(next.number, next.solution), 'item-not-found')
  await refused(it.thing, solves('x', solution), 'bad-request', 'modify')
})

for (const kind of ['over', 'not begun', 'of a short key', 'of a key for signatures alone'])
  test(`a certificate that is ${kind} has no token`, async () => {
    await using it = await house('')
    await refused(it.thing, asksFor(unfit.get(kind) ?? assert.fail()), 'not-acceptable', 'modify')
  })

test('what is no certificate has no token', async () => {
  await using it = await house('')
  await refused(it.thing, asksFor(new Uint8Array(99)), 'bad-request', 'modify')
  await refused(it.thing, asksFor(new Uint8Array(20_000)), 'bad-request', 'modify')
})

test('tokens outlive the server, go with their account, and end when nobody asks for them', async () => {
  await using it = await house('', { settings: { provisioning: { tokenLifetime: 600_000 } } })
  const token = await tokenOf(it.thing)
  await it.host.restart()
  const thing = await it.host.online(`${boiler}/cellar`)
  assert.equal(await tokenOf(thing), token)
  const certificate = `<getCertificate xmlns='urn:nf:iot:prov:t:1.0' token='${token}'/>`
  await answered(thing, certificate)
  await it.host.advance(600_000)
  await refused(thing, certificate, 'item-not-found')
  // Asked for again, it is another one.
  const next = await tokenOf(thing)
  assert.notEqual(next, token)
  const owner = await it.host.online('romeo@montague.example/orchard')
  const host = it.host.server.router.host('montague.example') ?? assert.fail('no host')
  await host.removeAccount(host.accounts.jidOf('boiler'))
  await refused(owner, certificate.replace(token, next), 'item-not-found')
})

test('tokens of one account are few, and end', async () => {
  const settings = { provisioning: { maxTokens: 0 } }
  await using it = await house('', { settings })
  const { number, solution } = await puzzled(it.thing)
  await refused(it.thing, solves(number, solution), 'resource-constraint', 'wait')
})

/** Somebody asks with a token, and proves it when the thing is challenged. */
async function reads(it: House, token: string, result: boolean, proof?: (sealed: Uint8Array) => string) {
  const content = "<field name='Energy'/>"
  await it.thing.sends(
    `<iq type='get' id='r' to='${server}'><canRead xmlns='${ns}' jid='${juliet}' momentary='true' deviceToken='${token}'>${content}</canRead></iq>`,
  )
  if (proof) {
    const asked = await it.thing.receives(
      `<iq type='get' from='${server}'><tokenChallenge xmlns='${ns}' token='${token}'>{any}</tokenChallenge></iq>`,
    )
    const [challenge] = asked.children.filter(child => typeof child === 'object')
    const sealed = fromBase64(challenge ?? assert.fail('no challenge'))
    await it.thing.sends(`<iq id='${asked.attrs.get('id')}' to='${server}' ${proof(sealed)}</iq>`)
  }
  await it.thing.receives(
    `<iq type='result' id='r'><canReadResponse xmlns='${ns}' jid='${juliet}' momentary='true' result='${result}'>${result ? content : ''}</canReadResponse></iq>`,
  )
}

const proven = (sealed: Uint8Array): string =>
  `type='result'><tokenChallengeResponse xmlns='${ns}'>${inBase64(holder.open(sealed))}</tokenChallengeResponse>`
const refusing = (): string =>
  "type='error'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
const guessing = (): string =>
  `type='result'><tokenChallengeResponse xmlns='${ns}'>${inBase64(new Uint8Array(32))}</tokenChallengeResponse>`

test('a token counts when it is proved, and then for a while (§3.1.3.2)', async () => {
  await using it = await house('', { settings: { provisioning: { proofLifetime: 60_000 } } })
  const token = await tokenOf(it.thing)
  await sets(it.owner, `own ${boiler}\nallow device "${token}" to read everything`)
  await reads(it, token, false, refusing)
  await reads(it, token, false, guessing)
  await reads(it, token, false, () => `type='result'><nonsense xmlns='urn:example'/>`)
  await reads(it, token, true, proven)
  await reads(it, token, true)
  await it.host.advance(61_000)
  await reads(it, token, true, proven)
  // Nobody is asked about a certificate that has ended.
  await it.host.advance(3_600_000)
  await reads(it, token, false)
})

test('tokens that are none of ours, or named by no rule, are not looked at', async () => {
  await using it = await house('allow device D1 to read everything')
  await reads(it, 'D1', false)
  await reads(it, await tokenOf(it.thing), false)
  const token = await tokenOf(it.thing)
  await it.owner.forgets()
  await sets(it.owner, `own ${boiler}\nallow user "${token}" to read everything`)
  await forgets(it.thing)
  // Shown as that of a device, it is not that of a user.
  await reads(it, token, false)
})

test('an owner is asked about the token, too, and the answer is about whoever proves it', async () => {
  await using it = await house('')
  const token = await tokenOf(it.thing)
  await it.owner.forgets()
  await reads(it, token, false)
  const asked = await question(it.owner)
  assert.equal(asked.attrs.get('dt'), token)
  const about = `jid='${boiler}' remoteJid='${juliet}' key='${asked.attrs.get('key')}' result='true'`
  const origin = `<partial><f n='Energy'/></partial><fromDevice token='${token}'/>`
  await asks(it.owner, 'set', `<canReadRule xmlns='${asked.ns}' ${about}>${origin}</canReadRule>`)
  await forgets(it.thing)
  await reads(it, token, true, proven)
})

test('rules that change while a token is proved count', async () => {
  await using it = await house('')
  const token = await tokenOf(it.thing)
  await sets(it.owner, `own ${boiler}\nallow device "${token}" to read everything`)
  await it.thing.sends(
    `<iq type='get' id='r' to='${server}'><canRead xmlns='${ns}' jid='${juliet}' deviceToken='${token}'/></iq>`,
  )
  const asked = await it.thing.receives(`<iq type='get' from='${server}'>{any}</iq>`)
  await sets(it.owner, `own ${boiler}\ndeny everyone to read everything`)
  await forgets(it.thing)
  const [challenge] = elementsOf(asked)
  const proof = proven(fromBase64(challenge ?? assert.fail('no challenge')))
  await it.thing.sends(`<iq id='${asked.attrs.get('id')}' to='${server}' ${proof}</iq>`)
  await it.thing.receives(
    `<iq type='result' id='r'><canReadResponse xmlns='${ns}' jid='${juliet}' result='false'/></iq>`,
  )
})

test('who does not answer a challenge makes the question fail: nothing is remembered of it', async () => {
  await using it = await house('')
  const token = await tokenOf(it.thing)
  await sets(it.owner, `own ${boiler}\nallow token "${token}" to read everything`)
  const question = `<canRead xmlns='${ns}' jid='${juliet}' userToken='${token}'/>`
  await it.thing.sends(`<iq type='get' id='r' to='${server}'>${question}</iq>`)
  await it.thing.receives(`<iq type='get' from='${server}'>{any}</iq>`)
  await it.host.advance(8_001)
  await it.thing.receivesError('iq', 'r', 'wait', 'remote-server-timeout')
})

test('an explanation takes a token as proved', async () => {
  await using it = await house('allow device "T1" to read everything')
  for (const [token, isAllowed] of [
    ['T1', true],
    ['T2', false],
  ] as const) {
    const explain = `<explain xmlns='${Rules.ns}' caller='${juliet}' verb='read' thing='${boiler}' tokens='${token}'/>`
    await it.owner.sends(`<iq type='get' id='e' to='${server}'>${explain}</iq>`)
    assert.equal((await it.owner.receivesResult('e'))?.attrs.get('allowed'), String(isAllowed))
  }
})

test('a key holder has the key of its certificate, and opens nothing else', () => {
  const [rsa = assert.fail(), curve = assert.fail()] = [pairs.get('RSA'), pairs.get('P-256')]
  assert.throws(() => keyHolder(rsa.certificate, curve.key), /not the key of the certificate/)
  assert.throws(() => keyHolder('nothing', curve.key))
  for (const { certificate, key } of [rsa, curve])
    for (const sealed of [new Uint8Array(0), new Uint8Array(16), new Uint8Array(300).fill(91)])
      assert.throws(() => keyHolder(certificate, key).open(sealed))
})

test('of challenges that nobody answers few wait', async () => {
  await using it = await house('')
  const token = await tokenOf(it.thing)
  await sets(it.owner, `own ${boiler}\nallow token "${token}" to read everything`)
  const asking = (caller: number): string =>
    `<iq type='get' id='r${caller}' to='${server}'><canRead xmlns='${ns}' jid='a${caller}@capulet.example' userToken='${token}'/></iq>`
  for (let caller = 0; caller < 33; caller++) await it.thing.sends(asking(caller))
  const heard = await it.thing.forgets()
  assert.equal(heard.filter(({ attrs }) => attrs.get('type') === 'get').length, 32)
  const [refused] = heard.filter(({ attrs }) => attrs.get('id') === 'r32')
  assert.equal(refused?.attrs.get('type'), 'error')
})

for (const kind of ['RSA', 'P-256'])
  test(`the library gets a token for a key of ${kind}, shows it, and proves it through the thing`, async () => {
    const { certificate, key } = pairs.get(kind) ?? assert.fail()
    const own = keyHolder(certificate, key)
    await using it = await world()
    const boss = await it.joins('romeo@montague.example/orchard')
    const device = await it.joins(`${boiler}/cellar`)
    const app = await it.joins('juliet@montague.example/app')
    const thief = await it.joins('tybalt@montague.example/street')
    const token = await it.waitsFor(tokenFor(app, own))
    const text = `own ${boiler}\nallow device "${token}" to read everything\nallow everyone to befriend everything`
    await it.waitsFor(boss.iq.set(Rules, server, { text }, undefined))
    thing(device, {
      fields: { Energy: quantity('kWh', { read: () => 5 }) },
      provisioning: { server, owner: romeo },
    })
    for (const client of [app, thief]) await it.waitsFor(client.roster.request(boiler))
    const values = async (client: typeof app): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const field of read(client, boiler, { tokens: { device: [token] } }))
        if (field.kind === 'quantity') found.push(`${field.name} ${field.text}`)
      return found
    }
    await assert.rejects(it.waitsFor(values(thief)), NotAuthorizedError)
    assert.deepEqual(await it.waitsFor(values(app)), ['Energy 5'])
    await assert.rejects(it.waitsFor(values(thief)), NotAuthorizedError)
  })
