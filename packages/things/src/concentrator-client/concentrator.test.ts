import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Generation, generations, ResultSet, StanzaError, stanzaError } from '@waxwing/protocol'
import { el } from '@waxwing/xml'
import { during, gatewayJid, gathered, type Plant, plant } from '../concentrator/plant.test.ts'
import {
  Concentrator,
  type ConcentratorClientOptions,
  ConcentratorError,
  command,
  concentrator,
  InputError,
  int,
  type LazyNodes,
  NotSupportedError,
  nodeType,
  type QueryNews,
  query,
  string,
  UnreachableError,
  type WalkOptions,
  WriteError,
} from '../index.ts'

const src = 'MeteringTopology'

interface Site extends Plant {
  readonly gw: Concentrator
  /** What was done, in order. */
  readonly done: string[]
}

/** The plant, with commands on its meters and buses that meters can be added to. */
function site(
  options: ConcentratorClientOptions & { readonly thing?: Parameters<typeof plant>[0] } = {},
): Site {
  const { thing, ...asking } = options
  const it = plant(thing)
  const done: string[] = []
  for (const id of ['bus-1', 'bus-2'])
    it.source.node(id)?.update({
      types: {
        Meter: nodeType({
          name: 'A meter',
          parameters: {
            id: string({ read: () => undefined }),
            Phase: int({ min: 1, max: 3, read: () => 1 }),
          },
          create: ({ values }) => {
            done.push(`create ${values.id} ${values.Phase}`)
            return { id: values.id, destroy: () => void done.push(`destroy ${values.id}`) }
          },
        }),
      },
    })
  for (const id of ['m1', 'm2', 'm3'])
    it.source.node(id)?.update({
      baseClasses: ['Device'],
      commands: {
        reset: command({
          name: 'Reset',
          run: () => {
            if (id === 'm2') throw new WriteError('It is locked.')
            done.push(`reset ${id}`)
          },
        }),
        dim: command({
          arguments: {
            Level: int({ min: 0, max: 100, read: () => undefined }),
            Why: string({ read: () => 'so' }),
          },
          check: ({ values }) => {
            if (values.Level === 66) throw new InputError({ Level: 'Not this one.' })
          },
          run: ({ values: { Level, Why } }) => void done.push(`dim ${id} ${Level} ${Why}`),
        }),
        count: query({
          arguments: { Rows: int({ min: 0, max: 1000, read: () => 2 }) },
          check: () => {
            if (id === 'm2') throw new WriteError('It is locked.')
          },
          run: async ({ values: { Rows }, report }) => {
            const table = await report.table('Log', ['N'])
            for (let n = 0; n < Rows; n++) await table.row(n)
            await table.done()
          },
        }),
        wait: query({
          run: async ({ report }) => {
            await report.status('Waiting')
            await new Promise<void>(resolve => report.signal.addEventListener('abort', () => resolve()))
            done.push('stopped')
          },
        }),
      },
    })
  return { ...it, done, gw: concentrator(it.client, gatewayJid, asking) }
}

async function outline(it: Site, options: WalkOptions = {}): Promise<string> {
  const nodes = await during(it.town, gathered(it.gw.walk(options)))
  return nodes.map(({ id, depth, isLast }) => `${depth}${isLast ? '.' : ' '}${id}`).join(' ')
}

const whole = '1 bus-1 2 m1 2 m2 2.m3 1.bus-2 2 m4 2 m5 2.m6'

for (const generation of generations) {
  test(`a tree is walked, in pages and without, in ${generation}`, async () => {
    const it = site({ generation })
    assert.equal(await outline(it), whole)
    for (const pageSize of [1, 2, 3]) assert.equal(await outline(it, { pageSize }), whole)
    assert.equal(await outline(it, { depth: 1 }), '1 bus-1 1.bus-2')
    assert.equal(await outline(it, { parent: 'bus-2' }), '1 m4 1 m5 1.m6')
    assert.equal(await outline(it, { parent: { id: 'bus-1', source: src } }), '1 m1 1 m2 1.m3')
    assert.equal(await outline(it, { parent: 'nowhere' }), '')
    it.device.features.delete(ResultSet.ns)
    const unpaged = { ...it, gw: concentrator(it.client, gatewayJid, { generation }) }
    assert.equal(await outline(unpaged, { pageSize: 1 }), whole)
  })

  test(`a node tells of itself, is read and set, in ${generation}`, async () => {
    const it = site({ generation, lang: 'de' })
    const m1 = it.gw.node({ id: 'm1', source: src })
    const info = await m1.info()
    assert.deepEqual(
      [info.id, info.source, info.displayName, info.nodeType, info.parentId, info.hasCommands],
      ['m1', src, 'Zähler m1', 'Meter', 'bus-1', true],
    )
    const parameters = await m1.parameters()
    assert.deepEqual(
      parameters.map(({ kind, name, value }) => `${kind} ${name}=${value}`),
      ['int Bus address=17', 'string Place=Room m1', 'string Model=WX1'],
    )
    it.source.node('m1')?.report('Warning', 'It is warm.')
    assert.deepEqual(
      (await m1.messages()).map(({ type, text }) => `${type} ${text}`),
      ['Warning It is warm.'],
    )
    assert.deepEqual(
      (await m1.ancestors()).map(({ id }) => id),
      ['bus-1'],
    )
    assert.deepEqual([await m1.exists(), await it.gw.node('m99').exists()], [true, false])
    assert.deepEqual((await m1.inheritance()).baseClasses, ['Device'])
    const [reading] = await during(it.town, gathered(m1.read({ fields: ['Power'] })))
    assert.ok(reading?.kind === 'quantity' && reading.text === '1.0' && reading.node?.id === 'm1')
    assert.deepEqual(
      (await m1.settable()).map(({ name }) => name),
      ['On'],
    )
    await m1.set({ On: false })
    assert.deepEqual(it.writes, ['m1.On=false'])
    if (generation === 'sn') return
    const first = m1.watch({ fields: ['On'] })
    const { value: seen } = await during(it.town, first.next())
    assert.equal(seen?.kind === 'boolean' && `${seen.node?.id} ${seen.value}`, 'm1 false')
    await first.return()
  })

  test(`nodes are edited, moved, created and destroyed, in ${generation}`, async () => {
    const it = site({ generation, source: src })
    const m1 = it.gw.node('m1')
    assert.deepEqual(
      (await m1.editable()).map(({ name, max, value }) => `${name} ${max} ${value}`),
      ['Address 250 17', 'Place undefined Room m1', 'Model undefined WX1'],
    )
    await it.town.clock.advance(1000)
    const now = await m1.edit({ Address: 20 })
    assert.equal(now.parameters.length, 3)
    assert.deepEqual(it.writes, ['m1.Address=20'])
    await assert.rejects(m1.edit({ Address: 300, Place: 'Attic' }), (error: unknown) => {
      assert.ok(error instanceof ConcentratorError)
      assert.deepEqual(
        error.faults.map(({ name }) => name),
        ['Address'],
      )
      return true
    })
    await m1.move('down')
    await it.gw.together(['m6', 'm5']).move('up')
    assert.equal(await outline(it), '1 bus-1 2 m2 2 m1 2.m3 1.bus-2 2 m5 2 m6 2.m4')
    const bus = it.gw.node('bus-2')
    assert.deepEqual(await bus.creatable(), [{ type: 'Meter', name: 'A meter' }])
    assert.deepEqual(
      (await bus.inputsForNew('Meter')).map(({ name, value }) => `${name} ${value}`),
      ['id undefined', 'Phase 1'],
    )
    assert.equal((await bus.create('Meter', { id: 'm7' })).id, 'm7')
    await assert.rejects(bus.create('Meter', { id: 'm7' }), { condition: expectedIn(generation, 'conflict') })
    await it.gw.node('m7').destroy()
    assert.deepEqual(it.done, ['create m7 1', 'create m7 1', 'destroy m7'])
    await assert.rejects(it.gw.node('m7').info(), { condition: 'item-not-found' })
  })

  test(`commands are executed, on one node and on several, in ${generation}`, async () => {
    const it = site({ generation, source: src })
    const m1 = it.gw.node('m1')
    const all = await m1.commands()
    const isSn = generation === 'sn'
    assert.deepEqual(
      all.map(one => `${one.command} ${one.type}`),
      ['reset Simple', 'dim Parameterized', ...(isSn ? [] : ['count Query', 'wait Query'])],
    )
    assert.deepEqual(
      (await m1.inputs('dim')).map(({ name, value }) => `${name} ${value}`),
      ['Level undefined', 'Why so'],
    )
    await m1.execute('reset')
    await m1.execute('dim', { Level: 40 })
    await assert.rejects(m1.execute('dim', { Level: 66 }), (error: unknown) => {
      assert.ok(error instanceof ConcentratorError)
      assert.deepEqual(error.faults, [{ name: 'Level', text: 'Not this one.' }])
      return true
    })
    await assert.rejects(m1.execute('fly'), { condition: 'item-not-found' })
    assert.deepEqual(it.done.splice(0), ['reset m1', 'dim m1 40 so'])
    const group = it.gw.together(['m1', 'm2', 'm3'])
    assert.deepEqual(
      (await group.commands()).map(one => one.command),
      all.map(one => one.command),
    )
    const results = await group.execute('reset')
    assert.deepEqual(
      results.map(({ isDone, error }) => `${isDone} ${error}`),
      ['true undefined', isSn ? 'false undefined' : 'false It is locked.', 'true undefined'],
    )
    assert.deepEqual(await it.gw.together(['m1', 'm99']).exist(), [true, false])
    assert.deepEqual(
      (await group.infos()).map(({ id }) => id),
      ['m1', 'm2', 'm3'],
    )
    assert.deepEqual(
      (await group.editable()).map(({ name }) => name),
      ['Address', 'Place', 'Model'],
    )
    await group.edit({ Address: 5 })
    assert.deepEqual(it.writes, ['m1.Address=5', 'm2.Address=5', 'm3.Address=5'])
  })
}

/** In the long family what exists already is told with its field. */
function expectedIn(generation: Generation, condition: string): string {
  return generation === 'sn' || generation === 'xep' ? 'bad-request' : condition
}

const rowsIn = (news: readonly QueryNews[]): number =>
  news.reduce((sum, one) => sum + (one.kind === 'newRecords' ? one.records.length : 0), 0)

for (const generation of ['xep', 'ieee', 'nf'] as const) {
  test(`a query tells what it finds, and ends, in ${generation} (XEP-0326 §3.6.6)`, async () => {
    const it = site({ generation, source: src })
    const counting = await it.gw.node('m1').query('count', { Rows: 500 })
    const news = await during(it.town, gathered(counting))
    assert.equal(rowsIn(news), 500)
    assert.deepEqual(
      [news[0]?.kind, news[0]?.node, news.at(-1)?.kind],
      ['queryStarted', { id: 'm1', source: src, partition: undefined }, 'queryDone'],
    )
    assert.equal(it.gateway.queries, 0)
  })

  test(`two queries at the same time do not hear each other, in ${generation}`, async () => {
    const it = site({ generation, source: src })
    const one = it.gw.node('m1').query('count', { Rows: 3 })
    const other = it.gw.node('m3').query('count', { Rows: 5 })
    const both = Promise.all([gathered(await one), gathered(await other)])
    const [a, b] = await during(it.town, both)
    assert.deepEqual([rowsIn(a), rowsIn(b)], [3, 5])
  })

  test(`of several nodes each tells for itself, and some do not, in ${generation} (XEP-0326 §3.6.17)`, async () => {
    const it = site({ generation, source: src })
    const counting = await it.gw.together(['m1', 'm2', 'm3']).query('count', { Rows: 4 })
    assert.deepEqual(
      counting.results.map(({ isDone }) => isDone),
      [true, false, true],
    )
    const news = await during(it.town, gathered(counting))
    assert.deepEqual(
      ['m1', 'm2', 'm3'].map(id => rowsIn(news.filter(({ node }) => node.id === id))),
      [4, 0, 4],
    )
  })

  test(`a query is aborted by its method, by leaving the loop, and by its signal, in ${generation}`, async () => {
    const it = site({ generation, source: src })
    const begin = (signal?: AbortSignal): ReturnType<ReturnType<Concentrator['node']>['query']> =>
      it.gw.node('m1').query('wait', undefined, signal ? { signal } : {})
    const first = await begin()
    const hearing = gathered(first)
    await it.town.clock.advance(200)
    await first.abort()
    const kinds = (await during(it.town, hearing)).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['queryStarted', 'status', 'queryAborted'])
    // It has ended: nothing happens.
    await first.abort()
    const second = begin().then(async running => {
      for await (const { kind } of running) if (kind === 'status') return
    })
    await during(it.town, second)
    const stop = new AbortController()
    const third = gathered(await begin(stop.signal))
    await it.town.clock.advance(200)
    stop.abort(new Error('enough'))
    await assert.rejects(third, /enough/)
    await it.town.clock.advance(200)
    assert.deepEqual([it.gateway.queries, it.done], [0, ['stopped', 'stopped', 'stopped']])
  })
}

test('a query that cannot begin says why, and leaves nothing behind', async () => {
  const it = site({ generation: 'nf', source: src })
  await assert.rejects(it.gw.node('m2').query('count', {}), /It is locked/)
  await assert.rejects(it.gw.node('m1').query('count', { Rows: 5000 }), { code: 'bad-request' })
  await assert.rejects(site({ generation: 'sn' }).gw.node('m1').query('wait'), NotSupportedError)
  assert.equal(it.gateway.queries, 0)
})

test('a query ends with the concentrator, and with the connection', async () => {
  const it = site({ generation: 'nf', source: src })
  const first = gathered(await it.gw.node('m1').query('wait'))
  await it.town.clock.advance(200)
  it.client.sees(it.device.address, false)
  await assert.rejects(first, UnreachableError)
  const second = gathered(await it.gw.node('m1').query('wait'))
  it.client.lose()
  await assert.rejects(second, { code: 'disconnected' })
})

test('no more of a tree is asked for than the loop wants, and no more is held than a page for each level', async () => {
  const it = site()
  let told = 0
  const wide: LazyNodes = {
    node: ({ id }) => ({ id, hasChildren: true }),
    *children(_, { after, max }) {
      const begin = Number(after?.id ?? -1) + 1
      for (let n = begin; n < begin + max; n++) {
        told++
        yield { id: String(n), hasChildren: false }
      }
    },
  }
  it.gateway.source('Wide', { lazy: wide })
  let seen = 0
  for await (const { id } of it.gw.walk({ source: 'Wide', pageSize: 10 })) {
    assert.equal(id, String(seen))
    if (++seen === 25) break
  }
  // Three pages, and one node behind each, to know whether it is the last one.
  assert.equal(told, 33)
})

test('a node that stands below itself is not entered again, and no deeper is gone than said', async () => {
  const it = site()
  const loop: LazyNodes = {
    node: ({ id }) => ({ id, hasChildren: true }),
    children: () => [{ id: 'loop', hasChildren: true }],
  }
  const deep: LazyNodes = {
    node: ({ id }) => ({ id, hasChildren: true }),
    children: parent => [{ id: `${parent?.id ?? ''}x`, hasChildren: true }],
  }
  it.gateway.source('Loop', { lazy: loop })
  it.gateway.source('Deep', { lazy: deep })
  assert.equal(await outline(it, { source: 'Loop' }), '1.loop 2.loop')
  assert.equal((await outline(it, { source: 'Deep', depth: 5 })).split(' ').length, 5)
  assert.equal((await outline(it, { source: 'Deep' })).split(' ').length, 64)
})

test('sources are told as a list, and as a tree', async () => {
  const it = site()
  const cellar = it.gateway.source('Cellar', { parent: it.source })
  it.gateway.source('Shelf', { parent: cellar })
  const ids = async (below?: string | null): Promise<string> =>
    (await it.gw.sources(below)).map(({ source }) => source).join(' ')
  assert.equal(await ids(), `${src} Cellar Shelf`)
  assert.equal(await ids(null), src)
  assert.equal(await ids('Cellar'), 'Shelf')
  assert.ok((await it.gw.capabilities()).has('getChildNodes'))
})

test('indices find nodes where the concentrator has some (XEP-0326 §3.3.16–21)', async () => {
  const it = site({ generation: 'xep' })
  it.gateway.source('Indexed', {
    lazy: { node: ({ id }) => ({ id }), children: () => [] },
    indices: { place: { values: () => ['hall', 'attic'], find: value => [{ id: `of ${value}` }] } },
  })
  assert.deepEqual(await it.gw.indices('Indexed'), ['place'])
  assert.deepEqual(await it.gw.valuesOf('Indexed', 'place'), ['hall', 'attic'])
  const found = await it.gw.find([{ source: 'Indexed', index: 'place', value: 'hall' }])
  assert.deepEqual(
    found.map(({ id }) => id),
    ['of hall'],
  )
  assert.deepEqual(await concentrator(it.client, gatewayJid).indices('Indexed'), ['place'])
  await assert.rejects(site({ generation: 'nf' }).gw.indices('Indexed'), NotSupportedError)
})

test('a concentrator is found by its bare address, and its absence is told', async () => {
  const it = site()
  const gw = concentrator(it.client, 'gateway@example.org')
  assert.equal((await gw.sources()).length, 1)
  it.town.leave(it.device)
  await assert.rejects(gw.sources(), UnreachableError)
  await assert.rejects(gw.sources(), UnreachableError)
})

/** What concentrators of others answer, in XML, and what comes of it. */
const answers: readonly [what: string, generation: Generation, answer: string, expected: object][] = [
  [
    'a code within the result',
    'xep',
    "<getNodeResponse xmlns='urn:xmpp:iot:concentrators' result='NotFound'/>",
    { name: 'ConcentratorError', condition: 'item-not-found' },
  ],
  [
    'a code within a result that nobody knows',
    'xep',
    "<getNodeResponse xmlns='urn:xmpp:iot:concentrators' result='Perhaps'/>",
    { name: 'ConcentratorError' },
  ],
  [
    'a code that says it cannot',
    'xep',
    "<getNodeResponse xmlns='urn:xmpp:iot:concentrators' result='NotImplemented'/>",
    { name: 'NotSupportedError' },
  ],
  [
    'a result without the node',
    'xep',
    "<getNodeResponse xmlns='urn:xmpp:iot:concentrators' result='OK'/>",
    { name: 'ConcentratorError' },
  ],
]
for (const [what, generation, answer, expected] of answers)
  test(`${what} is told as an error`, async () => {
    const it = site({ generation })
    it.device.script(() => answer)
    await assert.rejects(it.gw.node('m1').info(), expected)
  })

test('pages that do not go on end the walk with an error', async () => {
  const it = site({ generation: 'nf' })
  it.device.script(() =>
    `<nodeInfos xmlns='urn:nf:iot:concentrator:1.0'><nodeInfo id='a' src='s' hasChildren='false'/>
        <set xmlns='http://jabber.org/protocol/rsm'><last>same</last></set></nodeInfos>`.replaceAll('\n', ''),
  )
  await assert.rejects(gathered(it.gw.walk({ source: 's' })), /Its pages do not go on/)
})

test('a code within an error, and faults beside the fields of a form, are understood (XEP-0336 §3.5)', async () => {
  const within = el('urn:xmpp:iot:concentrators', 'executeNodeCommandResponse', { result: 'FormError' })
  const fault = el('urn:xmpp:iot:concentrators', 'error', { var: 'Level' }, 'Too bright.')
  const mark = el('urn:xmpp:xdata:dynamic', 'error', {}, 'Too bright.')
  const field = el('jabber:x:data', 'field', { var: 'Level' }, mark)
  for (const [generation, app] of [
    ['xep', { ...within, children: [fault] }],
    ['nf', el('jabber:x:data', 'x', { type: 'form' }, field)],
  ] as const) {
    const it = site({ generation })
    it.device.script(() => {
      throw new StanzaError({ type: 'modify', condition: 'bad-request', app })
    })
    await assert.rejects(it.gw.node('m1').execute('dim'), {
      condition: 'bad-request',
      faults: [{ name: 'Level', text: 'Too bright.' }],
    })
  }
})

test('commands on several nodes are tried by the other kind of question, too, where they are not heard', async () => {
  const it = site({ generation: 'nf' })
  const kinds: string[] = []
  it.device.script(type => {
    kinds.push(type)
    if (type === 'set') throw stanzaError('service-unavailable')
    return "<partialExecution xmlns='urn:nf:iot:concentrator:1.0'><result>true</result></partialExecution>"
  })
  assert.deepEqual(await it.gw.together(['m1']).execute('reset'), [{ isDone: true, error: undefined }])
  // Anything else is asked once, and who is there and does not hear it cannot do it.
  await assert.rejects(it.gw.node('m1').execute('reset'), NotSupportedError)
  assert.deepEqual(kinds, ['set', 'get', 'set'])
})
