/** Forms that are filled in while the thing goes on: post-backs, updates, sessions, on both sides. XEP-0336 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlNs, DYNAMIC_FORMS_NS, generations } from '@waxwing/protocol'
import {
  bool,
  ControlError,
  type FormParameter,
  int,
  openForm,
  parameters,
  quantity,
  set,
  string,
  type Thing,
  type ThingOptions,
  thing,
} from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const device = 'heating@example.org/amr'

interface Scene {
  readonly town: Town
  readonly station: Station
  readonly client: Station
  readonly served: Thing
  readonly state: Record<string, unknown>
}

const regions: Readonly<Record<string, readonly string[]>> = { CL: ['AN', 'AP'], SE: ['O', 'V'] }

/** A heating whose setpoint is bounded by its mode, and that is only at hand while it is on. */
function scene(options: Partial<ThingOptions> = {}): Scene {
  const town = new Town()
  const [station, client] = [town.station(device), town.station('ann@example.org/phone')]
  town.introduce()
  const state: Record<string, unknown> = {
    On: true,
    Mode: 'eco',
    Setpoint: 18,
    Name: 'x',
    Country: 'CL',
    Region: 'AN',
  }
  const of = (name: string): { read(): never; write(value: unknown): void } => ({
    // Each has what its field is declared with.
    read: () => state[name] as never,
    write: (value: unknown) => void (state[name] = value),
  })
  const served = thing(station, {
    mayControl: () => 'all',
    fields: {
      On: bool(of('On')),
      Mode: string({ options: ['eco', 'comfort'], ...of('Mode') }),
      Setpoint: quantity('°C', {
        min: 5,
        max: 30,
        depending: ({ Mode, On }) => ({ ...(Mode === 'eco' ? { max: 20 } : {}), readOnly: On !== 'true' }),
        ...of('Setpoint'),
      }),
      Name: string({
        check: name => (name.includes('(') ? ') expected.' : undefined),
        ...of('Name'),
      }),
      Country: string({ options: Object.keys(regions), ...of('Country') }),
      Region: string({
        depending: ({ Country = '' }) => ({ options: regions[Country] ?? [], isThere: Country !== '' }),
        ...of('Region'),
      }),
    },
    ...options,
  })
  return { town, station, client, served, state }
}

const shown = (all: readonly FormParameter[], ...names: readonly string[]): readonly unknown[] =>
  all
    .filter(({ name }) => names.includes(name))
    .map(({ name, value, min, max, readOnly, error, options }) => [
      name,
      value,
      ...(max === undefined ? [] : [`${min} … ${max}`]),
      ...(readOnly ? ['read-only'] : []),
      ...(options ? [[...options.keys()].join()] : []),
      ...(error === undefined ? [] : [error]),
    ])

for (const generation of generations)
  test(`options, bounds and read-only flags follow what is filled in, in ${generation} (XEP-0336 §3.2, §3.3)`, async () => {
    const { client, state } = scene()
    const form = await openForm(client, device, { generation })
    assert.deepEqual(shown(form.parameters, 'Setpoint', 'Region'), [
      ['Setpoint', '18', '5 … 20'],
      ['Region', 'AN', 'AN,AP'],
    ])
    await form.edit({ Mode: 'comfort', Setpoint: 25 })
    await form.edit({ Country: 'SE', Region: 'AP' })
    assert.deepEqual(shown(form.parameters, 'Setpoint', 'Region'), [
      ['Setpoint', '25', '5 … 30'],
      ['Region', 'AP', 'O,V', 'Expected one of: O, V.'],
    ])
    await form.edit({ Region: 'V', On: false })
    assert.deepEqual(shown(form.parameters, 'Setpoint', 'Region'), [
      ['Setpoint', '18', '5 … 30', 'read-only'],
      ['Region', 'V', 'O,V'],
    ])
    await assert.rejects(form.edit({ Setpoint: 20 }), /Setpoint cannot be set as things are/)
    assert.deepEqual((await form.submit()).parameters, ['On', 'Mode', 'Country', 'Region'])
    assert.deepEqual(
      [state['Mode'], state['Setpoint'], state['Region'], state['On'], form.isOpen],
      ['comfort', 18, 'V', false, false],
    )
  })

test('what depends on others is checked by them when it is set, too (XEP-0325 §3.4.3)', async () => {
  const { client, state } = scene()
  const faults = async (values: Record<string, string | number | boolean>): Promise<unknown> => {
    const error: unknown = await set(client, device, values).catch((reason: unknown) => reason)
    assert.ok(error instanceof ControlError, String(error))
    return error.faults.map(({ name, text }) => `${name}: ${text}`)
  }
  assert.deepEqual(await faults({ Setpoint: 25 }), ['Setpoint: Expected a value from 5 to 20.'])
  assert.deepEqual(await faults({ On: false, Setpoint: 15 }), ['Setpoint: It cannot be set as things are.'])
  assert.deepEqual(await faults({ Name: 'sin(x' }), ['Name: ) expected.'])
  await set(client, device, { Setpoint: 25, Mode: 'comfort' })
  assert.deepEqual([state['Setpoint'], state['Mode'], state['Name']], [25, 'comfort', 'x'])
})

test('fields come and go with what others are (XEP-0336 §3.2)', async () => {
  const { client, state } = scene()
  state['Country'] = undefined
  const form = await openForm(client, device)
  assert.equal(form.parameter('Region'), undefined)
  await form.edit({ Country: 'SE' })
  assert.deepEqual(shown(form.parameters, 'Region'), [['Region', 'AN', 'O,V']])
  await form.cancel()
})

test('what is wrong is told beside its field, until it is edited (XEP-0336 §3.5)', async () => {
  const { client } = scene()
  const form = await openForm(client, device)
  await form.edit({ Name: 'sin(x' })
  assert.equal(form.parameter('Name')?.error, ') expected.')
  await form.edit({ Name: 'y' })
  assert.equal(form.parameter('Name')?.error, undefined)
  // Nothing depends on it: what is wrong comes out when it is submitted, and the form stays.
  await form.edit({ Setpoint: 40 })
  await assert.rejects(form.submit(), ControlError)
  assert.equal(form.parameter('Setpoint')?.error, 'Expected a value from 5 to 20.')
  await form.edit({ Setpoint: 19 })
  assert.deepEqual((await form.submit()).parameters, ['Setpoint', 'Name'])
})

test('who has a form open hears what changes, and keeps what is edited (XEP-0336 §3.9, §5.3)', async () => {
  const { town, client, served, state } = scene()
  const form = await openForm(client, device)
  let changes = 0
  form.onChange(() => changes++)
  await form.edit({ Setpoint: 19 })
  state['Setpoint'] = 12
  state['Mode'] = 'comfort'
  served.changed('Setpoint', 'Mode')
  await town.clock.advance(1_000)
  assert.deepEqual(shown(form.parameters, 'Mode', 'Setpoint'), [
    ['Mode', 'comfort', 'eco,comfort'],
    ['Setpoint', '19', '5 … 30'],
  ])
  assert.deepEqual([form.parameter('Setpoint')?.isEdited, changes], [true, 2])
  // Another one at the switch is noticed as well, and nothing is said twice.
  await set(town.station('bob@example.org/tv'), device, { Name: 'z' }, { kinds: {}, generation: 'nf' })
  served.changed()
  await town.clock.advance(5_000)
  assert.deepEqual([form.parameter('Name')?.value, changes], ['z', 3])
  const [update = ''] = client.received
  assert.match(update, /^<updated xmlns="urn:xmpp:xdata:dynamic" sessionVariable="xdd session"/)
  assert.equal(client.received.length, 2)
})

test('updates of a form come one a second, the last one always (XEP-0336 §3.9)', async () => {
  const { town, client, served, state } = scene()
  const form = await openForm(client, device)
  for (let n = 0; n < 50; n++) {
    state['Name'] = `n${n}`
    served.changed('Name')
    await town.clock.advance(50)
  }
  await town.clock.advance(1_000)
  assert.deepEqual([form.parameter('Name')?.value, client.received.length], ['n49', 4])
  await form.cancel()
  served.changed()
  await town.clock.advance(2_000)
  assert.deepEqual([client.received.length, town.clock.pending], [4, 0])
})

test('only who says that it knows such forms is sent updates, and only the thing is believed (XEP-0336 §4)', async () => {
  const { town, client, served, state, station } = scene()
  await parameters(client, device)
  const plain = await client.ask('get', device, `<getForm xmlns="${controlNs('nf')}"/>`)
  state['Name'] = 'y'
  served.changed()
  await town.clock.advance(2_000)
  assert.deepEqual([client.received, station.features.has(DYNAMIC_FORMS_NS)], [[], true])
  assert.match(plain, /xdd session/)
  const form = await openForm(client, device)
  const session = /var="xdd session" type="hidden"><value>([^<]+)</
  const mine = session.exec(await client.ask('get', device, `<getForm xmlns="${controlNs('nf')}"/>`))
  const forged = `<updated xmlns="${DYNAMIC_FORMS_NS}" sessionVariable="xdd session"><x xmlns="jabber:x:data" type="form"><field var="xdd session" type="hidden"><value>${mine?.[1]}</value></field></x></updated>`
  town.station('eve@example.org/x').say(client.jid, forged)
  station.say(client.jid, forged)
  await settled()
  assert.equal(form.parameters.length, 6)
})

test('values that take their time come when they are there (XEP-0325 §5.2.1, XEP-0336 §3.9)', async () => {
  const slow = Promise.withResolvers<number>()
  const { town, client } = scene({
    fields: {
      Fast: int({ read: () => 1, write: () => {} }),
      Slow: int({ read: () => slow.promise, write: () => {} }),
    },
  })
  const opening = openForm(client, device)
  await town.clock.advance(2_000)
  const form = await opening
  assert.deepEqual(shown(form.parameters, 'Fast', 'Slow'), [
    ['Fast', '1'],
    ['Slow', undefined],
  ])
  slow.resolve(7)
  await town.clock.advance(1_000)
  assert.deepEqual(shown(form.parameters, 'Slow'), [['Slow', '7']])
  await form.cancel()
  await town.clock.advance(30_000)
  assert.equal(town.clock.pending, 0)
})

test('a form that was forgotten is opened anew, with what was filled in (XEP-0336 §3.7, §5.2)', async () => {
  const { town, client, served } = scene()
  const form = await openForm(client, device)
  await form.edit({ Setpoint: 16 })
  await town.clock.advance(15 * 60_000 + 1)
  await form.edit({ Mode: 'comfort' })
  assert.deepEqual(shown(form.parameters, 'Setpoint'), [['Setpoint', '16', '5 … 30']])
  assert.equal(served.openForms, 1)
  await form.submit()
  assert.equal(served.openForms, 0)
})

test('forms are held in bounds, and for whom they are (XEP-0336 §3.6, §5.2)', async () => {
  const { client, served, town, station } = scene({ limits: { forms: 2, allForms: 3 } })
  const asks = async (who: Station): Promise<string> => {
    const form = await who.ask('get', device, `<getForm xmlns="${controlNs('xep')}"/>`)
    return /<value>([0-9a-f]{32})<\/value>/.exec(form)?.[1] ?? assert.fail(form)
  }
  const sends = (who: Station, name: string, session: string, type = 'submit'): Promise<string> =>
    who.ask(
      'set',
      device,
      `<${name} xmlns="${DYNAMIC_FORMS_NS}"><x xmlns="jabber:x:data" type="${type}"><field var="xdd session"><value>${session}</value></field><field var="Setpoint"><value>10</value></field></x></${name}>`,
    )
  const gone = { condition: 'item-not-found' }
  const first = await asks(client)
  const second = await asks(client)
  assert.match(await sends(client, 'submit', first), /<value>10<\/value>/)
  // §3.2
  await assert.rejects(sends(client, 'submit', first, 'form'), { condition: 'bad-request' })
  // The one left alone longest goes.
  const third = await asks(client)
  await assert.rejects(sends(client, 'submit', second), gone)
  const bob = town.station('bob@example.org/tv')
  for (const name of ['submit', 'cancel']) await assert.rejects(sends(bob, name, first), gone)
  for (let n = 0; n < 3; n++) await asks(bob)
  assert.equal(served.openForms, 3)
  await assert.rejects(sends(client, 'submit', first), gone)
  assert.equal(await sends(client, 'cancel', third), '')
  await assert.rejects(sends(client, 'cancel', third), gone)
  for (const foreign of ['', 'x', '__proto__']) await assert.rejects(sends(client, 'cancel', foreign), gone)
  station.sees(bob.address, false)
  assert.equal(served.openForms, 0)
})

test('who may set nothing any more hears nothing any more, and opens no form', async () => {
  let may = true
  const { client, served, town, state } = scene({ mayControl: () => (may ? 'all' : 'none') })
  const form = await openForm(client, device)
  may = false
  state['Name'] = 'secret'
  served.changed()
  await town.clock.advance(2_000)
  assert.deepEqual([client.received, served.openForms], [[], 0])
  await assert.rejects(form.edit({ Mode: 'comfort' }), { condition: 'forbidden' })
  await assert.rejects(openForm(client, device), { condition: 'forbidden' })
  assert.deepEqual([served.openForms, town.faults], [0, []])
})
