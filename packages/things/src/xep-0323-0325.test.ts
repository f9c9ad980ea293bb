/**
 * Every exchange among the examples of XEP-0323 and XEP-0325 is answered as the text says; what is answered otherwise is
 * listed, with the reason. WAXWING_SPECS names the folder with the texts; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StanzaError } from '@waxwing/protocol'
import { type Element, elementsOf, parseElement, withoutIndentation, writeElement } from '@waxwing/xml'
import { type Specification, specification } from '../../protocol/src/specification-kit.test.ts'
import {
  bool,
  color,
  type DeclaredField,
  type DeclaredFields,
  date,
  dateTime,
  duration,
  int,
  long,
  quantity,
  ReadError,
  sample,
  string,
  type ThingNode,
  type ThingOptions,
  thing,
  time,
} from './index.ts'
import { type Station, Town } from './stations.test.ts'

const sensorData = specification('0323')
const control = specification('0325')

/** The stanzas of each example. The text closes `paramError` as `error`, declares prefixes as `xmlns:xdl:=`, and leaves out. */
function examplesOf({ examples }: Specification): readonly (readonly Element[])[] {
  return examples().flatMap(example => {
    if (!/^\s*<(iq|message)\b/.test(example) || example.includes('disco#info')) return []
    const mended = example
      .replaceAll(/xmlns:(xd\w):=/g, 'xmlns:$1=')
      .replaceAll(/(<paramError [^>]*>[^<]*)<\/error>/g, '$1</paramError>')
      .replaceAll('...\n', '\n')
    return [elementsOf(withoutIndentation(parseElement(`<all xmlns="jabber:client">${mended}</all>`)))]
  })
}

const payloadOf = (stanza: Element): Element => elementsOf(stanza)[0] ?? assert.fail('an empty stanza')

/** What an error says: its type, condition and text, and of which parameter what. */
interface Refusal {
  readonly type: string
  readonly condition: string
  readonly text: string | undefined
  readonly faults: readonly (readonly [string | undefined, string])[]
}

const textIn = (element: Element): string => element.children.filter(one => typeof one === 'string').join('')

function refusalIn(stanza: Element): Refusal {
  const error = payloadOf(stanza)
  const inside = elementsOf(error)
  const text = inside.find(({ name }) => name === 'text')
  return {
    type: error.attrs.get('type') ?? '',
    condition: inside[0]?.name ?? '',
    text: text && textIn(text),
    faults: inside
      .filter(({ name }) => name === 'paramError')
      .map(one => [one.attrs.get('var'), textIn(one)]),
  }
}

function refusalOf(error: StanzaError): Refusal {
  const { type, condition, text, app, others = [] } = error
  const faults = [...(app ? [app] : []), ...others]
  return { type, condition, text, faults: faults.map(one => [one.attrs.get('var'), textIn(one)]) }
}

/** What is answered to a question. */
async function answerTo(client: Station, to: string, stanza: Element): Promise<Element | Refusal> {
  const type = stanza.attrs.get('type') === 'set' ? 'set' : 'get'
  try {
    return withoutIndentation(parseElement(await client.ask(type, to, writeElement(payloadOf(stanza)))))
  } catch (error) {
    if (error instanceof StanzaError) return refusalOf(error)
    throw error
  }
}

/** Outputs by the localparts of the text. */
function outputs(write: (name: string) => { write(value: unknown): void }): Record<string, DeclaredFields> {
  const declared = <T>(
    make: (source: { read(): T; write(value: unknown): void }) => DeclaredField,
    value: T,
    name: string,
  ): DeclaredFields => ({ [name]: make({ read: () => value, ...write(name) }) })
  return {
    'digital.output': declared(bool, false, 'Output'),
    'analog.output': declared(int, 0, 'Output'),
    'megaprecision.analog.output': declared(long, 0n, 'Output'),
    'text.display': declared(string, '', 'Row1'),
    'analog.output2': declared(source => quantity('mA', source), 4, '4-20mA'),
    spotlight: {
      ...declared(color, '000000', 'Color'),
      MainSwitch: bool({ read: () => true, ...write('MainSwitch') }),
      HorizontalAngle: quantity('°', {
        min: -180,
        max: 180,
        group: 'direction',
        read: () => 0,
        ...write('HorizontalAngle'),
      }),
      ElevationAngle: quantity('°', {
        min: -90,
        max: 90,
        group: 'direction',
        read: () => 0,
        ...write('ElevationAngle'),
      }),
    },
    dimmer: {
      FadeTimeMilliseconds: int({ min: 0, max: 4095, read: () => 300, ...write('FadeTimeMilliseconds') }),
      OutputPercent: int({ min: 0, max: 100, read: () => 100, ...write('OutputPercent') }),
      MainSwitch: bool({ read: () => true, ...write('MainSwitch') }),
    },
  }
}

/** An alarm clock, whose time is a time of day in one example and a date in another. */
function alarm(write: (name: string) => { write(value: unknown): void }, isDated: boolean): DeclaredFields {
  return {
    TariffStartDate: date({ read: () => '2013-01-01', ...write('TariffStartDate') }),
    'Alarm Time': isDated
      ? dateTime({ read: () => '2013-01-01T00:00:00Z', ...write('Alarm Time') })
      : time({ read: () => '07:00:00', ...write('Alarm Time') }),
    'Alarm Duration': duration({ read: () => 'PT1M', ...write('Alarm Duration') }),
  }
}

function nodesOf(write: (name: string) => { write(value: unknown): void }): readonly ThingNode[] {
  return [1, 2, 3, 4].flatMap(n => [
    { id: `DigitalOutput${n}`, fields: { Output: bool({ read: () => false, ...write('Output') }) } },
    { id: `AnalogOutput${n}`, fields: { Output: int({ read: () => 0, ...write('Output') }) } },
  ])
}

interface House {
  readonly town: Town
  readonly client: Station
  readonly device: Station
  readonly writes: string[]
}

function house(
  to: string,
  options: (write: (name: string) => { write(value: unknown): void }) => ThingOptions,
): House {
  const town = new Town()
  const device = town.station(to)
  const client = town.station('primary@example.org/amr')
  device.contacts.add('primary@example.org')
  town.introduce()
  const writes: string[] = []
  const write = (name: string): { write(value: unknown): void } => ({ write: () => void writes.push(name) })
  thing(device, { mayControl: () => 'all', ...options(write) })
  return { town, client, device, writes }
}

/** Sessions have names of their own (XEP-0336 §3.1); the colour is of another example. */
const elsewhere: ReadonlySet<string | undefined> = new Set(['xdd session', 'Color'])

/** Fields of a form with their types, bounds and groups. */
function fieldsIn(form: Element): readonly (readonly (string | undefined)[])[] {
  const fields = elementsOf(form).filter(
    ({ name, attrs }) => name === 'field' && !elsewhere.has(attrs.get('var')),
  )
  return fields.map(field => {
    const inside = elementsOf(field).flatMap(one => [one, ...elementsOf(one)])
    const of = (name: string): Element | undefined => inside.find(one => one.name === name)
    const range = of('range')?.attrs
    const group = of('parameterGroup')?.attrs.get('name')
    const isUndefined = of('notSame') ? 'notSame' : undefined
    const { attrs } = field
    return [attrs.get('var'), attrs.get('type'), range?.get('min'), range?.get('max'), group, isUndefined]
  })
}

/** The text says `Invalid parameter value.` and `Invalid type.` of what we tell more about. */
const tells: Readonly<Record<string, string>> = {
  OutputPercent: 'Expected a value from 0 to 100.',
  Output: 'Invalid parameter value.',
}

test('every command and form of XEP-0325 is answered as there', { skip: control.skip }, async () => {
  const examples = examplesOf(control)
  const seen = { set: 0, refused: 0, form: 0 }
  for (const [question, answer] of examples) {
    const bare = question?.attrs.get('to') ?? ''
    if (!question || bare === 'provisioning@example.org') continue
    const payload = payloadOf(question)
    const [, local = ''] = /^([^@]*)@/.exec(bare) ?? []
    const isRefused = answer?.attrs.get('type') === 'error'
    const said = answer && isRefused ? refusalIn(answer) : undefined
    const isDated = elementsOf(payload).some(({ name }) => name === 'dateTime')
    const { client, town, writes } = house(`${bare}/x`, write => ({
      fields: local === 'alarm' ? alarm(write, isDated) : (outputs(write)[local] ?? {}),
      nodes: local === 'concentrator' ? nodesOf(write) : [],
      ...(said?.condition === 'forbidden' ? { mayControl: () => 'none' as const } : {}),
    }))
    const what = writeElement(question)
    const nodes = elementsOf(payload).filter(({ name }) => name === 'node').length
    const form = elementsOf(payload).find(({ name }) => name === 'x')
    const given = (form ? elementsOf(form) : elementsOf(payload)).filter(
      one => one.name !== 'node' && one.attrs.get('var') !== 'xdd session',
    )
    const names = given.map(({ attrs }) => attrs.get('name') ?? attrs.get('var') ?? '')
    const expected = Array.from({ length: Math.max(1, nodes) }, () => names).flat()
    if (question.name === 'message') {
      client.say(`${bare}/x`, writeElement(payload))
      await town.clock.advance(0)
      assert.deepEqual([writes, client.received], [expected, []], what)
      seen.set++
      continue
    }
    const found = await answerTo(client, `${bare}/x`, question)
    if (said && said.condition !== 'feature-not-implemented') {
      const faults = said.faults.map(([name = '', text]) => [
        name,
        text === 'Invalid parameter type.' ? text : (tells[name] ?? text),
      ])
      assert.deepEqual(found, { ...said, faults }, what)
      assert.deepEqual(writes, [], what)
      seen.refused++
      continue
    }
    assert.ok('ns' in found, `${what} is refused`)
    if (payload.name === 'set') {
      assert.equal(writeElement(found), '<setResponse xmlns="urn:xmpp:iot:control"/>')
      assert.deepEqual(writes, expected, what)
      seen.set++
    } else {
      // A form of several nodes is merged always: where they have nothing in common it is empty, not refused (§3.4.4).
      if (answer && !isRefused) assert.deepEqual(fieldsIn(found), fieldsIn(payloadOf(answer)), what)
      seen.form++
    }
  }
  assert.deepEqual(seen, { set: 17, refused: 5, form: 4 })
})

const inHours = (value: number): DeclaredField =>
  quantity('°C', {
    read: () => value,
    period: 'hour',
    history: () => [18, 17, 16].map(hour => sample(24.5, { time: new Date(`2013-03-07T${hour}:00:00Z`) })),
  })

/** What is told of a readout, each value in short. */
function toldIn(payloads: readonly Element[]): readonly string[] {
  return payloads.flatMap(payload => {
    const nodes = payload.name === 'failure' ? [payload] : elementsOf(payload)
    return nodes.flatMap(node =>
      (payload.name === 'failure' ? [node] : elementsOf(node)).flatMap(at =>
        elementsOf(at).map(value => {
          const id = node.attrs.get('nodeId') ?? value.attrs.get('nodeId')
          return `${id} ${value.attrs.get('name') ?? 'error'} ${value.attrs.get('value') ?? textIn(value)}`
        }),
      ),
    )
  })
}

const answerIn = (stanzas: readonly Element[]): Element =>
  stanzas.find(({ attrs }) => attrs.get('type') === 'error') ?? assert.fail('nothing is refused there')

const device: ThingOptions = {
  nodeId: 'Device01',
  fields: {
    Temperature: inHours(23.4),
    Runtime: quantity('h', { categories: ['status'], read: () => 12345 }),
    'Device ID': string({ categories: ['identity'], read: () => 'Device01' }),
  },
  nodes: [
    { id: 'Device02', fields: { Temperature: quantity('°C', { read: () => 23.4 }) } },
    { id: 'Device03', fields: { Temperature: quantity('°C', { read: () => 22.8 }) } },
    {
      id: 'Device04',
      fields: {
        Energy: quantity('MWh', { read: () => 12345.67 }),
        Power: quantity('W', { read: () => 239.4 }),
        Voltage: quantity('V', { read: () => 230 }),
      },
    },
  ],
}

const broken: ThingOptions = {
  nodeId: 'Device01',
  fields: {
    Temperature: quantity('°C', {
      read() {
        throw new ReadError('Timeout.')
      },
    }),
  },
}

/** By the number of the readout: how the text has it answered, and told. */
const readouts: Readonly<
  Record<string, readonly [options: ThingOptions, answer: string, told: readonly string[]]>
> = {
  1: [device, 'accepted', ['Device01 Temperature 23.4']],
  // We say of which field.
  2: [broken, 'accepted', ['Device01 error Temperature: Timeout.']],
  3: [{ ...device, mayRead: () => 'none' }, 'forbidden', []],
  // Of the past the text shows some; in a readout of everything it comes behind the present, as there.
  4: [
    device,
    'accepted queued',
    [
      'Device01 Temperature 23.4',
      'Device01 Runtime 12345',
      'Device01 Device ID Device01',
      ...['24.5', '24.5', '24.5'].map(value => `Device01 Temperature ${value}`),
    ],
  ],
  5: [device, 'accepted', ['Device02 Temperature 23.4', 'Device03 Temperature 22.8']],
  6: [device, 'accepted', ['Device04 Energy 12345.67', 'Device04 Power 239.4']],
  8: [device, 'accepted queued', []],
  7: [
    { ...device, fields: { Temperature: quantity('°C', { read: () => 23.4 }) } },
    'accepted',
    ['Device01 Temperature 23.4'],
  ],
}

test('every readout of XEP-0323 is answered as there', { skip: sensorData.skip }, async () => {
  // The clock of the town is later than the text.
  const moved = (stanza: Element): Element =>
    parseElement(writeElement(stanza).replaceAll(/2013-03-0\dT/g, '2024-06-03T'))
  const seen = new Set<string>()
  for (const stanzas of examplesOf(sensorData)) {
    const questions = stanzas.filter(({ attrs }) => attrs.get('type') === 'get')
    const [question] = questions
    if (!question) continue
    const id = payloadOf(question).attrs.get('seqnr') ?? ''
    const [options, answered, told] = readouts[id] ?? assert.fail(`no example ${id}`)
    const { client, town } = house('device@example.org/x', () => options)
    for (const [index, one] of questions.entries()) {
      const found = await answerTo(client, 'device@example.org/x', moved(one))
      const words =
        'ns' in found
          ? [found.name, found.attrs.has('queued') ? 'queued' : ''].join(' ').trim()
          : found.condition
      assert.equal(words, index === 0 ? answered : 'cancelled', id)
      if ('ns' in found) assert.equal(found.attrs.get('seqnr'), id)
      // The text has "Access denied." for people.
      else assert.deepEqual({ ...found, text: '' }, { ...refusalIn(answerIn(stanzas)), text: '' })
    }
    await town.clock.advance(4 * 24 * 3_600_000)
    const payloads = client.received.map(text => parseElement(text))
    assert.equal(
      payloads.some(({ name }) => name === 'started'),
      answered.endsWith('queued') && told.length > 0,
    )
    assert.deepEqual(toldIn(payloads), told, id)
    const last = payloads.at(-1)
    if (last) assert.ok(last.name === 'done' || last.attrs.get('done') === 'true', id)
    seen.add(id)
  }
  assert.deepEqual([...seen].toSorted(), Object.keys(readouts).toSorted())
})
