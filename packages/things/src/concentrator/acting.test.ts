import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorFormat, type QueryEvent, type QueryProgress } from '@waxwing/protocol'
import { parseElement, readWire } from '@waxwing/xml'
import { command, InputError, int, type QueryReport, query, string, WriteError } from '../index.ts'
import { settled } from '../stations.test.ts'
import { asked, gatewayJid, nodesIn, outcomeOf, type Plant, plant, submitted } from './plant.test.ts'

const src = 'MeteringTopology'

interface Workshop extends Plant {
  /** What was done, in order. */
  readonly done: string[]
  /** Reports of queries that wait until they are aborted. */
  readonly waiting: QueryReport[]
}

function workshop(options: Parameters<typeof plant>[0] = {}): Workshop {
  const it = plant(options)
  const done: string[] = []
  const waiting: QueryReport[] = []
  for (const id of ['m1', 'm2', 'm3'])
    it.source.node(id)?.update({
      commands: {
        reset: command({
          name: { en: 'Reset', de: 'Zurücksetzen' },
          confirmation: 'Sure?',
          success: 'It was reset.',
          sortCategory: 'a',
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
          run: ({ node, values: { Level, Why }, from }) =>
            void done.push(`dim ${node.id} ${Level} ${Why} ${from}`),
        }),
        list: query({
          arguments: { Rows: int({ min: 0, max: 10_000, read: () => 2 }) },
          run: async ({ values: { Rows }, report }) => {
            await report.title('Events')
            await report.section('All')
            const table = await report.table('Log', ['When', { id: 'What', alignment: 'Right' }])
            for (let n = 0; n < Rows; n++)
              await table.row(n, { kind: 'quantity', magnitude: `${n}.50`, unit: 'kW' })
            await table.done()
            await report.object('text/plain', new Uint8Array([104, 105]))
            await report.message('Done', { type: 'Warning', level: 'Medium' })
            await report.endSection()
          },
        }),
        wait: query({
          run: async ({ report }) => {
            waiting.push(report)
            await report.status('Waiting')
            await new Promise<void>(resolve => report.signal.addEventListener('abort', () => resolve()))
            await report.status('Too late')
          },
        }),
        fail: query({
          run: async ({ report }) => {
            await report.status('Trying')
            throw new WriteError('The disk is full.')
          },
        }),
      },
    })
  return { ...it, done, waiting }
}

function progressIn(
  received: readonly string[],
  generation: 'xep' | 'ieee' | 'nf',
): readonly QueryProgress[] {
  const { progress } = concentratorFormat(generation)
  return received
    .filter(text => text.startsWith('<queryProgress'))
    .map(text => readWire(progress, parseElement(text)))
}

const kindsOf = (all: readonly QueryProgress[]): string =>
  all.flatMap(({ events }) => events.map(({ kind }) => kind)).join(' ')

test('commands are told with their types and texts (XEP-0326 §3.6.1, §5.5)', async () => {
  const { client } = workshop()
  const question = asked('xep', 'getNodeCommands', { id: 'm1', src, 'xml:lang': 'de' })
  const answer = await client.ask('get', gatewayJid, question)
  assert.match(
    answer,
    /<command command="reset" name="Zurücksetzen" type="Simple" sortCategory="a" confirmationString="Sure\?" successString="It was reset\."\/>/,
  )
  assert.match(
    answer,
    /command="dim" name="dim" type="Parameterized".*command="list" name="list" type="Query"/,
  )
  // The first generation has no queries.
  const first = await client.ask('get', gatewayJid, asked('sn', 'getNodeCommands', { id: 'm1', src }))
  assert.match(first, /<command id="reset"/)
  assert.doesNotMatch(first, /list|wait/)
})

test('commands that may not be executed are not told', async () => {
  const { client, done } = workshop({ mayManage: ({ command: name }) => name !== 'reset' })
  const answer = await client.ask('get', gatewayJid, asked('nf', 'getNodeCommands', { id: 'm1', src }))
  assert.doesNotMatch(answer, /reset/)
  const execute = asked('nf', 'executeNodeCommand', { id: 'm1', src, command: 'reset' })
  assert.equal(await outcomeOf(client.ask('set', gatewayJid, execute)), 'forbidden')
  assert.deepEqual(done, [])
})

for (const generation of ['xep', 'nf'] as const) {
  const set = (it: Plant, name: string, attributes: Record<string, string>, inside = ''): Promise<string> =>
    it.client.ask('set', gatewayJid, asked(generation, name, attributes, inside))
  const isLong = generation === 'xep'

  test(`a command is executed with what was filled in, in ${generation} (XEP-0326 §3.6.2–5)`, async () => {
    const it = workshop()
    const dim = (values: Record<string, string>): Promise<string> =>
      outcomeOf(set(it, 'executeNodeCommand', { id: 'm1', src, command: 'dim' }, submitted(values)))
    assert.equal(await dim({ Level: '40' }), 'OK')
    assert.equal(await dim({ Level: '101' }), isLong ? 'FormError' : 'bad-request')
    assert.equal(await dim({ Level: '66' }), isLong ? 'FormError' : 'bad-request')
    assert.equal(await dim({}), isLong ? 'FormError' : 'bad-request')
    assert.equal(
      await outcomeOf(set(it, 'executeNodeCommand', { id: 'm1', src, command: 'list' })),
      isLong ? 'OtherError' : 'bad-request',
    )
    assert.deepEqual(it.done, [`dim m1 40 so ${it.client.jid}`])
  })

  test(`of several nodes some may refuse, in ${generation} (XEP-0326 §3.6.14)`, async () => {
    const it = workshop()
    const answer = await set(
      it,
      'executeCommonNodeCommand',
      { command: 'reset' },
      nodesIn(generation, ['m3', 'm2', 'm1']),
    )
    assert.match(
      answer,
      /<result>true<\/result><result error="It is locked\.">false<\/result><result>true<\/result>/,
    )
    const wrong = nodesIn(generation, ['m1', 'm3']) + submitted({ Level: '66' })
    const refused = set(it, 'executeCommonNodeCommand', { command: 'dim' }, wrong)
    assert.equal(await outcomeOf(refused), isLong ? 'FormError' : 'bad-request')
    const absent = set(
      it,
      'executeCommonNodeCommand',
      { command: 'reset' },
      nodesIn(generation, ['m1', 'm4']),
    )
    assert.equal(await outcomeOf(absent), isLong ? 'NotFound' : 'item-not-found')
    assert.deepEqual(it.done, ['reset m3', 'reset m1'])
  })

  test(`a query tells what it finds behind its answer, in ${generation} (XEP-0326 §3.6.6, §3.7)`, async () => {
    const it = workshop()
    const attributes = { id: 'm1', src, command: 'list', ...(isLong ? {} : { queryId: 'mine' }) }
    const answer = await set(it, 'executeNodeQuery', attributes)
    const id = isLong ? /queryId="(\w+)"/.exec(answer)?.[1] : 'mine'
    if (!isLong) assert.equal(answer, '')
    assert.deepEqual(progressIn(it.client.received, generation), [])
    await it.town.clock.advance(200)
    const told = progressIn(it.client.received, generation)
    assert.deepEqual(
      new Set(told.map(one => `${one.source} ${one.id} ${one.queryId}`)),
      new Set([`${src} m1 ${id}`]),
    )
    assert.equal(
      kindsOf(told),
      'queryStarted title beginSection newTable newRecords tableDone newObject queryMessage endSection queryDone',
    )
    const records = told.flatMap(one => one.events).find(one => one.kind === 'newRecords')
    const quantity = isLong
      ? { kind: 'string', value: '1.50 kW' }
      : { kind: 'quantity', magnitude: '1.50', unit: 'kW' }
    assert.deepEqual(records?.records[1]?.cells, [{ kind: 'int', value: '1' }, quantity])
    assert.equal(it.gateway.queries, 0)
  })

  test(`a query is aborted, and nothing of it is told after that, in ${generation} (XEP-0326 §3.6.8)`, async () => {
    const it = workshop()
    const own = isLong ? {} : { queryId: 'mine' }
    const answer = await set(it, 'executeNodeQuery', { id: 'm1', src, command: 'wait', ...own })
    const queryId = /queryId="(\w+)"/.exec(answer)?.[1] ?? 'mine'
    await it.town.clock.advance(200)
    assert.equal(it.gateway.queries, 1)
    const abort = (): Promise<string> =>
      outcomeOf(set(it, 'abortNodeQuery', { id: 'm1', src, queryId, ...(isLong ? {} : { command: 'wait' }) }))
    assert.equal(await abort(), 'OK')
    await it.town.clock.advance(1000)
    assert.equal(kindsOf(progressIn(it.client.received, generation)), 'queryStarted status queryAborted')
    assert.equal(it.gateway.queries, 0)
    // It may have ended before. §3.6.8
    assert.equal(await abort(), isLong ? 'NotFound' : 'item-not-found')
  })
}

test('a query of several nodes tells of each in its own messages (XEP-0326 §3.6.15)', async () => {
  const it = workshop()
  const inside = nodesIn('nf', ['m1', 'm3']) + submitted({ Rows: '1' })
  const answer = await it.client.ask(
    'set',
    gatewayJid,
    asked('nf', 'executeCommonNodeQuery', { command: 'list', queryId: 'q' }, inside),
  )
  assert.match(answer, /<partialExecution[^>]*><result>true<\/result><result>true<\/result>/)
  await it.town.clock.advance(500)
  const told = progressIn(it.client.received, 'nf')
  for (const id of ['m1', 'm3'])
    assert.match(kindsOf(told.filter(one => one.id === id)), /^queryStarted title .* queryDone$/)
})

test('a long table comes in several messages of bounded size', async () => {
  const it = workshop({ limits: { reportBytes: 2000 } })
  const question = asked(
    'nf',
    'executeNodeQuery',
    { id: 'm1', src, command: 'list', queryId: 'q' },
    submitted({ Rows: '500' }),
  )
  await it.client.ask('set', gatewayJid, question)
  await it.town.clock.advance(2000)
  const messages = it.client.received.filter(text => text.startsWith('<queryProgress'))
  assert.ok(messages.length > 20 && messages.every(text => text.length < 4000), String(messages.length))
  const rows = progressIn(messages, 'nf').flatMap(({ events }) =>
    events.flatMap((event: QueryEvent) => (event.kind === 'newRecords' ? event.records : [])),
  )
  const numbers = rows.map(({ cells: [first] }) => (first && 'value' in first ? Number(first.value) : -1))
  assert.deepEqual(
    numbers,
    Array.from({ length: 500 }, (_, n) => n),
  )
})

test('a query that fails says so, and ends', async () => {
  const it = workshop()
  await it.client.ask(
    'set',
    gatewayJid,
    asked('nf', 'executeNodeQuery', { id: 'm1', src, command: 'fail', queryId: 'q' }),
  )
  await it.town.clock.advance(200)
  const told = progressIn(it.client.received, 'nf')
  assert.equal(kindsOf(told), 'queryStarted status queryMessage queryDone')
  assert.match(JSON.stringify(told), /The disk is full\./)
})

test('what does not go into a message is not told: the query fails', async () => {
  const it = workshop({ limits: { queryPiece: 1000 } })
  const big: Record<string, (report: QueryReport) => Promise<unknown>> = {
    object: report => report.object('image/png', new Uint8Array(800)),
    row: async report => (await report.table('T', ['A'])).row('x'.repeat(1001)),
    title: report => report.title('x'.repeat(1001)),
  }
  for (const [what, tell] of Object.entries(big)) {
    it.source
      .node('m1')
      ?.update({ commands: { big: query({ run: async ({ report }) => void (await tell(report)) }) } })
    const question = asked('nf', 'executeNodeQuery', { id: 'm1', src, command: 'big', queryId: what })
    await it.client.ask('set', gatewayJid, question)
    await it.town.clock.advance(200)
    assert.ok(it.client.received.every(text => text.length < 1000))
    assert.match(it.client.received.join(''), /It could not be done\./)
    it.client.received.length = 0
  }
  assert.deepEqual(
    it.town.faults.splice(0).map(fault => fault instanceof RangeError),
    [true, true, true],
  )
  assert.equal(it.gateway.queries, 0)
})

test('queries are bounded for each client, have an id once, and end with the presence of their client', async () => {
  const it = workshop({ limits: { queries: 2 } })
  const begin = (attributes: Record<string, string>): Promise<string> =>
    outcomeOf(
      it.client.ask(
        'set',
        gatewayJid,
        asked('nf', 'executeNodeQuery', { id: 'm1', src, command: 'wait', ...attributes }),
      ),
    )
  assert.equal(await begin({}), 'bad-request')
  assert.equal(await begin({ queryId: 'a' }), 'OK')
  assert.equal(await begin({ queryId: 'a' }), 'conflict')
  assert.equal(await begin({ queryId: 'b' }), 'OK')
  assert.equal(await begin({ queryId: 'c' }), 'resource-constraint')
  await it.town.clock.advance(10)
  const stranger = it.town.station('client@example.org/other')
  const steal = asked('nf', 'abortNodeQuery', { id: 'm1', src, command: 'wait', queryId: 'a' })
  assert.equal(await outcomeOf(stranger.ask('set', gatewayJid, steal)), 'item-not-found')
  assert.equal(it.waiting.length, 2)
  it.town.leave(it.client)
  await settled()
  await it.town.clock.advance(10)
  assert.deepEqual([it.gateway.queries, it.waiting.map(({ signal }) => signal.aborted)], [0, [true, true]])
})
