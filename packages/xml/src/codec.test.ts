import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  bool,
  CodecError,
  count,
  double,
  int,
  intWithin,
  long,
  oneOf,
  type TextCodec,
  uint,
} from './codec.ts'
import { base64, base64Lines, decodeBase64, decodeStrictly, encodeBase64, spell } from './codec-base64.ts'
import { dateTime, formatZone, parseZone } from './codec-date-time.ts'

function refuses(codec: TextCodec<unknown>, ...texts: readonly string[]): void {
  for (const text of texts)
    assert.throws(() => codec.parse(text), CodecError, `accepted ${JSON.stringify(text)}`)
}

test('whole numbers are read within their bounds only (XML Schema 2 §3.4)', () => {
  assert.equal(int.parse('-2147483648'), -2147483648)
  assert.equal(int.parse(' +7\n'), 7)
  assert.equal(Object.is(int.parse('-0'), 0), true)
  assert.equal(uint.parse('4294967295'), 4294967295)
  assert.equal(count.parse('9007199254740991'), Number.MAX_SAFE_INTEGER)
  refuses(int, '', ' ', '1.0', '1e3', '0x10', '2147483648', '-2147483649', '--1', '1 2', '٣', '1_000', 'NaN')
  refuses(uint, '-1', '4294967296', '99999999999999999999', '999999999999999999999')
  refuses(intWithin(-128, 127), '128', '-129')
  assert.throws(() => uint.format(-1), CodecError)
  assert.throws(() => int.format(1.5), CodecError)
})

test('long numbers are read and written exactly (XML Schema 2 §3.4.16)', () => {
  assert.equal(long.parse('9223372036854775807'), 2n ** 63n - 1n)
  assert.equal(long.parse('+5'), 5n)
  refuses(long, '9223372036854775808', '-9223372036854775809', '', '1n', '0b1')
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), n => long.parse(long.format(n)) === n),
  )
})

test('numbers are read and written without loss (XML Schema 2 §3.3.5)', () => {
  fc.assert(fc.property(fc.double(), n => Object.is(double.parse(double.format(n)), n)))
  assert.equal(double.parse('.5'), 0.5)
  assert.equal(double.parse(' 1.e2 '), 100)
  assert.equal(double.parse('-INF'), Number.NEGATIVE_INFINITY)
  refuses(double, '', '.', '1,5', '0x1', 'Infinity', 'nan', '1e', '1 2', '--1')
})

test('a boolean is true, false, 1 or 0 (XML Schema 2 §3.3.2)', () => {
  assert.deepEqual(
    ['true', '1', 'false', ' 0 '].map(word => bool.parse(word)),
    [true, true, false, false],
  )
  assert.equal(bool.format(false), 'false')
  refuses(bool, '', 'TRUE', 'yes', '2')
})

test('a word is one of the known words, whatever its name', () => {
  const word = oneOf('a', 'constructor')
  assert.equal(word.parse('constructor'), 'constructor')
  refuses(word, '', 'A', '__proto__', 'toString')
})

test('base64 gives the test vectors (RFC 4648 §10)', () => {
  const vectors = ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy']
  vectors.forEach((text, length) => {
    const bytes = new TextEncoder().encode('foobar'.slice(0, length))
    assert.equal(encodeBase64(bytes), text)
    assert.deepEqual(decodeBase64(text), bytes)
  })
})

test('base64 is strict (RFC 4648 §3, RFC 6120 §6.4.2)', () => {
  refuses(
    base64,
    'Zg',
    'Zg=',
    'Zg===',
    '=',
    '====',
    'Zm9v=',
    'Zm=v',
    'Zm9vYg',
    'Zh==',
    'Zm9=',
    'Zg==\n',
    ' Zg=',
    'Zm9v    ',
    'Zg  ==\n\t',
    '    ',
  )
  refuses(base64, 'Zm9-', 'Zm9_', 'Zm9\u00e9', 'Z===', 'Zg==Zg==')
  assert.deepEqual(base64Lines.parse('Zm9v\r\n  YmFy\n'), new TextEncoder().encode('foobar'))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'))
      assert.equal(spell(bytes), encodeBase64(bytes))
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes)
      assert.deepEqual(decodeStrictly(encodeBase64(bytes)), bytes)
    }),
  )
})

test('a DateTime is an instant (XEP-0082 §3.2)', () => {
  const rows: readonly [string, string][] = [
    ['1969-07-21T02:56:15Z', '1969-07-21T02:56:15Z'],
    ['1969-07-20T21:56:15-05:00', '1969-07-21T02:56:15Z'],
    ['2024-02-29T24:00:00Z', '2024-03-01T00:00:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['2002-09-10T23:41:07.1239+00:00', '2002-09-10T23:41:07.123Z'],
    ['2002-09-10T23:41:07.5Z', '2002-09-10T23:41:07.500Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['10000-01-01T00:00:00Z', '10000-01-01T00:00:00Z'],
  ]
  for (const [text, written] of rows) {
    assert.equal(dateTime.format(dateTime.parse(text)), written)
    assert.deepEqual(dateTime.parse(written), dateTime.parse(text))
  }
})

test('what no calendar and no clock shows is refused (XEP-0082 §3.2)', () => {
  refuses(
    dateTime,
    '',
    '2023-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-10T00:00:00Z',
  )
  refuses(
    dateTime,
    '2024-01-32T00:00:00Z',
    '2024-01-01T24:00:01Z',
    '2024-01-01T23:60:00Z',
    '2024-01-01T23:59:61Z',
  )
  refuses(
    dateTime,
    '2024-01-01T00:00:00',
    '2024-01-01T00:00Z',
    '2024-01-01 00:00:00Z',
    '2024-01-01T00:00:00+15:00',
  )
  refuses(
    dateTime,
    '2024-1-1T00:00:00Z',
    '20240101T00:00:00',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00+0100',
  )
})

test('every millisecond of the calendar is written and read again (XEP-0082 §3.2)', () => {
  const instants = fc.date({ min: new Date(-62135596800000), max: new Date(8.64e15), noInvalidDate: true })
  fc.assert(fc.property(instants, date => dateTime.parse(dateTime.format(date)).getTime() === date.getTime()))
  assert.throws(() => dateTime.format(new Date(Number.NaN)), RangeError)
  for (const zone of ['Z', '+05:30', '-06:00', '+14:00']) assert.equal(formatZone(parseZone(zone)), zone)
})
