/** A concentrator and its clients on a whole server: XEP-0326, IEEE 1451.99. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@waxwing/client'
import { generations } from '@waxwing/protocol'
import {
  bool,
  type Concentrator,
  type ConcentratorClientOptions,
  concentrator,
  int,
  type LazyNodeOptions,
  quantity,
  query,
  type Source,
  type SourceNews,
  type Thing,
  thing,
} from '@waxwing/things'
import { type World, world } from './world.ts'

const gatewayJid = 'gateway@montague.example/g'

interface Plant {
  readonly device: Client
  readonly gateway: Thing
  readonly operator: Client
  readonly source: Source
  /** Nodes that were looked up in the archive. */
  readonly lookedUp: string[]
  readonly gatewayFor: (client: Client, options?: ConcentratorClientOptions) => Concentrator
}

async function plant(it: World): Promise<Plant> {
  const device = await it.joins(gatewayJid)
  device.roster.onRequest(request =>
    request.jid.startsWith('operator@') ? request.accept() : request.decline(),
  )
  const gateway = thing(device, {
    mayControl: () => 'all',
    mayManage: () => true,
    maySee: ({ from, node }) => from.startsWith('operator@') && node?.id !== 'safe',
  })
  const source = gateway.source('MeteringTopology')
  const bus = source.add({ id: 'bus', type: 'Bus', childrenOrdered: true })
  let isOn = true
  let address = 17
  for (const id of ['m1', 'm2', 'safe'])
    bus.add({
      id,
      fields: {
        Power: quantity('kW', { precision: 1, read: () => 7 }),
        On: bool({ read: () => isOn, write: value => void (isOn = value) }),
      },
      parameters: {
        Address: int({ min: 1, max: 99, read: () => address, write: value => void (address = value) }),
      },
      commands: {
        list: query({
          run: async ({ report }) => {
            const table = await report.table('Values', ['N', 'Text'])
            for (let n = 0; n < 300; n++) await table.row(n, 'x'.repeat(100))
            await table.done()
          },
        }),
      },
    })
  const lookedUp: string[] = []
  const year = (n: number): LazyNodeOptions => ({ id: `y${n}`, hasChildren: false })
  gateway.source('Archive', {
    lazy: {
      node: ({ id }) => ({ id }),
      *children(_, { after, max }) {
        const begin = after ? Number(after.id.slice(1)) + 1 : 0
        for (let n = begin; n < Math.min(1000, begin + max); n++) {
          lookedUp.push(`y${n}`)
          yield year(n)
        }
      },
    },
  })
  const operator = await it.joins('operator@montague.example/desk')
  await it.waitsFor(operator.roster.request('gateway@montague.example'))
  const gatewayFor = (client: Client, options: ConcentratorClientOptions = {}): Concentrator =>
    concentrator(client, gatewayJid, options)
  return { device, gateway, operator, source, lookedUp, gatewayFor }
}

async function gathered<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test('a concentrator is walked, read, set, edited and queried, in every generation', async () => {
  await using it = await world()
  const { operator, gatewayFor } = await plant(it)
  for (const generation of generations) {
    const gateway = gatewayFor(operator, { generation, source: 'MeteringTopology' })
    const nodes = await it.waitsFor(gathered(gateway.walk({ source: 'MeteringTopology', parameters: true })))
    assert.deepEqual(
      nodes.map(({ id, depth }) => `${depth} ${id}`),
      ['1 bus', '2 m1', '2 m2'],
    )
    const m1 = gateway.node('m1')
    await it.waitsFor(m1.set({ On: false }))
    const [power, on] = await it.waitsFor(gathered(m1.read()))
    assert.deepEqual(
      [power?.kind === 'quantity' && power.text, on?.kind === 'boolean' && on.value],
      ['7.0', false],
    )
    const now = await it.waitsFor(m1.edit({ Address: 20 }))
    assert.equal(now.parameters[0]?.value, '20')
    assert.equal(await it.waitsFor(gateway.node('safe').exists()), false)
    if (generation === 'sn') continue
    const listing = await it.waitsFor(m1.query('list'))
    const news = await it.waitsFor(gathered(listing))
    const rows = news.flatMap(one => (one.kind === 'newRecords' ? one.records : []))
    assert.deepEqual(
      rows.map(({ cells: [first] }) => first?.kind === 'int' && Number(first.value)),
      Array.from({ length: 300 }, (_, n) => n),
    )
  }
})

test('a tree is looked up as far as somebody walks', async () => {
  await using it = await world()
  const { operator, gatewayFor, lookedUp } = await plant(it)
  const walk = gatewayFor(operator).walk({ source: 'Archive', pageSize: 50 })
  for (let n = 0; n < 60; n++) {
    const { value } = await it.waitsFor(walk.next())
    assert.equal(value?.id, `y${n}`)
  }
  await it.waitsFor(walk.return())
  // Two pages, and one node behind each, to know whether it is the last one.
  assert.equal(lookedUp.length, 102)
})

test('a database is read, and a node listened to, from afar', async () => {
  await using it = await world()
  const { gateway, operator, source, gatewayFor } = await plant(it)
  gateway.database('Local', {
    parameters: { count: int({ read: () => 500 }) },
    async *read({ nodes, values: { count } }) {
      for (const node of nodes)
        for (let n = 0; n < count; n++)
          yield { node, name: 'Energy', time: new Date(n * 60_000), value: n, unit: 'kWh' }
    },
  })
  const afar = gatewayFor(operator, { source: 'MeteringTopology' })
  assert.deepEqual(await it.waitsFor(afar.databases()), [{ id: 'Local', name: 'Local' }])
  const values = await it.waitsFor(gathered(afar.database('Local').read(['m1', 'm2'])))
  assert.deepEqual(
    [values.length, values.filter(one => one.kind === 'quantity' && one.unit === 'kWh').length],
    [1000, 1000],
  )
  source.node('m1')?.update({ isSniffable: true })
  const sniffing = await it.waitsFor(afar.node('m1').sniff())
  const listening = gathered(sniffing)
  source.node('m1')?.sniffed('tx', new Uint8Array([1, 2]))
  await it.host.advance(1000)
  source.node('m1')?.sniffed('rx', 'pong')
  await it.host.advance(1000)
  source.node('m1')?.remove()
  assert.deepEqual(
    (await it.waitsFor(listening)).map(({ kind }) => kind),
    ['txBin', 'rx'],
  )
})

test('whoever is no contact finds nothing', async () => {
  await using it = await world()
  const { gatewayFor } = await plant(it)
  const stranger = await it.joins('stranger@montague.example/x')
  const gateway = gatewayFor(stranger)
  assert.deepEqual(await it.waitsFor(gateway.sources()), [])
  const hidden = gateway.node({ id: 'm1', source: 'MeteringTopology' }).info()
  await assert.rejects(it.waitsFor(hidden), { code: 'item-not-found' })
})

test('what happens is heard over a lost connection, once', async () => {
  await using it = await world()
  const { operator, source, gatewayFor } = await plant(it)
  const heard: SourceNews[] = []
  const feed = await it.waitsFor(gatewayFor(operator).subscribe({ source: 'MeteringTopology' }))
  const hearing = (async () => {
    for await (const one of feed) heard.push(one)
  })()
  const touch = async (id: string): Promise<void> => {
    source.node(id)?.touch()
    await it.host.advance(1000)
  }
  await touch('m1')
  it.wires.at(-1)?.cut()
  await touch('m2')
  await touch('safe')
  await it.host.advance(120_000)
  await touch('bus')
  assert.deepEqual(
    heard.map(one => (one.kind === 'gap' ? 'gap' : `${one.kind} ${one.id}`)),
    ['nodeUpdated m1', 'nodeUpdated m2', 'nodeUpdated bus'],
  )
  await feed.return?.()
  await it.waitsFor(hearing)
})
