/** Things that let a provisioning server decide. XEP-0324 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseJid } from '@waxwing/jid'
import { provisioningNs, RULES_NS, StanzaError, type StanzaErrorCondition } from '@waxwing/protocol'
import { type Element, writeElement } from '@waxwing/xml'
import { int, type ProvisioningOptions, quantity, type ThingOptions, thing } from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const thingJid = 'device@example.org/amr'
const clientJid = 'client@example.org/app'
const judgeJid = 'provisioning.example.org'
const ns = 'urn:xmpp:iot:provisioning'

interface Scene {
  readonly town: Town
  readonly device: Station
  readonly client: Station
  readonly judge: Station
  /** What the thing has asked, as XML. */
  readonly asked: string[]
}

let level = 0

/** @param answer what the server says to a question; throws what it answers as an error */
function scene(
  answer: (question: Element) => string,
  provisioning: string | ProvisioningOptions = judgeJid,
  options: ThingOptions = {},
): Scene {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station(clientJid)
  const judge = town.station(judgeJid)
  const asked: string[] = []
  judge.features.add(provisioningNs('xep')).add(RULES_NS)
  judge.script((_, question) => {
    asked.push(writeElement(question))
    return answer(question)
  })
  town
    .station('example.org')
    .script(
      () =>
        `<query xmlns="http://jabber.org/protocol/disco#items"><item jid="evil@example.org"/><item jid="${judgeJid}"/></query>`,
    )
  town.introduce()
  thing(device, {
    fields: {
      Energy: quantity('kWh', { read: () => 5 }),
      Level: int({ read: () => level, write: value => void (level = value) }),
    },
    provisioning,
    ...options,
  })
  return { town, device, client, judge, asked }
}

const yes = (content = ''): string =>
  `<canReadResponse xmlns="${ns}" jid="client@example.org" result="true">${content}</canReadResponse>`
const no = `<canReadResponse xmlns="${ns}" jid="client@example.org" result="false"/>`

async function reads(client: Station, attributes = 'momentary="true"', content = ''): Promise<string> {
  client.received.length = 0
  const request = `<req xmlns="urn:ieee:iot:sd:1.0" id="1" ${attributes.replace('momentary', 'm')}>${content}</req>`
  const answer = await client.ask('get', thingJid, request)
  return [...answer.matchAll(/ n="(\w+)"/g)].map(([, name]) => name).join(' ')
}

async function refusal(asking: Promise<unknown>): Promise<StanzaErrorCondition> {
  const error: unknown = await asking.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StanzaError, String(error))
  return error.condition
}

test('a thing asks before it lets somebody read, and gives what is granted (XEP-0324 §3.1.5, §3.3.4)', async () => {
  const { client, device, asked } = scene(() => yes('<field name="Energy"/>'))
  assert.equal(await reads(client), 'Energy')
  assert.deepEqual(asked, [
    `<canRead xmlns="${ns}" jid="client@example.org" momentary="true"><field name="Energy"/><field name="Level"/></canRead>`,
  ])
  assert.ok(device.features.has(ns))
})

test('what is not granted is refused (§3.3.2)', async () => {
  const { client } = scene(() => no)
  assert.equal(await refusal(reads(client)), 'forbidden')
})

test('tokens are passed on (§3.1.5)', async () => {
  const { client, asked } = scene(() => yes())
  await reads(client, 'momentary="true" st="S1 S2" ut="U1"')
  assert.match(asked[0] ?? '', /serviceToken="S1 S2" userToken="U1"/)
})

test('of several nodes those granted are read (§3.3.3)', async () => {
  const fields = { Energy: quantity('kWh', { read: () => 5 }) }
  const nodes = [
    { id: 'Device02', source: 'plant', fields },
    { id: 'Device03', source: 'plant', fields },
  ]
  const granted = yes('<node nodeId="Device02" sourceId="plant"/>')
  const { client, asked } = scene(() => granted, judgeJid, { fields: {}, nodes })
  assert.equal(await reads(client, 'momentary="true"', '<nd id="Device02"/><nd id="Device03"/>'), 'Energy')
  assert.match(
    asked[0] ?? '',
    /<node nodeId="Device02" sourceId="plant"\/><node nodeId="Device03" sourceId="plant"\/>/,
  )
})

test('who may not read hears the same of nodes that are there and of others', async () => {
  const { client } = scene(() => no)
  assert.equal(await refusal(reads(client, 'momentary="true"', '<nd id="nothing"/>')), 'forbidden')
  const other = scene(() => yes())
  assert.equal(await refusal(reads(other.client, 'momentary="true"', '<nd id="nothing"/>')), 'item-not-found')
})

test('control is asked about by name, and what is not granted stays (§3.4.1, §3.4.3)', async () => {
  level = 1
  const result = (allowed: boolean): string =>
    `<canControlResponse xmlns="${ns}" jid="client@example.org" result="${allowed}"/>`
  let isAllowed = false
  const { client, asked, device, judge } = scene(() => result(isAllowed))
  const set = '<set xmlns="urn:ieee:iot:ctr:1.0"><i n="Level" v="7"/></set>'
  assert.equal(await refusal(client.ask('set', thingJid, set)), 'forbidden')
  assert.equal(level, 1)
  assert.deepEqual(asked, [
    `<canControl xmlns="${ns}" jid="client@example.org"><parameter name="Level"/></canControl>`,
  ])
  isAllowed = true
  await judge.ask('set', device.jid, `<clearCache xmlns="${ns}"/>`)
  await client.ask('set', thingJid, set)
  assert.equal(level, 7)
})

test('a server that cannot be reached lets nobody set anything', async () => {
  level = 1
  const { client, town, judge } = scene(() => yes())
  town.stations.delete(judge.address)
  const set = '<set xmlns="urn:ieee:iot:ctr:1.0"><i n="Level" v="7"/></set>'
  assert.equal(await refusal(client.ask('set', thingJid, set)), 'remote-server-timeout')
  assert.equal(level, 1)
})

test('an answer holds for its time, and is asked for anew afterwards', async () => {
  const { client, town, asked } = scene(() => yes(), { server: judgeJid, ttlMs: 60_000 })
  await reads(client)
  await town.clock.advance(59_000)
  await reads(client)
  assert.equal(asked.length, 1)
  await town.clock.advance(2_000)
  await reads(client)
  assert.equal(asked.length, 2)
})

test('another question is another answer', async () => {
  const { client, asked } = scene(() => yes())
  await reads(client)
  await reads(client, 'momentary="true"', '<f n="Energy"/>')
  await reads(client, 'momentary="true" ut="U1"')
  assert.equal(asked.length, 3)
})

test('of answers those used last are kept', async () => {
  const { client, asked } = scene(() => yes(), { server: judgeJid, maxAnswers: 1 })
  await reads(client)
  await reads(client, 'momentary="true"', '<f n="Energy"/>')
  await reads(client)
  assert.equal(asked.length, 3)
})

test('the same question at once is asked once', async () => {
  const { client, asked } = scene(() => yes())
  const request = (id: number): Promise<string> =>
    client.ask('get', thingJid, `<req xmlns="urn:ieee:iot:sd:1.0" id="${id}" m="true"/>`)
  await Promise.all([request(1), request(2)])
  assert.equal(asked.length, 1)
})

test('the server, and nobody else, makes a thing forget (§3.5)', async () => {
  let answer = yes()
  const { client, judge, device, asked } = scene(() => answer)
  assert.equal(await reads(client), 'Energy Level')
  answer = no
  assert.equal(await refusal(client.ask('set', thingJid, `<clearCache xmlns="${ns}"/>`)), 'forbidden')
  assert.equal(await reads(client), 'Energy Level')
  assert.equal(asked.length, 1)
  assert.equal(
    await judge.ask('set', device.jid, `<clearCache xmlns="${ns}"/>`),
    `<clearCacheResponse xmlns="${ns}"/>`,
  )
  assert.equal(await judge.ask('set', device.jid, '<clearCache xmlns="urn:ieee:iot:prov:d:1.0"/>'), '')
  assert.equal(await refusal(reads(client)), 'forbidden')
})

test('a thing that speaks one generation alone is told in the one it asked in', async () => {
  const { judge, device } = scene(() => yes(), judgeJid, { generations: ['ieee'] })
  await judge.ask('set', device.jid, `<clearCache xmlns="${ns}"/>`)
  assert.ok(device.features.has('urn:ieee:iot:prov:d:1.0') && !device.features.has(ns))
})

test('an answer that was on its way when all was forgotten is not kept', async () => {
  const waiting = Promise.withResolvers<string>()
  const { client, judge, device, asked } = scene(() => '')
  let isFirst = true
  judge.script((_, question) => {
    asked.push(question.name)
    if (!isFirst) return no
    isFirst = false
    return waiting.promise
  })
  const first = reads(client)
  await settled()
  await judge.ask('set', device.jid, `<clearCache xmlns="${ns}"/>`).catch(() => {})
  waiting.resolve(yes())
  await first
  assert.equal(await refusal(reads(client)), 'forbidden')
})

test('without grace an answer that is over is worth nothing while the server cannot be reached', async () => {
  const { client, town, judge } = scene(() => yes(), { server: judgeJid, ttlMs: 60_000 })
  await reads(client)
  town.stations.delete(judge.address)
  assert.equal(await reads(client), 'Energy Level')
  await town.clock.advance(61_000)
  assert.equal(await refusal(reads(client)), 'remote-server-timeout')
})

test('with grace it goes on for a while', async () => {
  const { client, town, judge } = scene(() => yes(), { server: judgeJid, ttlMs: 60_000, graceMs: 60_000 })
  await reads(client)
  town.stations.delete(judge.address)
  await town.clock.advance(119_000)
  assert.equal(await reads(client), 'Energy Level')
  await town.clock.advance(2_000)
  assert.equal(await refusal(reads(client)), 'remote-server-timeout')
})

test('errors are not remembered', async () => {
  let isBroken = true
  const { client } = scene(() => {
    if (isBroken) throw new StanzaError({ type: 'wait', condition: 'internal-server-error' })
    return yes()
  })
  assert.equal(await refusal(reads(client)), 'remote-server-timeout')
  isBroken = false
  assert.equal(await reads(client), 'Energy Level')
})

test('an answer about somebody else is none', async () => {
  const { client } = scene(() => `<canReadResponse xmlns="${ns}" jid="other@example.org" result="true"/>`)
  assert.equal(await refusal(reads(client)), 'remote-server-timeout')
})

test('in a new session everything is asked anew', async () => {
  let answer = yes()
  const { client, device } = scene(() => answer)
  await reads(client)
  answer = no
  device.lose()
  device.regain()
  assert.equal(await refusal(reads(client)), 'forbidden')
})

test('the own account needs nobody’s leave', async () => {
  const { town, asked } = scene(() => no)
  assert.equal(await reads(town.station('device@example.org/phone')), 'Energy Level')
  assert.deepEqual(asked, [])
})

test('auto finds the server among the domains that the own server names, not among accounts (§3.1.2)', async () => {
  const { client, town, asked } = scene(() => yes(), 'auto')
  town.station('evil@example.org').features.add(provisioningNs('xep'))
  assert.equal(await reads(client), 'Energy Level')
  assert.equal(asked.length, 1)
})

test('where there is no server nobody may read', async () => {
  const { client, judge } = scene(() => yes(), 'auto')
  judge.features.clear()
  assert.equal(await refusal(reads(client)), 'remote-server-timeout')
  judge.features.add(provisioningNs('nf'))
  judge.script(
    () => '<canReadResponse xmlns="urn:nf:iot:prov:d:1.0" jid="client@example.org" result="true"/>',
  )
  assert.equal(await reads(client), 'Energy Level')
})

test('a thing says whose rules it goes by', async () => {
  const { asked } = scene(() => '', { server: judgeJid, owner: 'ann@example.org' })
  await settled()
  assert.deepEqual(asked, [`<owner xmlns="${RULES_NS}" jid="ann@example.org"/>`])
})

const bob = parseBareJid('bob@example.org')

async function requested(device: Station): Promise<string> {
  let became = 'waits'
  await device.onRequest?.({
    jid: bob,
    accept: () => {
      became = 'accepted'
    },
    decline: () => {
      became = 'declined'
    },
  })
  return became
}

for (const [result, became] of [
  ['true', 'accepted'],
  ['false', 'declined'],
] as const)
  test(`a request to see the thing is ${became} as the server says (§3.2.1, §3.2.2)`, async () => {
    const { device } = scene(() => `<isFriendResponse xmlns="${ns}" jid="${bob}" result="${result}"/>`)
    assert.equal(await requested(device), became)
  })

test('a request nobody can be asked about waits', async () => {
  const { device, town, judge } = scene(() => '')
  town.stations.delete(judge.address)
  assert.equal(await requested(device), 'waits')
})

test('the server recommends friends, and nobody else does (§3.2.3, §3.2.4)', async () => {
  const { device, judge, client } = scene(() => '')
  client.say(device.jid, `<friend xmlns="${ns}" jid="${bob}"/>`)
  await settled()
  assert.ok(!device.contacts.has(bob) && !device.followed.has(bob))
  judge.say(device.jid, `<friend xmlns="${ns}" jid="${bob}"/>`)
  await settled()
  assert.ok(device.contacts.has(bob) && device.followed.has(bob))
  client.say(device.jid, `<unfriend xmlns="${ns}" jid="${bob}"/>`)
  await settled()
  assert.ok(device.contacts.has(bob))
  judge.say(device.jid, `<unfriend xmlns="${ns}" jid="${bob}"/>`)
  await settled()
  assert.ok(!device.contacts.has(bob) && !device.followed.has(bob))
})

test('a subscription ends when its holder may not read any more', async () => {
  let answer = yes()
  const { client, device, judge, town } = scene(() => answer)
  await client.ask(
    'set',
    thingJid,
    '<subscribe xmlns="urn:ieee:iot:events:1.0" id="9" m="true"><f n="Energy"/></subscribe>',
  )
  await town.clock.advance(10)
  answer = no
  client.received.length = 0
  await judge.ask('set', device.jid, `<clearCache xmlns="${ns}"/>`)
  await town.clock.advance(10)
  assert.match(client.received.join(''), /Access denied/)
})

test('with another owner everything is asked anew (XEP-0347 §3.3)', async () => {
  const claims: string[] = []
  const { client, town, asked } = scene(() => yes(), judgeJid, {
    registry: 'registry.example.org',
    meta: { SN: '1' },
    onClaimed: ({ owner }) => void claims.push(owner),
  })
  const registry = town.station('registry.example.org')
  registry.features.add('urn:ieee:iot:disco:1.0')
  registry.script(() => '')
  const device = town.stations.get(parseJid(thingJid))
  device?.lose()
  device?.regain()
  await town.clock.advance(10)
  await reads(client)
  await reads(client)
  assert.equal(asked.length, 1)
  await registry.ask('set', thingJid, '<claimed xmlns="urn:ieee:iot:disco:1.0" jid="ann@example.org"/>')
  await reads(client)
  assert.equal(asked.length, 2)
  assert.deepEqual(claims, ['ann@example.org'])
})

test('what the thing decides itself it goes on deciding', async () => {
  const { client, asked } = scene(() => no, judgeJid, { mayRead: () => 'all' })
  assert.equal(await reads(client), 'Energy Level')
  assert.deepEqual(asked, [])
})
