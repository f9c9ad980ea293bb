import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatBytes, formatDuration, parseAddress, parseBytes, parseDuration } from './quantity.ts'

test('sizes are read with decimal and binary units', () => {
  const rows: [string, number | undefined][] = [
    ['256 KiB', 262_144],
    ['10MB', 10_000_000],
    ['1.5 MiB', 1_572_864],
    ['7 B', 7],
    ['7', undefined],
    ['1.3 B', undefined],
    ['-1 kB', undefined],
    ['1 kb', undefined],
    ['1  kB', undefined],
    ['1 constructor', undefined],
    ['99999999999999 GiB', undefined],
  ]
  for (const [text, value] of rows) assert.equal(parseBytes(text), value, text)
})

test('durations are read as milliseconds', () => {
  const rows: [string, number | undefined][] = [
    ['30s', 30_000],
    ['5m', 300_000],
    ['5 min', 300_000],
    ['250 ms', 250],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
    ['30', undefined],
    ['s', undefined],
    ['1 month', undefined],
  ]
  for (const [text, value] of rows) assert.equal(parseDuration(text), value, text)
})

test('what is written is read as the same quantity', () => {
  const quantity = fc.integer({ min: 0, max: 2 ** 45 })
  fc.assert(fc.property(quantity, value => parseBytes(formatBytes(value)) === value))
  fc.assert(fc.property(quantity, value => parseDuration(formatDuration(value)) === value))
})

test('addresses have a host and a port', () => {
  const rows: [string, { host: string; port: number } | undefined][] = [
    ['[::]:5222', { host: '::', port: 5222 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['localhost:65536', undefined],
    ['::1:5222', undefined],
    [':5222', undefined],
    ['localhost', undefined],
    ['5222', undefined],
  ]
  for (const [text, value] of rows) assert.deepEqual(parseAddress(text), value, text)
})
