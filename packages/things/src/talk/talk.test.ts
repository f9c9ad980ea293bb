import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { quantityValue } from '@waxwing/protocol'
import {
  bool,
  int,
  memoryHistory,
  quantity,
  sample,
  type TalkingClient,
  type ThingOptions,
  talk,
  thing,
} from '../index.ts'
import { Town } from '../stations.test.ts'
import { sparkline } from './sparkline.ts'

const start = Date.parse('2024-06-01T12:00:00Z')

interface Scene {
  /** What the thing answers. */
  readonly says: (text: string, from?: string) => Promise<string | undefined>
  readonly level: () => number
  readonly faults: unknown[]
}

const kept = quantity('°C', { read: () => 21.5, history: '30d', every: '1h' })

function scene(options: Partial<ThingOptions> = {}, town = new Town()): Scene {
  const device = town.station('lamp@example.org/home')
  device.contacts.add('owner@example.org')
  let level = 10
  const served = thing(device, {
    mayControl: ({ from }) => (from.startsWith('owner@example.org/') ? 'all' : 'none'),
    fields: {
      Temperature: quantity('°C', {
        precision: 1,
        read: () => 21.5,
        history: () =>
          Array.from({ length: 24 }, (_, hour) =>
            sample(hour, { time: new Date(start - (24 - hour) * 3_600_000) }),
          ),
      }),
      Level: int({ min: 0, max: 100, read: () => level, write: value => void (level = value) }),
      On: bool({ read: () => true }),
    },
    ...options,
  })
  let listener: Parameters<TalkingClient['on']>[1] = () => {}
  talk(
    {
      jid: device.jid,
      roster: device.roster,
      platform: device.platform,
      on: (_, heard) => {
        listener = heard
        return () => {}
      },
    },
    served,
  )
  const says = async (body: string, from = 'owner@example.org/phone'): Promise<string | undefined> => {
    const answers: string[] = []
    const reply = (text: string): number => answers.push(text)
    listener({ from: parseJid(from), body, delayedSince: undefined, reply })
    for (let turn = 0; turn < 100 && answers.length === 0; turn++) await town.clock.advance(0)
    return answers[0]
  }
  return { says, level: () => level, faults: town.faults }
}

test('a person asks for help, and learns what they may do', async () => {
  const { says } = scene()
  assert.equal(
    await says('help'),
    [
      'values: everything I measure',
      'day, week: the last 24 hours or 7 days at a glance',
      'Temperature: that value alone',
      'settings: what you can set',
      'Level = 10: sets it',
    ].join('\n'),
  )
})

test('all values, some, and one by its name', async () => {
  const { says } = scene()
  assert.equal(await says('Values'), 'Temperature: 21.5 °C\nLevel: 10\nOn: yes')
  assert.equal(await says('read Level'), 'Level: 10')
  assert.equal(await says('temperature'), 'Temperature: 21.5 °C')
  assert.match((await says('colour')) ?? '', /do not know what "colour" means/)
})

test('the last day at a glance', async () => {
  const { says } = scene()
  assert.equal(await says('day'), 'Temperature ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███ 0.0 … 23.0 °C')
})

test('what a thing keeps itself is told for a day and a week, however much it is', async () => {
  const town = new Town()
  const store = memoryHistory()
  const rows = Array.from({ length: 12_000 }, (_, index) => ({
    at: start - (12_000 - index) * 50_000,
    value: quantityValue((index < 10_272 ? 5 : 20 + (index - 10_272) / 200).toFixed(3), '°C'),
    quality: [],
  }))
  await store.write([{ do: 'add', series: '["Temperature","all"]', rows }])
  const { says } = scene({ history: store, fields: { Temperature: kept } }, town)
  assert.equal(await says('day temperature'), 'Temperature ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███ 20.000 … 28.635 °C')
  assert.match((await says('week')) ?? '', /^Temperature +▁▁▁▁▁▁▁▁▁▁▁█*[^ ]+ 5\.000 … 28\.\d+ °C$/)
  assert.equal(await says('day pressure'), 'I remember nothing of pressure in the last day.')
})

test('settings are shown and set, within their bounds', async () => {
  const { says, level } = scene()
  assert.equal(await says('settings'), 'Level = 10 (int from 0 to 100)')
  assert.equal(await says('set Level = 40'), 'Level is set to 40.')
  assert.equal(level(), 40)
  assert.equal(await says('Level: 400'), 'Level: Expected a value from 0 to 100.')
  assert.equal(await says('On = no'), 'On: There is no such parameter.')
  assert.equal(level(), 40)
})

test('a person has the rights of a program, and no more', async () => {
  const { says } = scene({ mayRead: () => 'none', mayControl: () => 'none' })
  assert.equal(await says('values'), 'Reading is not allowed')
  assert.equal(await says('Level = 3'), 'Access denied.')
})

test('strangers hear nothing, and nobody is answered without end', async () => {
  const { says } = scene()
  assert.equal(await says('values', 'stranger@example.org/x'), undefined)
  const answers: unknown[] = []
  for (let n = 0; n < 40; n++) answers.push(await says('On'))
  assert.equal(answers.filter(answer => answer !== undefined).length, 30)
})

test('what is longer than anybody says is not looked through', async () => {
  const { says } = scene()
  assert.equal(await says(`a${' '.repeat(100_000)}b`), 'That is too long for me.')
})

test('a word finds all names that hold it', async () => {
  const { says } = scene()
  assert.equal(await says('e'), 'Temperature: 21.5 °C\nLevel: 10')
})

test('a sparkline has a bar for every span of time, and blanks where nothing is known', () => {
  assert.equal(
    sparkline(
      [
        [0, 1],
        [50, 3],
      ],
      0,
      100,
      4,
    ),
    '▁ █ ',
  )
  assert.equal(sparkline([[0, 5]], 0, 100, 2), '▁ ')
})

test('who set what is told to whom the thing belongs to, and to nobody else', async () => {
  const { says } = scene()
  assert.equal(await says('log', 'lamp@example.org/phone'), 'Nothing was set lately.')
  await says('Level = 40')
  await says('Level = 400')
  assert.equal(
    await says('log', 'lamp@example.org/phone'),
    '2024-06-01 12:00:00 UTC owner@example.org: Level = 40 (was 10, by chat)',
  )
  assert.equal(await says('log'), 'Only my owner may know who set what.')
})
