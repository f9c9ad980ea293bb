/** Listening to what nodes say to their devices. IEEE 1451.99, concentrators */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorFormat, type Sniff } from '@waxwing/protocol'
import { parseElement, readWire } from '@waxwing/xml'
import { ConcentratorError, concentrator, type SniffNews, type ThingOptions } from '../index.ts'
import { settled } from '../stations.test.ts'
import { asked, during, gatewayJid, outcomeOf, type Plant, plant, wholeOf } from './plant.test.ts'

const src = 'MeteringTopology'
const m1 = { id: 'm1', src }

/** A plant whose first meter can be listened to. */
function line(options: ThingOptions = {}): Plant {
  const it = plant(options)
  it.source.node('m1')?.update({ isSniffable: true })
  return it
}

function register(it: Plant, attributes: Record<string, string> = {}): Promise<string> {
  return it.client.ask('set', gatewayJid, asked('nf', 'registerSniffer', { ...m1, ...attributes }))
}

function heardBy({ client }: Plant): readonly Sniff[] {
  const { sniff } = concentratorFormat('nf')
  return client.received
    .filter(text => text.startsWith('<sniff'))
    .map(text => readWire(sniff, parseElement(text)))
}

for (const generation of ['ieee', 'nf', 'nfi'] as const)
  test(`what a node says to its device is heard as it is said, in ${generation}`, async () => {
    const it = line()
    const node = it.source.node('m1')
    node?.sniffed('tx', 'before')
    const gw = concentrator(it.client, gatewayJid, { generation, source: src })
    const { isSniffable } = await gw.node('m1').info()
    assert.deepEqual([isSniffable, node?.isSniffed], [true, false])
    const sniffing = await gw.node('m1').sniff()
    assert.deepEqual([node?.isSniffed, it.gateway.sniffers], [true, 1])
    assert.equal(sniffing.expires?.toISOString(), '2024-06-01T13:00:00.000Z')
    node?.sniffed('tx', new Uint8Array([1, 3, 0]))
    node?.sniffed('rx', new Uint8Array([1, 3, 2]))
    node?.sniffed('info', '<It answers> & is well')
    await it.town.clock.advance(500)
    node?.sniffed('error', 'It is silent.')
    const heard: string[] = []
    for await (const one of sniffing) {
      heard.push(`${one.at.text} ${one.kind} ${'data' in one ? one.data.join(' ') : one.text}`)
      if (heard.length === 3) await it.town.clock.advance(500)
      if (heard.length === 4) break
    }
    assert.deepEqual(heard, [
      '2024-06-01T12:00:00Z txBin 1 3 0',
      '2024-06-01T12:00:00Z rxBin 1 3 2',
      '2024-06-01T12:00:00Z info <It answers> & is well',
      '2024-06-01T12:00:00.500Z error It is silent.',
    ])
    await settled()
    assert.deepEqual([node?.isSniffed, it.gateway.sniffers, it.town.faults], [false, 0, []])
  })

test('nodes that are looked up can be listened to as well', async () => {
  const it = plant()
  const archive = it.gateway.source('Archive', {
    lazy: { node: ({ id }) => ({ id, isSniffable: true }), children: () => [] },
  })
  const sniffing = await concentrator(it.client, gatewayJid, { source: 'Archive' }).node('x').sniff()
  assert.ok(archive.isSniffed({ id: 'x' }) && !archive.isSniffed({ id: 'y' }))
  archive.sniffed({ id: 'x' }, 'warning', new Uint8Array([171]))
  archive.sniffed({ id: 'y' }, 'info', 'not heard')
  const { value } = await during(it.town, sniffing[Symbol.asyncIterator]().next())
  assert.deepEqual([value?.kind, value && 'text' in value && value.text], ['warning', 'ab'])
})

test('a sniffer ends by itself, at the latest when the concentrator wants, and its holder is told', async () => {
  const it = line({ limits: { snifferMs: 10_000, longestSnifferMs: 20_000 } })
  const node = concentrator(it.client, gatewayJid, { source: src }).node('m1')
  const short = await node.sniff()
  const long = await node.sniff({ until: new Date('2030-01-01T00:00:00Z') })
  assert.deepEqual(
    [short.expires, long.expires].map(one => one?.getTime()),
    [10_000, 20_000].map(ms => it.town.clock.wall() + ms),
  )
  const all = async (sniffing: AsyncIterable<SniffNews>): Promise<number> => {
    let count = 0
    for await (const _ of sniffing) count++
    return count
  }
  const [first, second] = [all(short), all(long)]
  await it.town.clock.advance(10_000)
  assert.equal(await first, 0)
  it.source.node('m1')?.sniffed('info', 'x')
  await it.town.clock.advance(10_000)
  assert.deepEqual([await second, it.gateway.sniffers], [1, 0])
  assert.equal(await outcomeOf(register(it, { expires: '2024-01-01T00:00:00Z' })), 'bad-request')
})

test('who went away, and whom nothing reaches, listens no more', async () => {
  const it = line()
  await register(it)
  it.town.leave(it.client)
  assert.equal(it.gateway.sniffers, 0)
  const other = line()
  await register(other)
  other.client.say(
    gatewayJid,
    `<sniff xmlns='urn:nf:iot:concentrator:1.0' snifferId='x' timestamp='2024-06-01T12:00:00Z'/>`,
    'error',
  )
  await settled()
  assert.equal(other.gateway.sniffers, 0)
})

for (const [what, act] of [
  ['was removed', (it: Plant) => it.source.node('m1')?.remove()],
  ['has another id', (it: Plant) => it.source.node('m1')?.update({ id: 'm9' })],
] as const)
  test(`a node that ${what} is listened to no more`, async () => {
    const it = line()
    await register(it)
    act(it)
    await it.town.clock.advance(1000)
    assert.deepEqual(
      heardBy(it).map(({ events }) => events),
      [[{ kind: 'expired' }]],
    )
    assert.equal(it.gateway.sniffers, 0)
  })

test('whose right is taken back hears nothing more of what is said', async () => {
  let may = true
  const it = line({ mayManage: () => may })
  await register(it)
  it.source.node('m1')?.sniffed('tx', 'one')
  await it.town.clock.advance(1000)
  may = false
  it.source.node('m1')?.sniffed('tx', 'secret')
  await it.town.clock.advance(1000)
  assert.deepEqual(
    heardBy(it).map(({ events }) => events),
    [[{ kind: 'tx', text: 'one' }], [{ kind: 'expired' }]],
  )
})

test('a flood is told in order, without what does not fit, and without filling the line', async () => {
  const it = line({ limits: { waitingSniffs: 100, snifferEventBytes: 10, answerSize: 1000 } })
  await register(it)
  for (let n = 0; n < 1_000; n++) it.source.node('m1')?.sniffed('tx', `${n} ${'x'.repeat(100_000)}`)
  await it.town.clock.advance(2000)
  const heard = heardBy(it)
  const [first, ...events] = heard.flatMap(one => one.events)
  assert.deepEqual(first, { kind: 'warning', text: '900 events before were left out: there were too many.' })
  assert.equal(events.length, 100)
  assert.ok(events.every(one => 'text' in one && one.text.length === 11))
  assert.ok(heard.length > 3 && it.client.received.every(text => text.length < 3000))
})

test('sniffers are limited for each and in all', async () => {
  const it = line({ limits: { sniffers: 2, allSniffers: 3 } })
  const other = it.town.station('client@example.org/phone')
  const third = it.town.station('client@example.org/pad')
  const by = (station: typeof other): Promise<string> =>
    outcomeOf(station.ask('set', gatewayJid, asked('nf', 'registerSniffer', m1)))
  const outcomes = []
  for (const one of [it.client, it.client, it.client, other, third]) outcomes.push(await by(one))
  const tooMany = 'resource-constraint'
  assert.deepEqual(outcomes, ['OK', 'OK', tooMany, 'OK', tooMany])
  it.gateway.close()
  assert.equal(it.gateway.sniffers, 0)
})

test('a sniffer of somebody else is not there, to the letter', async () => {
  const it = line()
  const [, snifferId = ''] = /snifferId="(\w+)"/.exec(await register(it)) ?? []
  const other = it.town.station('client@example.org/phone')
  const by = (station: typeof other, id: string, node: Record<string, string> = m1): Promise<string> =>
    wholeOf(station.ask('set', gatewayJid, asked('nf', 'unregisterSniffer', { ...node, snifferId: id })))
  const unknown = await by(other, 'nothing')
  assert.equal(await by(other, snifferId), unknown)
  assert.equal(await by(it.client, snifferId, { id: 'm2', src }), unknown)
  assert.equal(await by(it.client, '__proto__'), unknown)
  assert.equal(it.gateway.sniffers, 1)
  assert.equal(await by(it.client, snifferId), '')
  assert.equal(it.gateway.sniffers, 0)
})

const refused: readonly [what: string, options: ThingOptions, node: string, condition: string][] = [
  [
    'who may not change it',
    { mayManage: ({ operation }) => operation !== 'registerSniffer' },
    'm1',
    'forbidden',
  ],
  ['what nobody can listen to', {}, 'm2', 'feature-not-implemented'],
  ['what is hidden', { maySee: ({ node }) => node?.id !== 'm1' }, 'm1', 'item-not-found'],
  ['what is not there', {}, 'x', 'item-not-found'],
]
for (const [what, options, id, condition] of refused)
  test(`nobody listens to a node: ${what}`, async () => {
    const it = line(options)
    const listening = concentrator(it.client, gatewayJid, { source: src }).node(id).sniff()
    await assert.rejects(listening, (error: unknown) => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(
        error instanceof ConcentratorError ? error.condition : 'feature-not-implemented',
        condition,
      )
      return true
    })
    assert.equal(it.gateway.sniffers, 0)
  })

test('only those are told of sniffing who may do it, where there is something to listen to', async () => {
  const can = async (it: Plant): Promise<boolean> =>
    (await concentrator(it.client, gatewayJid).capabilities()).has('registerSniffer')
  assert.deepEqual(
    [await can(plant()), await can(line()), await can(line({ mayManage: () => false }))],
    [false, true, false],
  )
})
