/** Messages that carry several things of a kind. */
import { readWire, type Wire, WireError } from '@waxwing/xml'
import type { HeardMessage } from '../port.ts'

/** All of a kind in their order; `undefined` stands for one that cannot be read. XEP-0326 §3.8 */
export function allOf<T>(wire: Wire<T>, message: HeardMessage): readonly (T | undefined)[] {
  const { extensions = [] } = message.stanza
  return extensions
    .filter(({ ns, name }) => wire.planFor(ns, name))
    .map(one => {
      try {
        return readWire(wire, one)
      } catch (error) {
        if (error instanceof WireError) return undefined
        throw error
      }
    })
}
