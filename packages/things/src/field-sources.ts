/** Where fields of a thing get their values from, and where values go that are set. */
import type { FieldCategory, FieldQuality, HistoryPeriod, Localization } from '@waxwing/protocol'
import type { Bound, Range } from './control/bounds.ts'
import type { ParameterSource } from './control/parameters.ts'
import type { HistoryWindow, Sample, Samples } from './field-types.ts'
import type { HistoryOptions } from './history/history-policy.ts'

/** Where a thing's field gets its values from, and where they go if it can be set. */
export interface FieldSource<V, W = V> extends ParameterSource<W> {
  /**
   * The value now; `undefined`: there is none to tell. Throw a `ReadError` to tell who asks what went wrong; the text
   * of any other error stays here.
   */
  read(): V | Sample<V> | undefined | Promise<V | Sample<V> | undefined>
  /**
   * Values of the past, each with its time; asked only when history is wanted. Or how long the thing keeps them itself,
   * as in `30d`: they are taken `every` so often, or when it says `changed`.
   */
  readonly history?: ((window: HistoryWindow) => Samples<V> | Promise<Samples<V>>) | string | HistoryOptions
  /** How often a value is kept, as in `15min` or `PT1M`, at full minutes and hours. Absent: whenever the thing says `changed`. */
  readonly every?: string
  /** The distance between values of a `history` of its own. */
  readonly period?: HistoryPeriod
  /** Default: `momentary`. */
  readonly categories?: readonly FieldCategory[]
  /** Default: `automaticReadout`. */
  readonly quality?: readonly FieldQuality[]
  /** Whether a control parameter of the same name exists; absent: whether there is a `write`. */
  readonly writable?: boolean
  readonly localization?: Localization
}

/** A value that can be set within bounds, both included; absent: open. */
export interface RangedSource<V, W, B extends Bound> extends FieldSource<V, W>, Range<B> {}

/** A number that can be set within bounds. */
export interface NumberSource<V, W = V> extends RangedSource<V, W, number | bigint | string> {}

/** Texts that are colours. */
export interface ColorSource extends FieldSource<string> {
  /** Whether they have two more digits for the opacity: `00` nothing, `FF` all. XEP-0331 §3 */
  readonly alpha?: boolean
}

/** A word that can be set to one of some. */
export interface WordSource extends FieldSource<string> {
  /** The words there are, perhaps with labels for people. */
  readonly options?: readonly string[] | Readonly<Record<string, string>> | undefined
}

/** Where a quantity gets its values from: numbers, or texts when their decimals matter. */
export interface QuantitySource extends NumberSource<number | string, number> {
  /** Decimals of values given as numbers; absent: as many as the number has. */
  readonly precision?: number
}
