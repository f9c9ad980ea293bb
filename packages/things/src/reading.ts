/** What a readout gives: fields and errors, told apart by `kind`. */
import {
  type FieldCategory,
  type FieldQuality,
  type Generation,
  type HistoryPeriod,
  type Localization,
  type NodeRef,
  type ReadoutPart,
  type SensorField,
  type SensorValue,
  type Timestamp,
} from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'

interface AboutField {
  readonly name: string
  /** `undefined`: the thing itself. */
  readonly node: NodeRef | undefined
  readonly time: Timestamp
  readonly categories: readonly FieldCategory[]
  /** Distances of a historical value; empty: not told. */
  readonly periods: readonly HistoryPeriod[]
  /** Empty: as `automaticReadout`. */
  readonly quality: readonly FieldQuality[]
  readonly localization: Localization | undefined
  /** Whether there is a control parameter of the same name; `undefined`: not told. */
  readonly writable: boolean | undefined
  readonly annotation: Element | undefined
  /** The generation it was told in. */
  readonly generation: Generation
}

/** A value of a field: a `quantity` has `value`, `text` with all its decimals, and `unit`. */
export type FieldReading = SensorValue & AboutField

/** Reading something failed, while the readout goes on. */
export interface ErrorReading {
  readonly kind: 'error'
  readonly node: NodeRef | undefined
  readonly time: Timestamp
  /** For people. */
  readonly text: string
  readonly generation: Generation
}

export type Reading = FieldReading | ErrorReading

/** The readings of a part. */
export function readingsOf(
  part: ReadoutPart,
  node: NodeRef | undefined,
  generation: Generation,
  isWanted: (field: SensorField, time: Timestamp) => boolean,
): readonly Reading[] {
  const { time } = part
  if (part.kind === 'error') return [{ kind: 'error', node, time, text: part.text, generation }]
  return part.fields
    .filter(field => isWanted(field, time))
    .map(({ name, value, categories, periods, quality, localization, writable, annotation }) => ({
      ...value,
      name,
      node,
      time,
      categories,
      periods,
      quality,
      localization,
      writable,
      annotation,
      generation,
    }))
}
