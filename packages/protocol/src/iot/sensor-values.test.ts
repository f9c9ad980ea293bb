import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compareTimestamps,
  formatDuration,
  localizationOf,
  localizationSteps,
  localized,
  parseDuration,
  parseSensorValue,
  parseTimestamp,
  timestampFrom,
  type ValueKind,
} from './index.ts'

const texts: readonly [ValueKind, readonly string[], readonly string[]][] = [
  ['boolean', ['true', 'false', '1', '0', ' true '], ['', 'yes', 'TRUE']],
  ['int', ['0', '-2147483648', '2147483647', '+007'], ['2147483648', '1.0', '', '1e3']],
  ['long', ['9223372036854775807', '-9223372036854775808'], ['9223372036854775808', 'x']],
  ['quantity', ['23.40', '-1.5E-3', 'INF', '-INF', 'NaN', '.5', '5.'], ['', '1,5', '0x10', 'Infinity']],
  ['string', ['', ' kept '], []],
  ['date', ['2012-02-29', '2012-02-29Z', '2012-02-29+02:00', '-0044-03-15'], ['2013-02-29', '2012-2-9']],
  [
    'dateTime',
    ['2012-02-29T23:59:59', '2012-02-29T24:00:00Z', '2012-02-29T01:00:00.123456-05:00'],
    ['2012-02-29'],
  ],
  ['time', ['06:30:00', '06:30:00.5Z', '24:00:00'], ['6:30', '25:00:00']],
  ['duration', ['P1Y2M3DT4H5M6.7S', '-P1D', 'PT0S'], ['P', 'PT', 'P1S', '1D', 'P1DT']],
]

test('every type of value keeps its lexical form and refuses what is none (XEP-0323 §3)', () => {
  for (const [kind, good, bad] of texts) {
    for (const text of good) {
      const value = parseSensorValue(kind, text)
      const expected = kind === 'string' ? text : text.trim()
      assert.equal(value.text, value.kind === 'boolean' ? String(value.value) : expected)
    }
    for (const text of bad) assert.throws(() => parseSensorValue(kind, text), `${kind} ${text}`)
  }
  assert.throws(() => parseSensorValue('enum', 'On', {}))
})

test('a time without zone has no instant and compares only with its like (XEP-0323 §6.1)', () => {
  const bare = parseTimestamp('2013-03-07T16:24:30')
  const zoned = parseTimestamp('2013-03-07T16:24:30Z')
  assert.equal(bare.instant, undefined)
  assert.equal(compareTimestamps(bare, zoned), undefined)
  assert.equal(compareTimestamps(bare, parseTimestamp('2013-03-07T16:24:31')), -1000)
  assert.equal(compareTimestamps(zoned, parseTimestamp('2013-03-07T18:24:30+02:00')), 0)
  assert.deepEqual(timestampFrom('soon'), { text: '', instant: undefined })
})

test('a duration is read into its parts and written without the empty ones', () => {
  assert.deepEqual(parseDuration('-P1Y2M3DT4H5M6.5S'), {
    isNegative: true,
    years: 1,
    months: 2,
    days: 3,
    hours: 4,
    minutes: 5,
    seconds: 6.5,
  })
  for (const text of ['P1Y', 'PT5M', '-P3DT0.5S', 'PT0S'])
    assert.equal(formatDuration(parseDuration(text)), text)
})

test('localised names are chains of substitutions with limits (XEP-0323 §3.8)', () => {
  const chain = localizationOf('Default', '14|1|,3') ?? assert.fail()
  assert.deepEqual(localizationSteps(chain), [
    { id: 14, namespace: '1', seed: '' },
    { id: 3, namespace: undefined, seed: undefined },
  ])
  const table = new Map([
    ['Names 1', 'Temperature'],
    ['Names 2', '%0%, Max'],
    ['Other 3', '%0% (%1%) %2%'],
  ])
  const lookup = (namespace: string | undefined, id: number) => table.get(`${namespace} ${id}`)
  assert.equal(
    localized({ namespace: 'Names', steps: '1,2,3|Other|$&' }, lookup),
    'Temperature, Max ($&) %2%',
  )
  assert.equal(localized({ namespace: 'Names', steps: '9' }, lookup), undefined)
  assert.equal(localizationOf(undefined, 'x'), undefined)
  assert.equal(localizationOf('N', Array.from({ length: 17 }, () => '1').join(',')), undefined)
  assert.equal(localizationOf('N', `1|${'n'.repeat(1025)}`), undefined)
  assert.equal(
    localized({ namespace: 'N', steps: Array.from({ length: 16 }, () => '1').join(',') }, () => '%0%%0%xx'),
    undefined,
  )
})
