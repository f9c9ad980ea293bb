/** What makes a field database of a concentrator. XEP-0326 §3.9 */
import type { Jid } from '@waxwing/jid'
import {
  booleanValue,
  dateTimeValue,
  type FieldCategory,
  type FieldQuality,
  type HistoryPeriod,
  type Localization,
  longValue,
  type NodeRef,
  quantityValue,
  type ReadoutRequest,
  type ReadoutTokens,
  type SensorValue,
  stringValue,
} from '@waxwing/protocol'
import { type DeclaredField, Sample } from '../field-types.ts'
import type { FoundValue } from '../readout/selection.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { Localized, ValuesOf } from './node-options.ts'

/** Who reads from a database. */
export interface DatabaseCall {
  readonly from: Jid
  readonly tokens: ReadoutTokens
  /** The language they would like; absent: any. */
  readonly lang: string | undefined
  /** The nodes whose values are wanted, in the order in which they were named. */
  readonly nodes: readonly (NodeRef & { readonly source: string })[]
}

/** A value that a database has. */
export interface DatabaseValue {
  /** One of those that were asked for; of others nothing is told. */
  readonly node: NodeRef
  /** Of the field. */
  readonly name: string
  readonly time: Date
  /** A number is a quantity; so is a text with a unit, whose decimals matter. */
  readonly value: number | bigint | boolean | string | Date | SensorValue
  readonly unit?: string
  /** Default: `historical`. */
  readonly categories?: readonly FieldCategory[]
  /** The distance between values; absent: it is not told. */
  readonly period?: HistoryPeriod
  /** Default: `automaticReadout`. */
  readonly quality?: readonly FieldQuality[]
  readonly localization?: Localization
}

type Looker = Pick<DatabaseCall, 'from' | 'tokens'>

/** How a database is shown, and to whom. */
export interface DatabaseLook {
  /** Default: its id. */
  readonly name?: Localized
  /** Who sees it; for others it is not there. Default: the own account, and contacts that may see our presence. */
  maySee?(who: Looker): boolean | Promise<boolean>
}

/** What makes a database. */
export interface DatabaseSource<F extends DeclaredFields> extends DatabaseLook {
  /** What must be filled in before it is read. */
  readonly parameters?: F
  /**
   * Throws before anything is told: an `InputError` for what is wrong with which parameter, a `WriteError` for anything
   * else.
   */
  check?(call: DatabaseCall & { readonly values: ValuesOf<F> }): void | Promise<void>
  /**
   * Gives what it has, as it is found: no more is asked for than goes out. Stop when the signal is aborted. Throw a
   * `ReadError` to tell who asks what went wrong.
   */
  read(call: DatabaseCall & { readonly values: ValuesOf<F>; readonly signal: AbortSignal }): DatabaseValues
}

type Values = Readonly<Record<string, unknown>>

/** A database as its concentrator holds it. */
export interface Database {
  readonly name: Localized
  readonly parameters: DeclaredFields
  /** Parameters that are lists. */
  readonly lists: readonly string[]
  readonly maySee: DatabaseLook['maySee']
  check(call: DatabaseCall, values: Values): Promise<void>
  /** What it has, or what shall be told of the past of fields. */
  readonly gives:
    | { readonly read: (call: DatabaseCall, values: Values, signal: AbortSignal) => DatabaseValues }
    | { readonly wanted: (values: Values) => KeptPart }
}

export type DatabaseValues = Iterable<DatabaseValue> | AsyncIterable<DatabaseValue>

/** The part of what is remembered that is wanted. */
export type KeptPart = Pick<ReadoutRequest, 'fields' | 'periods' | 'from' | 'to'>

const noParameters: DeclaredFields = {}

export function databaseOf<const F extends DeclaredFields = Record<never, DeclaredField>>(
  id: string,
  source: DatabaseSource<F>,
): Database {
  // What the parameters' declarations have read is what their types say.
  const typed = (values: Values): ValuesOf<F> => values as ValuesOf<F>
  return {
    name: source.name ?? id,
    parameters: source.parameters ?? noParameters,
    lists: [],
    maySee: source.maySee && (who => source.maySee?.(who) ?? false),
    check: async (call, values) => source.check?.({ ...call, values: typed(values) }),
    gives: { read: (call, values, signal) => source.read({ ...call, values: typed(values), signal }) },
  }
}

const historical: readonly FieldCategory[] = ['historical']

/** The value in the terms of the wire. Throws for what nobody can write. */
export function foundIn(one: DatabaseValue): FoundValue {
  const { node, name, time, value, unit, period, quality, localization, categories = historical } = one
  if (Number.isNaN(time.getTime())) throw new TypeError(`A value of ${name} has no time`)
  const sample = new Sample(sensorValueOf(value, unit), time, quality)
  return { node, name, sample, categories, periods: period ? [period] : [], localization }
}

function sensorValueOf(value: DatabaseValue['value'], unit: string | undefined): SensorValue {
  if (typeof value === 'number' || (typeof value === 'string' && unit !== undefined))
    return quantityValue(value, unit)
  if (typeof value === 'string') return stringValue(value)
  if (typeof value === 'boolean') return booleanValue(value)
  if (typeof value === 'bigint') return longValue(value)
  return value instanceof Date ? dateTimeValue(value) : value
}
