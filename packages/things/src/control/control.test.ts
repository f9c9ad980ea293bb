import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlNs, generations } from '@waxwing/protocol'
import {
  bool,
  ControlError,
  check,
  color,
  date,
  dateTime,
  duration,
  enumeration,
  int,
  long,
  openForm,
  parameters,
  quantity,
  set,
  string,
  type ThingOptions,
  thing,
  time,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

const thingJid = 'dimmer@example.org/amr'

interface Scene {
  readonly device: Station
  readonly client: Station
  /** What was set, in order. */
  readonly writes: string[]
}

type Make = (write: (name: string) => (value: unknown) => void) => ThingOptions

function scene(make: Make): Scene {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station('primary@example.org/amr')
  device.contacts.add('primary@example.org')
  town.introduce()
  const writes: string[] = []
  const write =
    (name: string) =>
    (value: unknown): void =>
      void writes.push(`${name}=${shown(value)}`)
  thing(device, { mayControl: () => 'all', ...make(write) })
  return { device, client, writes }
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' || typeof value === 'string' ? `${value}` : JSON.stringify(value)
}

const dimmer: Make = write => ({
  fields: {
    FadeTimeMilliseconds: int({
      min: 0,
      max: 4095,
      label: 'Fade time',
      group: 'fade',
      page: 'Output',
      read: () => 300,
      write: write('fade'),
    }),
    OutputPercent: int({ min: 0, max: 100, page: 'Output', read: () => 100, write: write('output') }),
    MainSwitch: bool({ description: 'On or off.', read: () => true, write: write('switch') }),
    Temperature: quantity('°C', { read: () => 20 }),
  },
})

for (const generation of generations)
  test(`the form speaks the language of who asks, in ${generation} (XEP-0325 §3.3.1)`, async () => {
    const { client } = scene(write => ({
      fields: {
        Level: int({
          label: { en: 'Brightness', de: 'Helligkeit' },
          description: { en: 'How bright it is.', de: 'Wie hell es ist.' },
          read: () => 1,
          write: write('level'),
        }),
      },
    }))
    const told = async (lang: string): Promise<unknown> => {
      const [level] = await parameters(client, thingJid, { generation, lang })
      return [level?.label, level?.description]
    }
    assert.deepEqual(await told('de-AT'), ['Helligkeit', 'Wie hell es ist.'])
    assert.deepEqual(await told('fr'), ['Brightness', 'How bright it is.'])
  })

async function refusal(doing: Promise<unknown>): Promise<ControlError> {
  const error: unknown = await doing.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ControlError, String(error))
  return error
}

for (const generation of generations)
  test(`parameters are set in the order in which they are named, in ${generation} (XEP-0325 §3.2.11)`, async () => {
    const { client, writes } = scene(dimmer)
    const done = await set(client, thingJid, { OutputPercent: 10, FadeTimeMilliseconds: 500 }, { generation })
    assert.deepEqual(writes, ['output=10', 'fade=500'])
    assert.deepEqual(done, { parameters: ['OutputPercent', 'FadeTimeMilliseconds'], nodes: [] })
  })

for (const generation of generations)
  test(`the form tells everything that can be set, in ${generation} (XEP-0325 §3.3.1)`, async () => {
    const { client } = scene(dimmer)
    const [fade, output, main, ...others] = await parameters(client, thingJid, { generation })
    assert.deepEqual(others, [])
    assert.deepEqual(fade, {
      name: 'FadeTimeMilliseconds',
      kind: 'int',
      label: 'Fade time',
      description: undefined,
      min: '0',
      max: '4095',
      options: undefined,
      value: '300',
      group: 'fade',
      hasAlpha: false,
      readOnly: false,
    })
    assert.deepEqual([output?.max, main?.kind, main?.description], ['100', 'boolean', 'On or off.'])
  })

for (const generation of generations)
  test(`all wrong parameters are told and nothing is set, in ${generation} (XEP-0325 §3.1.3, §3.3.4)`, async () => {
    const { client, writes } = scene(dimmer)
    const kinds = { OutputPercent: 'int', MainSwitch: 'int', FadeTimeMilliseconds: 'int' } as const
    const values = { OutputPercent: 200, MainSwitch: 1, FadeTimeMilliseconds: 1 }
    const { condition, faults } = await refusal(set(client, thingJid, values, { generation, kinds }))
    assert.equal(condition, 'bad-request')
    assert.deepEqual(faults, [
      { name: 'OutputPercent', text: 'Expected a value from 0 to 100.' },
      { name: 'MainSwitch', text: 'Invalid parameter type.' },
    ])
    assert.deepEqual(writes, [])
  })

for (const generation of generations)
  test(`what is not there is item-not-found, in ${generation}`, async () => {
    const { client } = scene(dimmer)
    const error = await refusal(set(client, thingJid, { Temperature: 30 }, { generation, kinds: {} }))
    assert.equal(error.condition, 'item-not-found')
  })

test('nobody but the own account may set anything unless the thing says so', async () => {
  const { client, device, writes } = scene(write => ({ ...dimmer(write), mayControl: undefined as never }))
  for (const generation of generations) {
    const error = await refusal(set(client, thingJid, { MainSwitch: false }, { generation, kinds: {} }))
    assert.equal(error.condition, 'forbidden')
    assert.equal((await refusal(parameters(client, thingJid, { generation }))).condition, 'forbidden')
  }
  assert.deepEqual(writes, [])
  const own = device.town.station('dimmer@example.org/phone')
  await set(own, thingJid, { MainSwitch: false }, { generation: 'nf' })
  assert.deepEqual(writes, ['switch=false'])
})

test('a permission may allow a part, which is done and told (XEP-0324)', async () => {
  const { client, writes } = scene(write => ({
    ...dimmer(write),
    mayControl: () => ({ parameters: ['MainSwitch'] }),
  }))
  const done = await set(client, thingJid, { MainSwitch: false, OutputPercent: 1 })
  assert.deepEqual([done.parameters, writes], [['MainSwitch'], ['switch=false']])
  assert.deepEqual(
    (await parameters(client, thingJid)).map(({ name }) => name),
    ['MainSwitch'],
  )
  assert.equal(
    (await refusal(set(client, thingJid, { OutputPercent: 1 }, { kinds: {} }))).condition,
    'forbidden',
  )
})

const values: Make = write => ({
  fields: {
    Boolean: bool({ read: () => true, write: write('Boolean') }),
    Color: color({ read: () => '3399FF', write: write('Color') }),
    Date: date({ read: () => '2013-05-01', write: write('Date') }),
    DateTime: dateTime({ read: () => '2013-04-02T08:00:00Z', write: write('DateTime') }),
    Double: quantity('mA', { min: 4, max: 20, read: () => 8.192, write: write('Double') }),
    Duration: duration({ read: () => 'PT3M30S', write: write('Duration') }),
    Int: int({ read: () => 50000, write: write('Int') }),
    Long: long({ read: () => 500000000000000n, write: write('Long') }),
    Mode: enumeration('Modes', {
      options: { auto: 'Automatic', off: 'Off' },
      read: () => 'off',
      write: write('Mode'),
    }),
    String: string({ read: () => 'x', write: write('String') }),
    Time: time({ read: () => '08:00:00', write: write('Time') }),
  },
})

for (const generation of generations)
  test(`values of all types arrive, in ${generation} (XEP-0325 §3.2)`, async () => {
    const { client, writes } = scene(values)
    const wanted = {
      Boolean: false,
      Color: 'FF8800',
      Date: '2026-11-21',
      DateTime: new Date('2026-11-21T12:00:00Z'),
      Double: 8.5,
      Duration: 'PT1H',
      Int: 7,
      Long: 12345678901234n,
      Mode: 'auto',
      String: 'Temperature: 21.4 °C',
      Time: '09:30:00',
    }
    await set(client, thingJid, wanted, { generation })
    const [, colour, , dateTime, double, , , long, mode, text] = writes
    assert.deepEqual(
      [writes.length, colour, dateTime, double, long, mode, text],
      [
        11,
        'Color=FF8800',
        'DateTime=2026-11-21T12:00:00.000Z',
        'Double=8.5',
        'Long=12345678901234',
        'Mode=auto',
        'String=Temperature: 21.4 °C',
      ],
    )
  })

const wrong: readonly [name: string, value: string | number, why: RegExp][] = [
  ['Color', 'red', /3399FF/],
  ['Date', '2013-02-30', /Invalid parameter value/],
  ['Double', 20.1, /from 4 to 20/],
  ['Int', 1.5, /Invalid parameter value/],
  ['Long', 'x', /Invalid parameter value/],
  ['Mode', 'fast', /auto, off/],
]
for (const [name, value, why] of wrong)
  test(`${name} does not take ${value}`, async () => {
    const { client } = scene(values)
    const { faults } = await refusal(set(client, thingJid, { [name]: value }))
    assert.match(faults[0]?.text ?? '', why)
  })

test('a command in a message is carried out and never answered (XEP-0325 §3.1.1)', async () => {
  const { client, device, writes } = scene(dimmer)
  client.say(
    thingJid,
    `<set xmlns="${controlNs('xep')}"><boolean name="MainSwitch" value="false"/><int name="OutputPercent" value="7"/></set>`,
  )
  client.say(thingJid, `<set xmlns="${controlNs('xep')}"><int name="OutputPercent" value="700"/></set>`)
  await device.town.clock.advance(10)
  assert.deepEqual(writes, ['switch=false', 'output=7'])
  assert.deepEqual(client.received, [])
})

test('a thing without outputs announces no control', async () => {
  const { client, device } = scene(() => ({ fields: { Temperature: quantity('°C', { read: () => 20 }) } }))
  assert.ok(!device.features.has(controlNs('nf')))
  await assert.rejects(set(client, thingJid, { Temperature: 1 }), /announces no control/)
})

for (const generation of generations)
  test(`a thing says what is wrong before anything is set, in ${generation} (XEP-0336 §3.2, §3.5)`, async () => {
    const { client, writes } = scene(dimmer)
    const values = { FadeTimeMilliseconds: 500, OutputPercent: 200, MainSwitch: 'maybe', Speed: 1 }
    assert.deepEqual(await check(client, thingJid, values, { generation }), [
      { name: 'OutputPercent', text: 'Expected a value from 0 to 100.' },
      { name: 'MainSwitch', text: 'Invalid parameter value.' },
      { name: 'Speed', text: 'There is no such parameter.' },
    ])
    assert.deepEqual(await check(client, thingJid, { OutputPercent: 20 }, { generation }), [])
    assert.deepEqual(writes, [])
  })

test('a form of nodes is about them until it is submitted, whatever they are called (XEP-0325 §3.4.6)', async () => {
  const nodes = [{ id: 'Output 1 é%', source: '' }]
  const { client, writes } = scene(write => ({
    nodes: [
      {
        ...nodes[0],
        id: 'Output 1 é%',
        fields: { Level: int({ max: 9, postBack: true, read: () => 1, write: write('l') }) },
      },
    ],
  }))
  const form = await openForm(client, thingJid, { nodes })
  assert.equal(form.title, 'Output 1 é%')
  await form.edit({ Level: 10 })
  assert.equal(form.parameter('Level')?.error, 'Expected a value of at most 9.')
  await form.edit({ Level: 9 })
  await form.submit()
  assert.deepEqual(writes, ['l=9'])
})
