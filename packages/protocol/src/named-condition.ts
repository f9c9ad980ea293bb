// Defined conditions: the name of an element is the value, its text some detail (RFC 6120 §4.9.3, §8.3.3).
import { choice, element, string, text, type Wire } from '@waxwing/xml'

/** A condition as it stands on the wire. */
export interface NamedCondition<T extends string> {
  readonly kind: T
  /** Where to go instead for `gone`, `redirect` and `see-other-host`; empty otherwise. */
  readonly text: string
}

/** One of the condition elements of a namespace. */
export function namedCondition<T extends string>(ns: string, names: readonly T[]): Wire<NamedCondition<T>> {
  const member = (name: string): Wire<{ readonly text: string }> =>
    element(ns, name, { text: text(string).or('') })
  const members = Object.fromEntries(names.map(name => [name, member(name)] as const))
  const known: unknown = choice(members)
  // The kinds of the choice are exactly the names it is made from.
  return known as Wire<NamedCondition<T>>
}
