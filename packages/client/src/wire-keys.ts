/** Names by which payloads are found: those of a kind are made once, however many clients there are. */
import type { Wire } from '@waxwing/xml'

const known = new WeakMap<Wire<unknown, never>, readonly string[]>()

/** One for each element that a kind of payload may be. */
export function keysOf<T, I>(wire: Wire<T, I>): readonly string[] {
  const found = known.get(wire)
  if (found) return found
  const keys = wire.plans().map(({ ns, name }) => keyOf(ns, name))
  known.set(wire, keys)
  return keys
}

export function keyOf(ns: string, name: string): string {
  return `${name} ${ns}`
}
