/** What a sensor would say: a function of seed and time alone, so nothing is kept for it, and a run can be repeated. */
import { fraction, mixed, normal } from './seeds.ts'

/** One part of a signal; a signal is the sum of its parts. Times in milliseconds. */
export type Part =
  /** Always the same; each thing is off by its own part of `spread`. */
  | { readonly kind: 'mean'; readonly value: number; readonly spread: number }
  /** Up and down once a day, highest at `peakMs` after midnight UTC. */
  | { readonly kind: 'day'; readonly size: number; readonly peakMs: number }
  /** Wanders about 0, as far as `size` in about `overMs`: a random walk that comes back. */
  | { readonly kind: 'walk'; readonly size: number; readonly overMs: number }
  /** Another value each second. */
  | { readonly kind: 'noise'; readonly size: number }
  /** One of some values for `everyMs`, then perhaps another. */
  | { readonly kind: 'steps'; readonly values: readonly number[]; readonly everyMs: number }
  /** For `lastingMs`, once in each `everyMs`, at no particular time. */
  | { readonly kind: 'spikes'; readonly size: number; readonly everyMs: number; readonly lastingMs: number }
  /** Grows for ever, as a counter does. */
  | { readonly kind: 'grows'; readonly perHour: number; readonly sinceMs: number }
  /** What another field of the same thing said `lagMs` ago, times `factor`. */
  | { readonly kind: 'follows'; readonly name: string; readonly factor: number; readonly lagMs: number }

export type Signal = readonly Part[]

/** Finds the signals that others follow, with the seeds they have. */
export type Others = (name: string) => { readonly signal: Signal; readonly seed: number } | undefined

const dayMs = 86_400_000
const hourMs = 3_600_000

/** @param depth of those that follow others, so that none follows itself for ever */
export function valueAt(signal: Signal, seed: number, atMs: number, others: Others, depth = 0): number {
  let sum = 0
  for (let n = 0; n < signal.length; n++) {
    const part = signal[n]
    if (part) sum += partAt(part, mixed(seed, n), atMs, others, depth)
  }
  return sum
}

const deepest = 8

function partAt(part: Part, seed: number, atMs: number, others: Others, depth: number): number {
  switch (part.kind) {
    case 'mean':
      return part.value + part.spread * (2 * fraction(seed, 0) - 1)
    case 'day':
      return part.size * Math.cos((2 * Math.PI * (atMs - part.peakMs)) / dayMs)
    case 'walk':
      return part.size * wandering(seed, atMs / part.overMs)
    case 'noise':
      return part.size * normal(seed, Math.floor(atMs / 1000))
    case 'steps':
      return (
        part.values[Math.floor(fraction(seed, Math.floor(atMs / part.everyMs)) * part.values.length)] ?? 0
      )
    case 'spikes':
      return isSpike(part, seed, atMs) ? part.size : 0
    case 'grows':
      return (part.perHour * (atMs - part.sinceMs)) / hourMs
    case 'follows': {
      const other = depth < deepest ? others(part.name) : undefined
      if (!other) return 0
      return part.factor * valueAt(other.signal, other.seed, atMs - part.lagMs, others, depth + 1)
    }
  }
}

function isSpike(
  { everyMs, lastingMs }: { readonly everyMs: number; readonly lastingMs: number },
  seed: number,
  atMs: number,
): boolean {
  const turn = Math.floor(atMs / everyMs)
  const since = atMs - turn * everyMs - fraction(seed, turn) * Math.max(0, everyMs - lastingMs)
  return since >= 0 && since < lastingMs
}

const octaves = 4

/** Random values at whole numbers, joined smoothly, with finer and smaller ones above them. */
function wandering(seed: number, x: number): number {
  let sum = 0
  for (let octave = 0; octave < octaves; octave++) {
    const at = x * 2 ** octave
    const whole = Math.floor(at)
    const rest = at - whole
    const smooth = rest * rest * (3 - 2 * rest)
    const from = normal(seed + octave, whole)
    sum += (from + (normal(seed + octave, whole + 1) - from) * smooth) / 2 ** octave
  }
  return sum / 2
}
