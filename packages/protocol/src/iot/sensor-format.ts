// What the format of one generation offers, whichever family it is of.
import type { Wire } from '@waxwing/xml'
import type { Family, Generation } from './generations.ts'
import type { ReadoutCancel, ReadoutData, ReadoutReport, ReadoutRequest } from './readout.ts'

/** Sensor data as one generation writes it. */
export interface SensorDataFormat {
  readonly generation: Generation
  readonly family: Family
  /** The namespace, which is also the feature to announce. */
  readonly ns: string
  /** The question of an iq get; some ask with a set. */
  readonly request: Wire<ReadoutRequest>
  /** The wish to stop; see `cancelBy`. */
  readonly cancel: Wire<ReadoutCancel>
  /** The iq that carries a cancel. */
  readonly cancelBy: 'get' | 'set'
  /**
   * Everything a thing says of a readout, as the answer or in messages. Writing data with fields and errors
   * together throws in the long family: see `pieces`. So does a kind the generation has no word for.
   */
  readonly report: Wire<ReadoutReport>
  /** The same data in as many reports as the format needs for it, in their order; only the last one may end the readout. */
  pieces(data: ReadoutData): readonly ReadoutData[]
}

/** One of several schemas: read by the element's name, written by `choose`. */
export function reportWire(
  wires: readonly Wire<ReadoutReport>[],
  choose: (report: ReadoutReport) => Wire<ReadoutReport> | undefined,
): Wire<ReadoutReport> {
  return {
    ns: wires[0]?.ns ?? '',
    name: wires.map(wire => wire.name).join('|'),
    planFor(ns, name) {
      return wires.find(wire => wire.ns === ns && wire.name === name)?.planFor(ns, name)
    },
    planOf(value) {
      // The wire writes only what its type lets in.
      const wire = choose(value as ReadoutReport)
      if (!wire) throw new TypeError('This generation has no word for that')
      return wire.planOf(value)
    },
    plans: () => wires.flatMap(wire => wire.plans()),
  }
}
