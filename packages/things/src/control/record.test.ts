/** What is remembered of what was set, and by whom. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { COMMANDS_NS, controlNs, provisioning, provisioningNs } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import {
  adHoc,
  bool,
  ControlError,
  type ControlRecord,
  int,
  memoryHistory,
  openForm,
  set,
  type Thing,
  type ThingOptions,
  thing,
  WriteError,
} from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const device = 'plant@example.org/amr'
const nowhere = { write: () => {} }

interface Scene {
  readonly town: Town
  readonly station: Station
  readonly client: Station
  readonly served: Thing
}

function scene(options: ThingOptions): Scene {
  const town = new Town()
  const [station, client] = [town.station(device), town.station('ann@example.org/phone')]
  station.contacts.add('ann@example.org')
  town.introduce()
  return {
    town,
    station,
    client,
    served: thing(
      station,
      options.provisioning === undefined ? { mayControl: () => 'all', ...options } : options,
    ),
  }
}

async function refusal(doing: Promise<unknown>): Promise<ControlError> {
  const error: unknown = await doing.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ControlError, String(error))
  return error
}

const short = ({ from, name, before, value, way, error }: ControlRecord): string =>
  `${from.split('@')[0]} ${way} ${name}: ${before} → ${value}${error === undefined ? '' : `, ${error instanceof Error ? error.message : 'failed'}`}`

test('the record tells who set what, what it was before, and which way it came', async () => {
  let level = 1
  const { client, station, served } = scene({
    fields: {
      Level: int({
        max: 9,
        read: () => level,
        write(value) {
          if (value === 9) throw new WriteError('Stuck.')
          level = value
        },
      }),
    },
  })
  await set(client, device, { Level: 2 })
  client.say(device, `<set xmlns="${controlNs('xep')}"><int name="Level" value="3"/></set>`)
  await settled()
  const form = await openForm(client, device)
  await form.edit({ Level: 4 })
  await form.submit()
  const off = adHoc(station, served)
  const command = (attributes: string, form = ''): Promise<string> =>
    client.ask(
      'set',
      device,
      `<command xmlns="${COMMANDS_NS}" node="settings" ${attributes}>${form}</command>`,
    )
  const id = /sessionid="([0-9a-f]+)"/.exec(await command(''))?.[1]
  await command(
    `sessionid="${id}"`,
    '<x xmlns="jabber:x:data" type="submit"><field var="Level"><value>5</value></field></x>',
  )
  off()
  await served.command(client.address, { Level: '6' })
  await refusal(set(client, device, { Level: 9 }))
  await refusal(set(client, device, { Level: 10 }))
  assert.deepEqual(served.log.map(short), [
    'ann iq Level: 1 → 2',
    'ann message Level: 2 → 3',
    'ann form Level: 3 → 4',
    'ann ad-hoc Level: 4 → 5',
    'ann program Level: 5 → 6',
    'ann iq Level: 6 → 9, Stuck.',
  ])
})

test('a value that does not tell itself in time holds nothing up', async () => {
  const { client, served, town } = scene({
    fields: { Level: int({ read: () => new Promise(() => {}), write: () => {} }) },
  })
  const setting = set(client, device, { Level: 2 }, { kinds: {}, generation: 'nf' })
  await town.clock.advance(100)
  await setting
  assert.deepEqual(served.log.map(short), ['ann iq Level: undefined → 2'])
})

test('the record outlives the process where the thing has a store, in its bounds', async () => {
  const history = memoryHistory()
  const lives = async (levels: readonly number[]): Promise<readonly string[]> => {
    const { client, served } = scene({
      fields: { Level: int({ read: () => 0, write: level => assert.notEqual(level, 7) }) },
      limits: { logged: 5 },
      history,
    })
    for (const Level of levels) await set(client, device, { Level }, { kinds: {} }).catch(() => {})
    await settled()
    await served[Symbol.asyncDispose]()
    return served.log.map(short)
  }
  const first = ['ann iq Level: 0 → 1', 'ann iq Level: 0 → 2']
  assert.deepEqual(await lives([1, 2]), first)
  assert.deepEqual(await lives([]), first)
  assert.equal((await lives([3, 4, 5, 6, 7, 8]))[3]?.slice(0, 19), 'ann iq Level: 0 → 7')
  // Each process alone stays below what is trimmed at once; all together do not pile up.
  for (const level of [1, 2, 3, 4, 5, 6, 8]) await lives([level])
  const last = await lives([])
  assert.deepEqual([last.length, last.at(-1)], [5, 'ann iq Level: 0 → 8'])
  const rows = await history.read('control', { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100 })
  assert.ok(rows.length <= 5, `${rows.length}`)
})

test('what lies broken in the store is left out of the record', async () => {
  const history = memoryHistory()
  const row = (at: number, text: string) =>
    ({ at, value: { kind: 'string', value: text, text }, quality: [] }) as const
  const texts = ['', 'null', '[]', '{', '{"from":5}', '{"from":"a@b@c","at":"x"}']
  await history.write([{ do: 'add', series: 'control', rows: texts.map((text, at) => row(at, text)) }])
  const { served, town } = scene({ fields: { Level: int({ read: () => 0, ...nowhere }) }, history })
  await settled()
  assert.deepEqual([served.log, town.faults], [[], []])
})

test('an output that fails half way tells what was set before, and the record has both', async () => {
  const records: ControlRecord[] = []
  const writes: string[] = []
  const flag = (name: string) => bool({ read: () => false, write: () => void writes.push(name) })
  const stuck = (): never => {
    throw new WriteError('The relay is stuck.')
  }
  const { client } = scene({
    fields: { First: flag('first'), Second: bool({ read: () => false, write: stuck }), Third: flag('third') },
    onControl: record => records.push(record),
  })
  const error = await refusal(set(client, device, { First: true, Second: true, Third: true }))
  assert.match(error.message, /Set before it failed: First\. Second: The relay is stuck\./)
  assert.deepEqual(writes, ['first'])
  assert.deepEqual(records.map(short), [
    'ann iq First: false → true',
    'ann iq Second: false → true, The relay is stuck.',
  ])
})

test('the record names who else has decided, and when (XEP-0324 §3.4)', async () => {
  const judge = 'rules.example.org'
  const { client, served, town } = scene({
    fields: { Level: int({ read: () => 1, ...nowhere }) },
    provisioning: judge,
  })
  const asked = town.station(judge)
  asked.features.add(provisioningNs('nf'))
  const { controlAnswer } = provisioning('nf')
  const may = {
    generation: 'nf',
    jid: parseJid('ann@example.org'),
    nodes: [],
    parameters: [],
    result: true,
  } as const
  asked.script(() => writeWire(controlAnswer, may))
  await set(client, device, { Level: 2 }, { kinds: {} })
  const at = new Date(town.clock.wall())
  await town.clock.advance(60_000)
  await set(client, device, { Level: 3 }, { kinds: {} })
  assert.deepEqual(
    served.log.map(({ value, decision }) => [value, decision]),
    [
      ['2', { by: judge, at }],
      ['3', { by: judge, at }],
    ],
  )
})
