/** Readouts for later, over restarts of the thing, and how orders are kept. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Generation } from '@waxwing/protocol'
import { read, type ThingOptions } from '../index.ts'
import { scene, subscription, thingJid, toldTo } from './restart-kit.test.ts'

for (const generation of ['sn', 'xep', 'nf'] as const satisfies readonly Generation[])
  test(`a readout for later is made by the next process, in ${generation}`, async () => {
    const it = scene()
    it.start()
    const when = new Date(it.town.clock.wall() + 3_600_000)
    const got = (async () => {
      const all: unknown[] = []
      for await (const one of read(it.client, thingJid, { generation, when }))
        all.push(one.kind === 'quantity' && one.value)
      return all
    })()
    await it.town.clock.advance(1000)
    it.kill()
    it.state.temperature = 30
    const { served } = it.start()
    await it.town.clock.advance(1000)
    assert.equal(served.queued, 1)
    await it.town.clock.advance(3_600_000)
    assert.deepEqual([await got, served.queued, served.running], [[30], 0, 0])
    it.kill()
    const next = it.start()
    await it.town.clock.advance(1000)
    assert.deepEqual([next.served.queued, it.town.faults], [0, []])
  })

test('a readout for later stands while the thing has no connection, and nobody is told who went meanwhile', async () => {
  for (const isBack of [true, false]) {
    const it = scene()
    const { device, served } = it.start()
    const request = `<req xmlns='urn:nf:iot:sd:1.0' id='r1' m='true' when='2024-06-01T12:10:00Z'/>`
    await it.client.ask('get', thingJid, request)
    device.sees(it.client.address, false)
    device.lose()
    await it.town.clock.advance(630_000)
    assert.equal(served.queued, 1)
    device.regain()
    if (isBack) device.sees(it.client.address, true)
    await it.town.clock.advance(120_000)
    assert.deepEqual([toldTo(it), served.queued], [isBack ? ['20'] : [], 0])
  }
})

test('a readout for later ends when who asked for it goes away', async () => {
  const it = scene()
  const { device, served } = it.start()
  const request = `<req xmlns='urn:nf:iot:sd:1.0' id='r1' m='true' when='2024-06-01T12:10:00Z'/>`
  await it.client.ask('get', thingJid, request)
  device.sees(it.client.address, false)
  await it.town.clock.advance(1)
  assert.equal(served.queued, 0)
})

test('a readout that was due while the thing was away is made as soon as it is back', async () => {
  const it = scene()
  it.start()
  const request = `<req xmlns='urn:nf:iot:sd:1.0' id='r1' m='true' when='2024-06-01T12:10:00Z'/>`
  assert.match(await it.client.ask('get', thingJid, request), /accepted.*queued="true"/)
  it.kill()
  await it.town.clock.advance(3_600_000)
  it.start()
  await it.town.clock.advance(1000)
  assert.match(it.client.received.join(), /<started .*<resp [^>]*id="r1"/)
})

test('a readout for later is cancelled for good, and nothing is told to who may not read or is gone', async () => {
  const ways: readonly [what: string, options: Partial<ThingOptions>, isKnown: boolean][] = [
    ['cancelled', {}, true],
    ['forbidden', { mayRead: () => 'none' }, true],
    ['gone', {}, false],
  ]
  for (const [what, options, isKnown] of ways) {
    const it = scene()
    it.start()
    const request = `<req xmlns='urn:nf:iot:sd:1.0' id='r1' m='true' when='2024-06-01T12:10:00Z'/>`
    await it.client.ask('get', thingJid, request)
    if (what === 'cancelled')
      await it.client.ask('get', thingJid, "<cancel xmlns='urn:nf:iot:sd:1.0' id='r1'/>")
    it.kill()
    const { served } = it.start(options, isKnown)
    await it.town.clock.advance(3_600_000)
    const isRefused = it.client.received.some(text => text.includes('Access denied'))
    assert.deepEqual([toldTo(it), served.queued, served.running], [[], 0, 0], what)
    assert.equal(isRefused, what === 'forbidden')
  }
})

test('what was kept and cannot be read is forgotten, and holds nobody back', async () => {
  const it = scene()
  it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  it.kill()
  const series = JSON.stringify(['orders', 'subscriptions'])
  const broken = [
    '<order',
    '<order xmlns="x"/>',
    '<order xmlns="x" from="client@example.org/app"><a/></order>',
    '{}',
  ]
  const rows = broken.map((text, n) => ({
    at: n + 5,
    value: { kind: 'string', value: text, text } as const,
    quality: [],
  }))
  await it.store.write([{ do: 'add', series, rows }])
  const { served } = it.start()
  await it.town.clock.advance(1500)
  assert.equal(served.subscriptions, 1)
  it.kill()
  it.town.faults.length = 0
  it.start()
  await it.town.clock.advance(1500)
  assert.deepEqual(it.town.faults, [])
})

test('places of orders that ended are taken again: two hundred subscriptions one after the other leave a few rows', async () => {
  const it = scene()
  it.start()
  for (let n = 0; n < 200; n++) await it.client.ask('set', thingJid, subscription('nf', `s${n}`))
  const series = JSON.stringify(['orders', 'subscriptions'])
  const rows = await it.store.read(series, { from: 0, to: 10_000, limit: 10_000 })
  assert.ok(rows.length <= 3, String(rows.length))
})
