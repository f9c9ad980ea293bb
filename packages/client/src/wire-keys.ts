/** Names by which payloads are found: those of a kind are made once, however many clients there are. */
import { keptBy } from '@waxwing/stream'
import type { Wire } from '@waxwing/xml'

const known = /* @__PURE__ */ keptBy((wire: Wire<unknown, never>): readonly string[] =>
  wire.plans().map(({ ns, name }) => keyOf(ns, name)),
)

/** One for each element that a kind of payload may be. */
export function keysOf<T, I>(wire: Wire<T, I>): readonly string[] {
  return known(wire)
}

export function keyOf(ns: string, name: string): string {
  return `${name} ${ns}`
}
