/** What a readout gives: fields and errors, told apart by `kind`. */
import {
  type FieldCategory,
  type FieldQuality,
  type Generation,
  type HistoryPeriod,
  type Localization,
  type NodeRef,
  type QuantityValue,
  quantityValue,
  type ReadoutPart,
  type SensorField,
  type SensorValue,
  type Timestamp,
} from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'
import type { InsteadOf } from '../units/unit-table.ts'
import { convert, sameUnit, UnitError } from '../units/units.ts'

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

/** A quantity that was read: `value`, `text` with all its decimals, and `unit`. */
export class QuantityReading<U extends string = string> implements QuantityValue, AboutField {
  readonly kind = 'quantity'
  readonly value: number
  readonly text: string
  /** `undefined`: none was told. */
  readonly unit: U | undefined
  readonly name: string
  readonly node: NodeRef | undefined
  readonly time: Timestamp
  readonly categories: readonly FieldCategory[]
  readonly periods: readonly HistoryPeriod[]
  readonly quality: readonly FieldQuality[]
  readonly localization: Localization | undefined
  readonly writable: boolean | undefined
  readonly annotation: Element | undefined
  readonly generation: Generation

  constructor({ value, text }: QuantityValue, unit: U | undefined, about: AboutField) {
    this.value = value
    this.text = text
    this.unit = unit
    this.name = about.name
    this.node = about.node
    this.time = about.time
    this.categories = about.categories
    this.periods = about.periods
    this.quality = about.quality
    this.localization = about.localization
    this.writable = about.writable
    this.annotation = about.annotation
    this.generation = about.generation
  }

  /**
   * The same in another unit, with no digit lost: 23.4 °C are 296.55 K.
   *
   * @throws UnitError when the units do not measure the same, or one is not known
   */
  in<const V extends InsteadOf<U>>(unit: V): QuantityReading<V> {
    if (this.unit === undefined) throw new UnitError(`${this.name} was told without a unit.`)
    return new QuantityReading(quantityValue(convert(this.text, this.unit, unit)), unit, this)
  }
}

/** A value of a field. */
export type FieldReading = (Exclude<SensorValue, QuantityValue> & AboutField) | QuantityReading

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
    .map(({ name, value, categories, periods, quality, localization, writable, annotation }) => {
      const said = { categories, periods, quality, localization, writable, annotation, generation }
      const about = { name, node, time, ...said }
      return value.kind === 'quantity'
        ? new QuantityReading(value, value.unit, about)
        : { ...value, ...about }
    })
}

/** Units to tell fields in, by their names. */
export type WantedUnits = Readonly<Record<string, string>>

/** The reading in the unit wanted for its field, if there is one; what cannot be told in it is an error of this field. */
export function inWantedUnit(reading: Reading, units: WantedUnits | undefined): Reading {
  if (units === undefined || reading.kind !== 'quantity' || !Object.hasOwn(units, reading.name))
    return reading
  const unit = units[reading.name] ?? ''
  try {
    return sameUnit(reading.unit, unit) ? new QuantityReading(reading, unit, reading) : reading.in(unit)
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    const { name, node, time, generation } = reading
    return { kind: 'error', node, time, text: `${name}: ${error.message}`, generation }
  }
}
