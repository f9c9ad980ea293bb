/** Signals and faults: the same for the same seed, and of the shape they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockError, type FaultRates, hasFault, restOfSpell, spellOf } from './faults.ts'
import { fraction, mixed, named, normal } from './seeds.ts'
import { type Part, type Signal, valueAt } from './signal.ts'

const start = Date.UTC(2026, 5, 1)
const minuteMs = 60_000
const hourMs = 3_600_000
const none = (): undefined => undefined

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)
const at = (signal: Signal, seed: number, ms: number): number => valueAt(signal, seed, ms, none)
const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length
const deviation = (values: readonly number[]): number => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map(one => (one - middle) ** 2)))
}

test('chance is uniform, normal, and of the seed', () => {
  const fractions = range(20_000).map(n => fraction(7, n))
  assert.ok(Math.abs(mean(fractions) - 0.5) < 0.01)
  assert.ok(fractions.every(one => one >= 0 && one < 1))
  const bins = range(10).map(bin => fractions.filter(one => Math.floor(one * 10) === bin).length)
  assert.ok(
    bins.every(count => Math.abs(count - 2_000) < 200),
    bins.join(' '),
  )
  const normals = range(20_000).map(n => normal(7, n))
  assert.ok(Math.abs(mean(normals)) < 0.03 && Math.abs(deviation(normals) - 1) < 0.03)
  assert.notEqual(mixed(1, 2), mixed(2, 1))
  assert.notEqual(named(1, 'Power'), named(1, 'Energy'))
})

test('neighbouring seeds have nothing to do with each other', () => {
  const pairs = range(5_000).map(n => [fraction(n, 3) - 0.5, fraction(n + 1, 3) - 0.5] as const)
  assert.ok(Math.abs(mean(pairs.map(([a, b]) => a * b)) * 12) < 0.05)
})

const parts: readonly Part[] = [
  { kind: 'mean', value: 5, spread: 2 },
  { kind: 'day', size: 3, peakMs: 14 * hourMs },
  { kind: 'walk', size: 2, overMs: hourMs },
  { kind: 'noise', size: 1 },
  { kind: 'steps', values: [1, 2, 3], everyMs: hourMs },
  { kind: 'spikes', size: 9, everyMs: hourMs, lastingMs: minuteMs },
  { kind: 'grows', perHour: 1, sinceMs: start },
]
for (const part of parts)
  test(`${part.kind}: the same seed gives the same values`, () => {
    const series = (seed: number): readonly number[] =>
      range(500).map(n => at([part], seed, start + n * 7 * minuteMs))
    assert.deepEqual(series(3), series(3))
    const isSame = series(3).every((value, n) => value === series(4)[n])
    assert.equal(isSame, part.kind === 'day' || part.kind === 'grows')
  })

test('things differ by their part of the spread, and stay so', () => {
  const signal: Signal = [{ kind: 'mean', value: 20, spread: 2 }]
  const values = range(1_000).map(seed => at(signal, seed, start))
  assert.ok(values.every(value => value >= 18 && value < 22))
  assert.ok(deviation(values) > 1)
  assert.equal(at(signal, 5, start), at(signal, 5, start + 30 * 24 * hourMs))
})

test('the day is highest at its peak and lowest twelve hours later', () => {
  const signal: Signal = [{ kind: 'day', size: 3, peakMs: 14 * hourMs }]
  assert.ok(Math.abs(at(signal, 1, start + 14 * hourMs) - 3) < 1e-9)
  assert.ok(Math.abs(at(signal, 1, start + 2 * hourMs) + 3) < 1e-9)
})

test('a walk is near where it was a minute ago, and elsewhere after hours', () => {
  const signal: Signal = [{ kind: 'walk', size: 1, overMs: hourMs }]
  const values = range(2_000).map(n => at(signal, 9, start + n * minuteMs))
  const steps = (by: number): number =>
    mean(values.slice(by).map((one, n) => Math.abs(one - (values[n] ?? 0))))
  assert.ok(steps(1) < 0.15 && steps(180) > 0.4, `${steps(1)} ${steps(180)}`)
  assert.ok(values.every(value => Math.abs(value) < 4))
})

test('steps take each of their values and keep it for a while', () => {
  const signal: Signal = [{ kind: 'steps', values: [10, 20, 30], everyMs: hourMs }]
  const values = range(600).map(n => at(signal, 2, start + n * 10 * minuteMs))
  assert.deepEqual(new Set(values), new Set([10, 20, 30]))
  for (const n of range(100)) assert.equal(new Set(values.slice(n * 6, n * 6 + 6)).size, 1)
})

test('a spike comes once in its time and lasts as long as it says', () => {
  const signal: Signal = [{ kind: 'spikes', size: 9, everyMs: hourMs, lastingMs: 6 * minuteMs }]
  for (const hour of range(50)) {
    const values = range(360).map(n => at(signal, 4, start + hour * hourMs + n * 10_000))
    const high = values.filter(value => value === 9).length
    assert.ok(high >= 35 && high <= 37, String(high))
  }
})

test('what follows is the other one, later and scaled; a circle ends', () => {
  const walk: Signal = [{ kind: 'walk', size: 1, overMs: hourMs }]
  const follows: Signal = [{ kind: 'follows', name: 'a', factor: -2, lagMs: minuteMs }]
  const others = (name: string): { signal: Signal; seed: number } => ({
    signal: name === 'a' ? walk : follows,
    seed: 5,
  })
  assert.equal(valueAt(follows, 6, start, others), -2 * at(walk, 5, start - minuteMs))
  const circle = (): { signal: Signal; seed: number } => ({ signal: follows, seed: 5 })
  assert.equal(Math.abs(valueAt(follows, 6, start, circle)), 0)
})

const rates: FaultRates = { silent: 0.1, slow: 0, wrong: 1, clock: 0, cut: 0.5, spellMs: 5 * minuteMs }

test('faults last their share of the time, each by itself', () => {
  const share = (kind: 'silent' | 'slow' | 'wrong' | 'cut'): number =>
    mean(range(4_000).map(n => (hasFault(kind, mixed(3, n % 40), rates, start + n * 5 * minuteMs) ? 1 : 0)))
  assert.ok(Math.abs(share('silent') - 0.1) < 0.02)
  assert.ok(Math.abs(share('cut') - 0.5) < 0.03)
  assert.deepEqual([share('slow'), share('wrong')], [0, 1])
})

test('a spell ends when it says, for each thing at another moment', () => {
  for (const seed of range(100)) {
    const rest = restOfSpell(seed, rates, start)
    assert.ok(rest > 0 && rest <= 5 * minuteMs)
    assert.equal(spellOf(seed, rates, start + rest + 1), spellOf(seed, rates, start) + 1)
    assert.equal(spellOf(seed, rates, start + rest - 1), spellOf(seed, rates, start))
  }
  assert.ok(new Set(range(100).map(seed => Math.round(restOfSpell(seed, rates, start) / 1000))).size > 50)
})

test('a wrong clock is off by hours, always the same', () => {
  const errors = range(200).map(clockError)
  assert.ok(errors.every(error => Math.abs(error) <= 12 * hourMs) && deviation(errors) > 4 * hourMs)
  assert.equal(clockError(7), clockError(7))
})
