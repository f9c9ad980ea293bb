import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodecError } from '@waxwing/xml'
import { calendarDate, parseDateTime, parseLegacyDateTime, timeOfDay } from './date-time.ts'

test('a Date is a day of the calendar (XEP-0082 §3.1)', () => {
  assert.deepEqual(calendarDate.parse('1776-07-04'), { year: 1776, month: 7, day: 4 })
  for (const text of ['1776-07-04', '2000-02-29', '0001-01-01', '9999-12-31']) {
    assert.equal(calendarDate.format(calendarDate.parse(text)), text)
  }
  for (const bad of [
    '',
    '1776-7-4',
    '1900-02-29',
    '2023-00-01',
    '2023-04-31',
    '2023-13-01',
    '20230101',
    '2023-01-01Z',
  ]) {
    assert.throws(() => calendarDate.parse(bad), CodecError, bad)
  }
  assert.throws(() => calendarDate.format({ year: 2023, month: 2, day: 30 }), CodecError)
  assert.throws(() => calendarDate.format({ year: 12345, month: 1, day: 1 }), CodecError)
})

test('a Time may have a fraction and a zone (XEP-0082 §3.3)', () => {
  assert.deepEqual(timeOfDay.parse('16:00:00'), {
    hour: 16,
    minute: 0,
    second: 0,
    millisecond: 0,
    zone: undefined,
  })
  assert.deepEqual(timeOfDay.parse('23:59:60.5-06:00'), {
    hour: 23,
    minute: 59,
    second: 60,
    millisecond: 500,
    zone: -360,
  })
  for (const text of ['16:00:00', '16:00:00Z', '16:00:00.120', '00:00:00.001+05:30', '24:00:00']) {
    assert.equal(timeOfDay.format(timeOfDay.parse(text)), text)
  }
  for (const bad of ['', '16:00', '24:00:01', '16:60:00', '16:00:61', '16:00:00.', '16:00:00z', '4:00:00']) {
    assert.throws(() => timeOfDay.parse(bad), CodecError, bad)
  }
})

test('the first step on the moon is one instant in both time zones (XEP-0082 §3.2)', () => {
  assert.deepEqual(parseDateTime('1969-07-21T02:56:15Z'), parseDateTime('1969-07-20T21:56:15-05:00'))
})

test('the format of old is UTC (XEP-0082 §4)', () => {
  assert.deepEqual(parseLegacyDateTime('20020910T23:08:25'), new Date('2002-09-10T23:08:25Z'))
  for (const bad of ['20020910T23:08:25Z', '20020931T23:08:25', '20020910T25:08:25', '2002-09-10T23:08:25']) {
    assert.throws(() => parseLegacyDateTime(bad), CodecError, bad)
  }
})
