/** Subscriptions to a thing, over its restarts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generations, hasEvents, stanzaError } from '@waxwing/protocol'
import { memoryHistory, thing, watch } from '../index.ts'
import { type Station, settled } from '../stations.test.ts'
import { type Scene, scene, subscription, thingJid, toldTo } from './restart-kit.test.ts'

for (const generation of generations.filter(hasEvents))
  test(`who has subscribed is told of changes by the next process as well, in ${generation}`, async () => {
    const it = scene()
    it.start()
    await it.client.ask('set', thingJid, subscription(generation))
    await it.town.clock.advance(1500)
    toldTo(it)
    it.kill()
    it.state.temperature = 21
    const { served } = it.start()
    await it.town.clock.advance(1500)
    assert.deepEqual([toldTo(it), served.subscriptions], [['21'], 1])
    it.state.temperature = 22
    await it.town.clock.advance(1500)
    assert.deepEqual([toldTo(it), it.town.faults], [['22'], []])
  })

test('a subscription is kept before it is confirmed, and not confirmed when it cannot be', async () => {
  const writes: (() => void)[] = []
  let isBroken = false
  const kept = memoryHistory()
  const it = scene({
    read: (series, range) => kept.read(series, range),
    write: async (changes, how) => {
      if (isBroken) throw new Error('The disk is full')
      assert.deepEqual(how, { durable: true })
      await new Promise<void>(resolve => writes.push(resolve))
      await kept.write(changes)
    },
  })
  const { served } = it.start()
  const answer = it.client.ask('set', thingJid, subscription('nf'))
  let isAnswered = false
  void answer.then(() => (isAnswered = true))
  await it.town.clock.advance(5_000)
  assert.deepEqual([isAnswered, toldTo(it), writes.length], [false, [], 1])
  writes.shift()?.()
  await answer
  isBroken = true
  await assert.rejects(it.client.ask('set', thingJid, subscription('nf', 's2', "<f n='x'/>")), {
    condition: 'internal-server-error',
  })
  // What stood before stands.
  assert.deepEqual([served.subscriptions, it.town.faults.length > 0], [1, true])
})

const endings: readonly [what: string, end: (it: Scene, device: Station) => unknown][] = [
  ['was ended', it => it.client.ask('set', thingJid, `<unsubscribe xmlns='urn:nf:iot:events:1.0' id='s1'/>`)],
  ['came back', it => it.client.say(thingJid, "<resp xmlns='urn:nf:iot:sd:1.0' id='s1'/>", 'error')],
  [
    'was replaced, and the other one ended',
    async it => {
      await it.client.ask('set', thingJid, subscription('nf', 's2'))
      await it.client.ask('set', thingJid, `<unsubscribe xmlns='urn:nf:iot:events:1.0' id='s2'/>`)
    },
  ],
]
for (const [what, end] of endings)
  test(`a subscription that ${what} is over in the next process, too`, async () => {
    const it = scene()
    const { device } = it.start()
    await it.client.ask('set', thingJid, subscription('nf'))
    await it.town.clock.advance(1500)
    await end(it, device)
    await settled()
    it.kill()
    const { served } = it.start()
    await it.town.clock.advance(5_000)
    toldTo(it)
    assert.equal(served.subscriptions, 0)
  })

test('a thing that closes in order keeps what it has promised', async () => {
  const it = scene()
  const { served } = it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  await it.town.clock.advance(1500)
  await served[Symbol.asyncDispose]()
  it.kill()
  const next = it.start()
  await it.town.clock.advance(1500)
  assert.equal(next.served.subscriptions, 1)
})

test('rights are asked again: who may not read any more is told so, and no value', async () => {
  const it = scene()
  it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  await it.town.clock.advance(1500)
  it.kill()
  it.client.received.length = 0
  const { served } = it.start({ mayRead: () => 'none' })
  await it.town.clock.advance(1500)
  assert.match(it.client.received.join(), /Access denied/)
  assert.deepEqual([toldTo(it), served.subscriptions], [[], 0])
  it.kill()
  const next = it.start()
  await it.town.clock.advance(1500)
  assert.equal(next.served.subscriptions, 0)
})

test('whoever decides about reading may come back later than the thing', async () => {
  const it = scene()
  it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  await it.town.clock.advance(1500)
  it.kill()
  toldTo(it)
  let isThere = false
  const mayRead = (): 'all' => {
    if (isThere) return 'all'
    throw stanzaError('remote-server-timeout')
  }
  it.start({ mayRead })
  await it.town.clock.advance(60_000)
  assert.deepEqual(toldTo(it), [])
  isThere = true
  await it.town.clock.advance(1500)
  assert.deepEqual(toldTo(it), ['20'])
})

test('who was there is told when they are there again, and not before', async () => {
  const it = scene()
  it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  await it.town.clock.advance(1500)
  it.kill()
  toldTo(it)
  const { device } = it.start({}, false)
  await it.town.clock.advance(60_000)
  assert.deepEqual(toldTo(it), [])
  device.sees(it.client.address, true)
  await it.town.clock.advance(1500)
  assert.deepEqual(toldTo(it), ['20'])
})

test('a thing that begins without a connection takes up nothing before it has one', async () => {
  const it = scene()
  it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  await it.town.clock.advance(1500)
  it.kill()
  const device = it.town.station(thingJid)
  device.state = 'offline'
  const served = thing(device, { fields: {}, history: it.store })
  await it.town.clock.advance(10_000)
  assert.equal(served.subscriptions, 0)
  device.contacts.add('client@example.org')
  device.regain()
  await it.town.clock.advance(10)
  assert.equal(served.subscriptions, 1)
})

test('our own side goes on over a restart without hearing anything twice', async () => {
  const it = scene()
  it.client.sees(it.start().device.address, true)
  const heard: unknown[] = []
  const stop = new AbortController()
  const watching = (async () => {
    for await (const one of watch(it.client, thingJid, { signal: stop.signal, generation: 'nf' }))
      if (one.kind === 'quantity') heard.push(one.value)
  })()
  watching.catch(() => {})
  await it.town.clock.advance(1500)
  it.kill()
  it.client.sees(it.client.address, true)
  const { device, served } = it.start()
  it.client.sees(device.address, false)
  it.state.temperature = 21
  it.client.sees(device.address, true)
  await it.town.clock.advance(1500)
  it.state.temperature = 22
  await it.town.clock.advance(1500)
  assert.deepEqual([heard, served.subscriptions], [[20, 21, 22], 1])
  stop.abort()
  await watching.catch(() => {})
})
