import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  areAlike,
  type ControlValue,
  convert,
  convertDifference,
  FieldError,
  optional,
  parseAmount,
  quantity,
  read,
  type SetOptions,
  sameUnit,
  set,
  snapshot,
  string,
  type ThingOptions,
  thing,
  UnitError,
  watch,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'
import { unitOf } from './unit-catalogue.ts'
import { kin, unitRows } from './unit-table.ts'

test('every unit of the table is known by all its spellings, and by each the same', () => {
  const seen = new Map<string, string>()
  for (const [symbol, , , others = ''] of unitRows)
    for (const spelling of [symbol, ...others.split(' ').filter(Boolean)]) {
      assert.ok(unitOf(spelling), spelling)
      assert.ok(sameUnit(symbol, spelling), `${symbol} is ${spelling}`)
      assert.equal(seen.get(spelling), undefined, `${spelling} stands twice`)
      seen.set(spelling, symbol)
    }
  assert.throws(() => convert(1, 'made', 'up'), UnitError)
})

test('units that the compiler takes for each other are', () => {
  for (const [what, units] of Object.entries(kin))
    for (const unit of units) {
      assert.ok(unitOf(unit), `${unit} is known`)
      assert.ok(areAlike(unit, units[0]), `${unit} measures ${what}`)
    }
})

const spellings: readonly (readonly [symbol: string, ...others: string[]])[] = [
  ['°C', 'C', 'celsius', 'Celsius', 'Cel', 'degC', '℃', 'ºC', ' °C ', 'deg_C'],
  ['K', 'kelvin', 'K'],
  ['°F', 'F', 'fahrenheit', 'degF', '℉'],
  ['Ω', 'ohm', 'Ohm', '\u2126'],
  ['µg/m³', 'ug/m3', 'μg/m^3', 'microgram/m³', 'ug*m-3', 'µg·m⁻³'],
  ['m/s²', 'm/s2', 'm*s^-2', 'm s-2', 'm.s⁻²', 'metre/second^2'],
  ['kWh', 'kwh', 'KWH', 'kW*h', 'kW h', 'kW·h', 'kilowatthours'],
  ['W/(m²·K)', 'W/m2/K', 'W m-2 K-1', 'W/(m^2*K)'],
  ['km/h', 'kph', 'kmh', 'km per h', 'kilometers/hour'],
  ['m³/h', 'm3/h', 'cmh', 'm³ / h'],
  ['%', 'percent', '%RH', '/100'],
  ['l', 'L', 'litre', 'Liter', 'dm³'],
  ['kn', 'knot', 'kt', 'nmi/h'],
  ['lx', 'lux', 'LUX', 'lm/m²'],
  ['', '1', 'count'],
]

test('one unit has many spellings', () => {
  for (const [symbol, ...others] of spellings)
    for (const other of others) assert.ok(sameUnit(symbol, other), `${symbol} is ${other}`)
})

test('what nobody knows is no unit, however it is written', () => {
  const foreign = ['widgets', 'constructor', '__proto__', 'm/', '*', '((', 'x'.repeat(1_000), 'm^', 'kk', 'µ']
  for (const text of foreign) assert.equal(unitOf(text), undefined, text)
  assert.equal(unitOf(Array.from({ length: 20 }, () => 'm').join('*')), undefined)
  // Capitals tell symbols apart.
  assert.ok(!sameUnit('mW', 'MW'))
  assert.ok(!sameUnit('S', 's'))
})

const conversions: readonly (readonly [value: string, from: string, to: string, expected: string])[] = [
  ['23.4', '°C', 'K', '296.55'],
  ['296.55', 'K', '°C', '23.40'],
  ['21.5', '°C', '°F', '70.7'],
  ['70.7', '°F', '°C', '21.5'],
  ['0', '°C', '°F', '32'],
  ['-40', '°F', '°C', '-40'],
  ['-459.67', '°F', 'K', '0'],
  // Decimals say how exact a value is: where only the point moves, they stay.
  ['1500', 'm', 'km', '1.500'],
  ['1.50', 'km', 'm', '1500'],
  ['0.10', 'V', 'mV', '100'],
  ['9007199254740993.25', 'Wh', 'kWh', '9007199254740.99325'],
  ['1', 'kWh', 'MJ', '3.6'],
  ['3', 'MJ', 'kWh', '0.833333333333333'],
  ['100', 'l/min', 'm³/h', '6'],
  ['1', 'GiB', 'B', '1073741824'],
  ['180', '°', 'rad', '3.14159265358979'],
  ['1', 'rpm', '°/s', '6'],
  ['1013.25', 'hPa', 'atm', '1'],
  ['1', 'inHg', 'hPa', '33.86388640341'],
  ['30', 'dBm', 'dBW', '0'],
  ['5', 'mC', 'µC', '5000'],
  ['1', 'kvarh', 'varh', '1000'],
  ['50', '%', '', '0.50'],
  ['1E3', 'W', 'kW', '1'],
  ['INF', 'm', 'km', 'INF'],
  ['-INF', 'm', 'km', '-INF'],
  ['NaN', '°C', 'K', 'NaN'],
]

for (const [value, from, to, expected] of conversions)
  test(`${value} ${from} are ${expected} ${to}`, () => assert.equal(convert(value, from, to), expected))

test('factors are those of the definitions, where catalogues in use have others', () => {
  assert.equal(convert(1, 'lb', 'kg'), '0.45359237')
  assert.equal(convert(36, 'km/h', 'm/s'), '10')
  assert.equal(convert(1, 'kn', 'km/h'), '1.852')
  assert.equal(convert(1, 'mph', 'm/s'), '0.44704')
  assert.equal(convert(1, 'gal', 'l'), '3.785411784')
  assert.equal(convert(1, 'psi', 'Pa'), '6894.75729316836')
})

test('values of different things do not become each other, and the error says why', () => {
  assert.throws(
    () => convert(1, '°C', 'V'),
    /^UnitError: °C cannot be told in V: they do not measure the same\.$/,
  )
  assert.throws(() => convert(1, 'widgets', 'V'), /^UnitError: The unit widgets is not known here\.$/)
  assert.throws(() => convert(1, 'V', 'widgets'), /widgets is not known/)
  assert.throws(() => convert('1e9999', 'm', 'km'), UnitError)
  assert.throws(() => convert('9'.repeat(500), 'm', 'km'), UnitError)
  assert.throws(() => convert('one', 'm', 'km'), UnitError)
  // Real, reactive and apparent power are not one, nor are counts of different things.
  for (const [a, b] of [
    ['W', 'VA'],
    ['W', 'var'],
    ['Hz', 'Bq'],
    ['Sv', 'Gy'],
    ['rpm', 'Hz'],
  ] as const)
    assert.ok(!areAlike(a, b), `${a} ${b}`)
})

test('a difference knows no zero', () => {
  assert.equal(convertDifference(9, '°F', 'K'), '5')
  assert.equal(convertDifference(1, 'K', '°C'), '1')
})

const decimal = fc
  .tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.nat({ max: 6 }))
  .map(([digits, decimals]) => (digits / 10 ** decimals).toFixed(decimals))
const pair = fc
  .constantFrom<readonly string[]>(...Object.values(kin))
  .chain(units => fc.tuple(fc.constantFrom(...units), fc.constantFrom(...units)))

test('there and back is the same value, whatever the unit (property)', () => {
  fc.assert(
    fc.property(decimal, pair, (text, [from, to]) => {
      const back = convert(convert(text, from, to), to, from)
      assert.equal(Number(back), Number(text), `${text} ${from} by ${to}`)
    }),
  )
})

test('a value in its own unit keeps every character (property)', () => {
  fc.assert(
    fc.property(decimal, pair, (text, [unit]) => {
      const [told, plain] = [convert(text, unit, unit), /^-0(\.0*)?$/.test(text) ? text.slice(1) : text]
      assert.equal(told, plain)
    }),
  )
})

test('amounts are read as people write them', () => {
  assert.deepEqual(parseAmount('70 °F'), { value: '70', unit: '°F' })
  assert.deepEqual(parseAmount('-1.5e3kW'), { value: '-1.5e3', unit: 'kW' })
  for (const text of [`1 m${' '.repeat(100_000)}x`, '70', 'warm', '70 widgets', '', '°F', '1 2 m'])
    assert.equal(parseAmount(text), undefined, text)
})

const thingJid = 'device@example.org/amr'

interface Both {
  readonly town: Town
  readonly client: Station
  /** What was written. */
  readonly written: number[]
}

function both(temperature = () => 23.4, options: ThingOptions = {}): Both {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station('client@example.org/app')
  device.contacts.add('client@example.org')
  town.introduce()
  const written: number[] = []
  thing(device, {
    fields: {
      Temperature: quantity('°C', { precision: 1, read: temperature }),
      Setpoint: quantity('°C', { read: () => 20, write: value => void written.push(value), min: 5, max: 30 }),
      Things: quantity('widgets', { read: () => 3 }),
      Bare: quantity('', { read: () => 1 }),
      Name: string({ read: () => 'x' }),
    },
    mayControl: () => 'all',
    ...options,
  })
  return { town, client, written }
}

async function inTime<T>({ town }: Both, promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  await town.clock.advance(50)
  return promise
}

test('a readout tells fields in the units wanted, and the others still come', async () => {
  const it = both()
  const said = async (units: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const lines: string[] = []
    for await (const one of read(it.client, thingJid, { units }))
      lines.push(one.kind === 'quantity' ? `${one.name} ${one.text} ${one.unit}` : one.text)
    return lines
  }
  assert.deepEqual(await inTime(it, said({ Temperature: '°F', Things: 'kg', Setpoint: 'celsius' })), [
    'Temperature 74.12 °F',
    'Setpoint 20 celsius',
    'Things: The unit widgets is not known here.',
    'Bare 1 undefined',
    'x',
  ])
})

test('a snapshot tells quantities in the units of its shape', async () => {
  const it = both()
  const shape = { Temperature: quantity('K'), None: optional(quantity('%')), Name: string() }
  const { Temperature, None, Name } = await inTime(it, snapshot(it.client, thingJid, shape))
  assert.deepEqual([Temperature.text, Temperature.value, Temperature.unit], ['296.55', 296.55, 'K'])
  assert.equal(Temperature.in('°C').text, '23.40')
  assert.equal(Temperature.in('°F').in('K').text, '296.55')
  assert.deepEqual([None, Name.text], [undefined, 'x'])
  await assert.rejects(inTime(it, snapshot(it.client, thingJid, { Bare: quantity('%') })), FieldError)
})

test('names and units that cannot be do not compile', async () => {
  const it = both()
  const now = await inTime(it, snapshot(it.client, thingJid, { Temperature: quantity('K'), Name: string() }))
  // @ts-expect-error There is no field of that name.
  assert.equal(now.Temprature, undefined)
  // @ts-expect-error A temperature is not in volts.
  assert.throws(() => now.Temperature.in('V'), UnitError)
  // @ts-expect-error A text has no unit.
  assert.equal(now.Name.unit, undefined)
  // @ts-expect-error It is in kelvins.
  assert.ok(now.Temperature.unit !== '°C')
  const name: string = now.Name.value
  assert.equal(name, 'x')
})

test('thresholds may be in another unit of the same kind', async () => {
  let celsius = 20
  const it = both(() => celsius)
  const heard: string[] = []
  const controller = new AbortController()
  const watching = (async () => {
    const fields = { Temperature: { by: 9, unit: '°F' } }
    const options = { fields, units: { Temperature: '°F' }, signal: controller.signal }
    for await (const one of watch(it.client, thingJid, options)) heard.push(one.text)
  })().catch(() => {})
  await it.town.clock.advance(100)
  for (celsius of [24.9, 25]) await it.town.clock.advance(1_000)
  assert.deepEqual(heard, ['68', '77'])
  controller.abort()
  await watching
  const wrong = watch(it.client, thingJid, { fields: { Temperature: { by: 1, unit: 'V' } } })
  await assert.rejects(inTime(it, wrong.next()), /Temperature is in °C: V cannot be told in °C/)
})

test('a parameter may be set in another unit of the same kind', async () => {
  const it = both()
  const put = (value: ControlValue, options: SetOptions = {}): Promise<unknown> =>
    inTime(it, set(it.client, thingJid, { Setpoint: value }, options))
  await put({ value: 68, unit: '°F' })
  await put('69.8 °F')
  await put('19')
  await put({ value: '293.15', unit: 'K' }, { kinds: { Setpoint: 'double' } })
  assert.deepEqual(it.written, [20, 21, 19, 20])
  await assert.rejects(put({ value: 1, unit: 'V' }), FieldError)
  await assert.rejects(put('200 °F'), /from 5 to 30/)
  assert.equal(it.written.length, 4)
})
