import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { COMMANDS_NS } from '@waxwing/protocol'
import {
  adHoc,
  bool,
  controlLog,
  int,
  NotAuthorizedError,
  NotSupportedError,
  quantity,
  sample,
  string,
  type ThingOptions,
  thing,
  WriteError,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

const lamp = 'lamp@example.org/home'
const start = Date.parse('2024-06-01T12:00:00Z')

interface Scene {
  readonly town: Town
  readonly owner: Station
  readonly guest: Station
  readonly device: Station
  /** What was written. */
  readonly writes: unknown[]
  readonly off: () => void
  /** Commands that are listed for somebody. */
  readonly listed: (station: Station) => Promise<readonly (string | undefined)[]>
  readonly run: (attributes: string, payload?: string, station?: Station) => Promise<string>
}

function scene(options: Partial<ThingOptions> = {}): Scene {
  const town = new Town()
  const [device, owner, guest] = [lamp, 'owner@example.org/phone', 'guest@example.org/tv'].map(jid =>
    town.station(jid),
  ) as [Station, Station, Station]
  device.contacts.add('owner@example.org').add('guest@example.org')
  town.introduce()
  const writes: unknown[] = []
  const served = thing(device, {
    mayControl: ({ from }) => (from.startsWith('owner@') ? 'all' : 'none'),
    fields: {
      Temperature: quantity('°C', {
        read: () => 21.5,
        history: () => [1, 2, 3].map(hour => sample(hour, { time: new Date(start - hour * 3_600_000) })),
      }),
      Level: int({
        min: 0,
        max: 100,
        page: 'Light',
        label: { en: 'Level', de: 'Helligkeit' },
        read: () => 10,
        write: value => void writes.push(value),
      }),
      On: bool({ read: () => true, write: value => void writes.push(value) }),
      Name: string({ read: () => 'true', write: value => void writes.push(value) }),
    },
    ...options,
  })
  return {
    town,
    owner,
    guest,
    device,
    writes,
    off: adHoc(device, served),
    listed: async station =>
      ((await device.nodes.get(COMMANDS_NS)?.items?.(parseJid(station.jid))) ?? []).map(({ node }) => node),
    run: (attributes, payload = '', station = owner) =>
      station.ask('set', lamp, `<command xmlns="${COMMANDS_NS}" ${attributes}>${payload}</command>`),
  }
}

const submit = (values: Readonly<Record<string, string>>): string =>
  `<x xmlns="jabber:x:data" type="submit">${Object.entries(values)
    .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
    .join('')}</x>`

const as = { Level: '10', On: '1', Name: 'true' }

const sessionIn = (answer: string): string =>
  /sessionid="([0-9a-f]+)"/.exec(answer)?.[1] ?? assert.fail(answer)

async function opened(it: Scene): Promise<(values: Readonly<Record<string, string>>) => Promise<string>> {
  const id = sessionIn(await it.run('node="settings"'))
  return values => it.run(`node="settings" sessionid="${id}" action="complete"`, submit(values))
}

test('everybody is shown the commands they may use (XEP-0050 §2.2)', async () => {
  const it = scene()
  assert.deepEqual(await it.listed(it.owner), ['values', 'day', 'week', 'settings'])
  assert.deepEqual(await it.listed(it.guest), ['values', 'day', 'week'])
  assert.deepEqual(await it.listed(it.town.station('stranger@example.com/x')), [])
  assert.deepEqual(await it.listed(it.town.station('lamp@example.org/tablet')), [
    'values',
    'day',
    'week',
    'log',
  ])
  it.off()
  assert.deepEqual([...it.device.nodes.keys(), it.device.features.has(COMMANDS_NS)], [false])
})

test('values come as a form that is a result (XEP-0050 §2.4)', async () => {
  const answer = await scene().run('node="values" action="execute"')
  assert.match(answer, /status="completed"/)
  assert.match(answer, /<x [^>]*type="result">.*<value>21\.5 °C<\/value>.*<value>10<\/value>/)
})

test('the last day is told at a glance', async () => {
  assert.match(await scene().run('node="day"'), /<note[^>]*>Temperature .*1 … 3 °C<\/note>/)
})

test('settings are shown with types, bounds and pages, in the language of who asks', async () => {
  const answer = await scene().run('node="settings" xml:lang="de"')
  assert.match(answer, /status="executing"/)
  assert.match(answer, /<actions execute="complete"><complete\/><\/actions>/)
  assert.match(answer, /label="Helligkeit".*<range min="0" max="100"\/>/)
  assert.match(answer, /<page [^>]*label="Light"><fieldref var="Level"\/>/)
})

test('only what was changed is set (XEP-0325 §3.3.1)', async () => {
  const it = scene()
  const send = await opened(it)
  assert.match(await send({ ...as, Level: '40' }), /status="completed".*Level is set to 40\./)
  assert.deepEqual(it.writes, [40])
  const again = await opened(it)
  assert.match(await again(as), /Nothing was changed/)
  const text = await opened(it)
  await text({ ...as, Name: '1' })
  assert.deepEqual(it.writes, [40, '1'])
})

test('a sensor that cannot be read keeps nobody from setting the rest (XEP-0004 §3.2)', async () => {
  const writes: number[] = []
  const dead = (): number => {
    throw new Error('no probe')
  }
  const it = scene({
    fields: {
      Level: int({ read: () => 10, write: level => void writes.push(level) }),
      Probe: int({ read: dead, write: level => void writes.push(level) }),
    },
  })
  const send = await opened(it)
  assert.match(await send({ Level: '40', Probe: '' }), /status="completed".*Level is set to 40\./)
  assert.deepEqual(writes, [40])
})

test('what cannot be is shown again with what was filled in, and can be mended', async () => {
  const it = scene()
  const send = await opened(it)
  const answer = await send({ ...as, Level: '400', On: '0' })
  assert.match(answer, /status="executing"/)
  assert.match(answer, /<note type="error">.*Level: Expected a value from 0 to 100\.<\/note>/)
  assert.match(answer, /var="Level".*<value>400<\/value>/)
  assert.deepEqual(it.writes, [])
  assert.match(await send({ ...as, Level: '40', On: '0' }), /status="completed"/)
  assert.deepEqual(it.writes, [40, false])
})

test('a right that was taken away meanwhile is not there any more', async () => {
  let may = true
  const it = scene({ mayControl: () => (may ? 'all' : 'none') })
  const send = await opened(it)
  may = false
  await assert.rejects(send({ Level: '40' }), { condition: 'forbidden' })
  assert.deepEqual(it.writes, [])
})

test('a form is for one client, for ten minutes, and four at a time (XEP-0050 §3.3)', async () => {
  const it = scene()
  const first = await opened(it)
  const id = sessionIn(await it.run('node="settings"'))
  await assert.rejects(
    it.run(`node="settings" sessionid="${id}"`, submit(as), it.town.station('owner@example.org/x')),
    { condition: 'bad-request' },
  )
  for (let n = 0; n < 3; n++) await opened(it)
  await assert.rejects(first(as), { condition: 'bad-request' })
  await it.town.clock.advance(601_000)
  await assert.rejects(it.run(`node="settings" sessionid="${id}"`, submit(as)), { condition: 'not-allowed' })
  const late = await opened(it)
  it.device.sees(parseJid(it.owner.jid), false)
  await assert.rejects(late(as), { condition: 'bad-request' })
})

const broken: readonly [what: string, attributes: string, condition: string][] = [
  ['a command nobody knows', 'node="reboot"', 'item-not-found'],
  ['a name of the language', 'node="__proto__"', 'item-not-found'],
  ['an action nobody knows', 'node="values" action="dance"', 'bad-request'],
  ['an end without a beginning', 'node="settings" action="complete"', 'bad-request'],
  ['a session nobody knows', 'node="settings" sessionid="x" action="complete"', 'bad-request'],
  ['the record, asked for by somebody else', 'node="log"', 'forbidden'],
]
for (const [what, attributes, condition] of broken)
  test(`${what} is refused with ${condition} (XEP-0050 §4.4)`, async () => {
    const it = scene()
    await assert.rejects(it.run(attributes, submit({ Level: '1' })), { condition })
    assert.deepEqual([it.writes, it.town.faults], [[], []])
  })

test('a form is given up, or is none, and goes neither forward nor back (XEP-0050 §4.4)', async () => {
  const it = scene()
  const id = sessionIn(await it.run('node="settings"'))
  for (const action of ['next', 'prev'])
    await assert.rejects(it.run(`node="settings" sessionid="${id}" action="${action}"`), {
      condition: 'bad-request',
    })
  await assert.rejects(it.run(`node="settings" sessionid="${id}"`), { condition: 'bad-request' })
  assert.match(await it.run(`node="settings" sessionid="${id}" action="cancel"`), /status="canceled"/)
  await assert.rejects(it.run(`node="settings" sessionid="${id}"`, submit(as)), { condition: 'bad-request' })
  assert.deepEqual(it.writes, [])
})

test('the record is a table for whom the thing belongs to, and for nobody else (XEP-0050 §2.4)', async () => {
  const by = { by: parseJid('rules.example.org'), at: new Date(start) }
  const it = scene({
    mayControl: () => ({ decision: by }),
    fields: {
      Level: int({
        read: () => 10,
        write(level) {
          if (level > 1) throw level > 2 ? new Error('secret') : new WriteError('The relay is stuck.')
        },
      }),
    },
  })
  for (const level of [1, 2, 3])
    await (await opened(it))({ Level: `${level}` }).catch((error: unknown) =>
      assert.match(String(error), /set/),
    )
  const own = it.town.station('lamp@example.org/tablet')
  const told = { from: 'owner@example.org', node: undefined, name: 'Level', before: '10', way: 'ad-hoc' }
  const decision = 'rules.example.org 2024-06-01T12:00:00Z'
  assert.deepEqual(await controlLog(own, lamp), [
    { at: new Date(start), ...told, value: '1', decision, error: undefined },
    { at: new Date(start), ...told, value: '2', decision, error: 'The relay is stuck.' },
    { at: new Date(start), ...told, value: '3', decision, error: 'It failed.' },
  ])
  await assert.rejects(controlLog(it.guest, lamp), NotAuthorizedError)
  it.off()
  await assert.rejects(controlLog(own, lamp), NotSupportedError)
})

test('what depends on others is asked for again as it is then (XEP-0336)', async () => {
  const writes: string[] = []
  const it = scene({
    fields: {
      Mode: string({ options: ['eco', 'full'], read: () => 'eco', write: mode => void writes.push(mode) }),
      Level: int({
        max: 100,
        depending: ({ Mode }) => ({ max: Mode === 'eco' ? 50 : 100, readOnly: Mode === 'off' }),
        read: () => 10,
        write: level => void writes.push(`${level}`),
      }),
    },
  })
  const send = await opened(it)
  assert.match(
    await send({ Level: '80' }),
    /<note type="error">.*Expected a value of at most 50.*<value>80<.*max="50"/,
  )
  assert.match(
    await send({ Mode: 'full', Level: '120' }),
    /at most 100.*max="100".*<error xmlns="urn:xmpp:xdata:dynamic">/,
  )
  assert.match(await send({ Mode: 'full', Level: '80' }), /status="completed"/)
  assert.deepEqual(writes, ['full', '80'])
})
