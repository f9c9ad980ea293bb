/** Tokens on their way from hand to hand: XEP-0324 §3.1.3.2, §6.2. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { StanzaError, type StanzaErrorCondition } from '@waxwing/protocol'
import { base64, textOf } from '@waxwing/xml'
import { type KeyHolder, NotSupportedError, quantity, read, thing, tokenFor } from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'
import { TokenDesk } from './token-desk.ts'

const judgeJid = 'provisioning.example.org'
const t = 'urn:nf:iot:prov:t:1.0'
const d = 'urn:nf:iot:prov:d:1.0'
const tokens = { service: [], device: ['T1'], user: [] }
const sealed = base64.format(Uint8Array.of(1, 2, 3))
const opened = base64.format(Uint8Array.of(2, 3, 4))
const challenge = `<tokenChallenge xmlns="${t}" token="T1">${sealed}</tokenChallenge>`
const proof = `<tokenChallengeResponse xmlns="${t}">${opened}</tokenChallengeResponse>`

/** Keys of a kind that is easily seen through. */
const holder: KeyHolder = {
  certificate: Uint8Array.of(9),
  open: bytes => {
    if (bytes.length !== 3) throw new Error('not for me')
    return bytes.map(byte => byte + 1)
  },
}

interface Scene {
  readonly town: Town
  readonly app: Station
  readonly device: Station
  readonly judge: Station
  readonly stranger: Station
}

function scene(): Scene {
  const town = new Town()
  const app = town.station('app@example.org/1')
  const device = town.station('device@example.org/amr')
  const stranger = town.station('stranger@example.net/x')
  const judge = town.station(judgeJid)
  judge.features.add(t).add(d)
  town.introduce()
  return { town, app, device, judge, stranger }
}

/** Challenges as who decides does, before it answers. */
function challenging({ judge, device }: Scene): string[] {
  const proofs: string[] = []
  judge.script(async (_, { name, attrs }) => {
    if (name !== 'canRead') return ''
    const jid = attrs.get('jid') ?? ''
    const said = await judge.ask('get', device.jid, challenge).catch(conditionOf)
    proofs.push(`${jid} ${said}`)
    return `<canReadResponse xmlns="${d}" jid="${jid}" result="${said === proof}"/>`
  })
  return proofs
}

function conditionOf(error: unknown): StanzaErrorCondition {
  assert.ok(error instanceof StanzaError, String(error))
  return error.condition
}

const refusal = (asking: Promise<unknown>): Promise<unknown> => asking.then(() => 'not refused', conditionOf)

test('a token is asked for, and the key shown (§3.1.3.1)', async () => {
  const { app, judge } = scene()
  const asked: string[] = []
  judge.script((_, question) => {
    const { name, attrs } = question
    asked.push(`${name} ${attrs.get('seqnr') ?? ''} ${textOf(question)}`)
    if (name === 'getToken') return `<getTokenChallenge xmlns="${t}" seqnr="7">${sealed}</getTokenChallenge>`
    return `<getTokenResponse xmlns="${t}" token="T1"/>`
  })
  assert.equal(await tokenFor(app, holder, { server: judgeJid }), 'T1')
  assert.deepEqual(asked, ['getToken  CQ==', `getTokenChallengeResponse 7 ${opened}`])
  judge.features.clear()
  await assert.rejects(tokenFor(app, holder, { server: judgeJid }), NotSupportedError)
})

test('a challenge is answered to who was shown the token in the last minute, and to nobody else (§3.1.3.2)', async () => {
  const { town, app, device, stranger } = scene()
  const desk = TokenDesk.of(app)
  desk.hold('T1', holder)
  const asks = (from: Station, text = challenge): Promise<string> => from.ask('get', app.jid, text)
  assert.equal(await refusal(asks(device)), 'forbidden')
  desk.shown(['T1'], device.address)
  assert.equal(await asks(device), proof)
  assert.equal(await refusal(asks(stranger)), 'forbidden')
  assert.equal(await refusal(asks(device, challenge.replace('T1', 'T2'))), 'forbidden')
  assert.equal(await refusal(asks(device, challenge.replace(sealed, 'AQ=='))), 'bad-request')
  await town.clock.advance(61_000)
  assert.equal(await refusal(asks(device)), 'forbidden')
})

test('a thing passes a challenge on to who showed it the token (§3.1.3.2)', async () => {
  const it = scene()
  const proofs = challenging(it)
  thing(it.device, { fields: { Energy: quantity('kWh', { read: () => 5 }) }, provisioning: judgeJid })
  TokenDesk.of(it.app).hold('T1', holder)
  const found: string[] = []
  for await (const field of read(it.app, it.device.jid, { tokens })) found.push(field.kind)
  assert.deepEqual(found, ['quantity'])
  assert.deepEqual(proofs, [`app@example.org ${proof}`])
})

test('who shows the token of somebody else proves nothing, also while they ask', async () => {
  const it = scene()
  const proofs = challenging(it)
  thing(it.device, { fields: { Energy: quantity('kWh', { read: () => 5 }) }, provisioning: judgeJid })
  TokenDesk.of(it.app).hold('T1', holder)
  const readsAs = async (client: Station): Promise<string> => {
    try {
      for await (const _ of read(client, it.device.jid, { tokens })) return 'read'
    } catch (error) {
      return error instanceof Error ? error.name : String(error)
    }
    return 'nothing'
  }
  const [thief, app] = await Promise.all([readsAs(it.stranger), readsAs(it.app)])
  assert.deepEqual([thief, app], ['NotAuthorizedError', 'read'])
  assert.deepEqual(proofs, ['stranger@example.net forbidden', `app@example.org ${proof}`])
})

test('what somebody shows us and we show on is proved by them, unless two have shown it', async () => {
  const { app, device, stranger, judge } = scene()
  TokenDesk.of(app).hold('T1', holder)
  TokenDesk.of(app).shown(['T1'], device.address)
  const between = TokenDesk.of(device)
  await between.inNameOf(app.address, tokens, async () => {})
  between.shown(['T1'], judge.address)
  assert.equal(await judge.ask('get', device.jid, challenge), proof)
  await between.inNameOf(stranger.address, tokens, async () => {})
  assert.equal(await refusal(judge.ask('get', device.jid, challenge)), 'forbidden')
})

test('a challenge that comes round again goes no further', async () => {
  const { app, device, judge } = scene()
  for (const [one, other] of [
    [app, device],
    [device, app],
  ] as const) {
    await TokenDesk.of(one).inNameOf(other.address, tokens, async () => {})
    TokenDesk.of(one).shown(['T1'], other.address)
  }
  TokenDesk.of(device).shown(['T1'], parseJid(judgeJid))
  assert.equal(await refusal(judge.ask('get', device.jid, challenge)), 'forbidden')
  await settled()
})
