/** Chance that can be asked again: the same seed and the same number give the same, and nothing has to be kept. */

/** 32 bits that look random. MurmurHash3's finalizer over both words. */
export function mixed(seed: number, n: number): number {
  let h = (seed ^ Math.imul(n, 0x9e37_79b1)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13) ^ seed, 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A seed for what has a name. */
export function named(seed: number, name: string): number {
  let h = seed
  for (let at = 0; at < name.length; at++) h = mixed(h, name.charCodeAt(at))
  return h
}

/** Uniform in [0, 1). */
export function fraction(seed: number, n: number): number {
  return mixed(seed, n) / 2 ** 32
}

/** Around 0, with a standard deviation of 1, never beyond 3: the sum of three uniform ones. */
export function normal(seed: number, n: number): number {
  const a = mixed(seed, n)
  const b = mixed(seed ^ 0x5bd1_e995, n)
  const c = mixed(seed ^ 0x1b87_3593, n)
  return (2 * (a + b + c)) / 2 ** 32 - 3
}
