/** The memory of nodes of sources: XEP-0323 §3.5 on nodes of a concentrator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryPeriod } from '@waxwing/protocol'
import { during, gathered } from '../concentrator/plant.test.ts'
import {
  bool,
  type DeclaredFields,
  type HistoryStore,
  history,
  int,
  memoryHistory,
  quantity,
  type Source,
  set,
  string,
  type Thing,
  type ThingOptions,
  thing,
  watch,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

const gatewayJid = 'gateway@example.org/x'

interface Scene {
  readonly town: Town
  readonly device: Station
  readonly client: Station
  readonly gateway: Thing
  readonly source: Source
  /** What is remembered of a node, in short. */
  remembered(id: string, every?: HistoryPeriod, fields?: readonly string[]): Promise<readonly string[]>
}

function scene(options: ThingOptions = {}, town: Town = new Town()): Scene {
  const device = town.station(gatewayJid)
  const client = town.station('client@example.org/desk')
  device.contacts.add('client@example.org')
  town.introduce()
  const gateway = thing(device, { mayControl: () => 'all', ...options })
  const source = gateway.source('MeteringTopology')
  return {
    town,
    device,
    client,
    gateway,
    source,
    async remembered(id, every, fields = []) {
      const nodes = [{ id, source: 'MeteringTopology' }]
      const asked = { nodes, fields, ...(every === undefined ? {} : { every }) }
      const all = await during(town, gathered(history(client, gatewayJid, asked)))
      return all.map(one =>
        one.kind === 'error'
          ? one.text
          : `${one.name} ${one.time.text.slice(8, 16)} ${'text' in one ? one.text : ''}`,
      )
    },
  }
}

/** Counts up with every look. */
function counting(about: { readonly every?: string } = {}): DeclaredFields {
  let n = 0
  return { Power: quantity('kW', { read: () => ++n, history: '2d', ...about }) }
}

test('what a node of a source remembers is read, and made coarser', async () => {
  const it = scene()
  const bus = it.source.add({ id: 'bus' })
  bus.add({ id: 'm1', fields: counting({ every: '15min' }) })
  bus.add({ id: 'm2', fields: counting({ every: '1h' }) })
  await it.town.clock.advance(3_600_000)
  assert.deepEqual(
    await it.remembered('m1'),
    [1, 2, 3, 4].map((n, index) => `Power 01T1${['2:15', '2:30', '2:45', '3:00'][index]} ${n}`),
  )
  assert.deepEqual(await it.remembered('m2'), ['Power 01T13:00 1'])
  await it.town.clock.advance(3_600_000)
  assert.deepEqual(
    await it.remembered('m1', 'hour'),
    [
      'Power 01T12:00 2.0',
      'Power, Min 01T12:00 1',
      'Power, Max 01T12:00 3',
      'Power 01T13:00 5.5',
      'Power, Min 01T13:00 4',
      'Power, Max 01T13:00 7',
    ].toSorted(byName),
  )
  assert.deepEqual(await it.remembered('bus'), [])
  assert.deepEqual(it.town.faults, [])
})

const names = ['Power ', 'Power, Min', 'Power, Max']
function byName(a: string, b: string): number {
  const place = (line: string): number => names.findIndex(name => line.startsWith(name))
  return place(a) - place(b)
}

test('without a rhythm a value is taken when the node says so, or was set', async () => {
  const it = scene()
  let level = 1
  const fields = {
    Level: int({ read: () => level, write: n => void (level = n), history: '1d' }),
    Name: string({ read: () => 'x', history: '1d' }),
  }
  const node = it.source.add({ id: 'm1', fields })
  it.source.add({ id: 'm2', fields: counting() })
  node.changed('Level')
  await it.town.clock.advance(60_000)
  level = 2
  it.source.changed({ id: 'm1' })
  await it.town.clock.advance(60_000)
  await set(it.client, gatewayJid, { Level: 7 }, { nodes: [{ id: 'm1', source: 'MeteringTopology' }] })
  it.source.changed({ id: 'nobody' })
  it.gateway.changed()
  await it.town.clock.advance(60_000)
  assert.deepEqual(await it.remembered('m1', undefined, ['Level', 'Name']), [
    'Level 01T12:00 1',
    'Level 01T12:01 2',
    'Level 01T12:02 7',
    'Name 01T12:01 x',
  ])
  assert.deepEqual(await it.remembered('m2'), [])
})

test('what changes at a node is told at once to who watches it, and to nobody else', async () => {
  const it = scene({ limits: { pollMs: 0 } })
  let on = false
  for (const id of ['m1', 'm2']) it.source.add({ id, fields: { On: bool({ read: () => on }) } })
  const heard: string[] = []
  const stop = new AbortController()
  for (const id of ['m1', 'm2']) {
    const watching = async (): Promise<void> => {
      const asked = {
        nodes: [{ id, source: 'MeteringTopology' }],
        signal: stop.signal,
        now: false,
        generation: 'nf' as const,
      }
      for await (const one of watch(it.client, gatewayJid, asked)) heard.push(`${one.node?.id}`)
    }
    watching().catch(() => {})
  }
  await it.town.clock.advance(1000)
  on = true
  it.source.node('m1')?.changed('On')
  await it.town.clock.advance(1000)
  assert.deepEqual(heard, ['m1'])
  stop.abort()
})

test('nodes that are looked up remember what they are said to have', async () => {
  const it = scene()
  const fields = counting({ every: '15min' })
  const archive = it.gateway.source('Archive', {
    lazy: { node: ({ id }) => (id === 'a' ? { id, fields } : undefined), children: () => [] },
  })
  for (let n = 0; n < 3; n++) {
    archive.changed({ id: 'a' }, 'Power')
    archive.changed({ id: 'b' }, 'Power')
    await it.town.clock.advance(60_000)
  }
  const asked = { nodes: [{ id: 'a', source: 'Archive' }] }
  const all = await during(it.town, gathered(history(it.client, gatewayJid, asked)))
  assert.deepEqual(
    all.map(one => one.kind === 'quantity' && one.text),
    ['1', '2', '3'],
  )
})

test('what is remembered outlives the process, and stays for a node of the same id', async () => {
  const store = memoryHistory()
  const it = scene({ history: store })
  it.source.add({ id: 'm1', fields: counting() }).changed()
  await it.town.clock.advance(60_000)
  await it.gateway[Symbol.asyncDispose]()
  const next = scene({ history: store }, new Town())
  const node = next.source.add({ id: 'm1', fields: counting() })
  assert.deepEqual(await next.remembered('m1'), ['Power 01T12:00 1'])
  node.remove()
  next.source.add({ id: 'm1', fields: counting() })
  assert.deepEqual(await next.remembered('m1'), ['Power 01T12:00 1'])
})

test('the past of a node is hidden with the node', async () => {
  const it = scene({ maySee: ({ node }) => node?.id !== 'm1' })
  it.source.add({ id: 'm1', fields: counting() }).changed()
  await it.town.clock.advance(1000)
  await assert.rejects(it.remembered('m1'), { code: 'item-not-found' })
})

test('what is too old goes, though nothing new comes for it', async () => {
  const store = memoryHistory()
  const own = scene({ history: store })
  const still = own.source.add({ id: 'still', fields: counting() })
  own.source.add({ id: 'busy', fields: counting({ every: '1h' }) })
  still.changed()
  await own.town.clock.advance(3 * 86_400_000)
  const series = JSON.stringify(['Power', 'all', 'still', 'MeteringTopology', null])
  assert.deepEqual(await store.read(series, { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10 }), [])
  assert.ok((await own.remembered('busy')).length >= 48)
  assert.deepEqual(own.town.faults, [])
})

test('a history that makes no sense is refused where it is given, and changes nothing', async () => {
  const it = scene()
  const broken = { Power: quantity('kW', { read: () => 1, history: 'for ever' }) }
  assert.throws(() => it.source.add({ id: 'm1', fields: broken }), TypeError)
  assert.equal(it.source.size, 0)
  const node = it.source.add({ id: 'm1', fields: counting({ every: '15min' }) })
  assert.throws(() => node.update({ fields: broken }), TypeError)
  await it.town.clock.advance(900_000)
  assert.equal((await it.remembered('m1')).length, 1)
  node.update({ fields: {} })
  await it.town.clock.advance(3_600_000)
  assert.deepEqual(await it.remembered('m1'), [])
})

test('many nodes remember by one timer, a few at a time, and what they remember is not held', async () => {
  let running = 0
  let most = 0
  let rows = 0
  const store: HistoryStore = {
    read: () => [],
    write: changes => {
      for (const change of changes) if (change.do === 'add') rows += change.rows.length
    },
  }
  const it = scene({ history: store })
  const before = it.town.clock.pending
  const read = async (): Promise<number> => {
    most = Math.max(most, ++running)
    await Promise.resolve()
    running--
    return 1
  }
  for (let n = 0; n < 5_000; n++)
    it.source.add({
      id: `n${n}`,
      fields: { Power: quantity('kW', { read, history: '30d', every: '15min' }) },
    })
  assert.equal(it.town.clock.pending, before + 1)
  await it.town.clock.advance(900_000)
  assert.deepEqual([rows, most <= 64], [5_000, true])
})

test('a store that fails loses nothing that fits, and a node that hangs does not hold the others', async () => {
  const kept = memoryHistory()
  let isBroken = true
  const it = scene({
    history: {
      read: (series, range) => kept.read(series, range),
      write: changes => {
        if (isBroken) throw new Error('The disk is full')
        return kept.write(changes)
      },
    },
  })
  it.source.add({
    id: 'hangs',
    fields: { Power: quantity('kW', { read: () => new Promise(() => {}), history: '1d', every: '15min' }) },
  })
  it.source.add({ id: 'm1', fields: counting({ every: '15min' }) })
  await it.town.clock.advance(1_800_000)
  assert.ok(it.town.faults.length > 0)
  isBroken = false
  await it.town.clock.advance(900_000)
  assert.equal((await it.remembered('m1')).length, 3)
})

test('after it is closed nothing is taken any more', async () => {
  const it = scene()
  const node = it.source.add({ id: 'm1', fields: counting({ every: '15min' }) })
  await it.gateway[Symbol.asyncDispose]()
  node.changed()
  await it.town.clock.advance(3_600_000)
  assert.deepEqual([it.town.clock.pending, it.town.faults], [0, []])
})
