/** Values of a thing's parameters as they are now, and how they hang together. */
import type { SensorValue } from '@waxwing/protocol'
import type { DeclaredField } from '../field-types.ts'
import type { Clock } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { DeclaredParameter, GivenParameter, ValuesAround } from './parameters.ts'

/** Values by the names of their fields; what cannot be read is not there. */
export type Values = ReadonlyMap<string, SensorValue>

export interface ReadValues {
  readonly values: Values
  /** Settles when those have come that were too late; absent: none were. */
  readonly late: Promise<unknown> | undefined
}

/** The fields of a thing or a node that can be set. */
export function settableOf(
  fields: DeclaredFields,
): readonly (readonly [name: string, field: DeclaredField])[] {
  return Object.entries(fields).filter(([, { parameter }]) => parameter)
}

/**
 * Reads fields, all at the same time.
 *
 * @param withinMs what comes later is left out; absent: everything is waited for, each as long as reads are
 */
export async function valuesNow(
  reads: SharedReads,
  clock: Clock,
  fields: readonly (readonly [name: string, field: DeclaredField])[],
  withinMs?: number,
): Promise<ReadValues> {
  const values = new Map<string, SensorValue>()
  const all = Promise.all(
    fields.map(async ([name, field]) => {
      const outcome = await reads.read(field)
      if (outcome.kind === 'sample') values.set(name, outcome.sample.value)
    }),
  )
  const isAll = withinMs === undefined ? await all.then(() => true) : await isWithin(clock, all, withinMs)
  return { values: new Map(values), late: isAll ? undefined : all }
}

function isWithin(clock: Clock, done: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = clock.after(ms, () => resolve(false))
    void done.then(() => {
      timer.cancel()
      resolve(true)
    })
  })
}

const booleans: Readonly<Record<string, string>> = { '1': 'true', '0': 'false' }

/** Texts of all parameters, with those that somebody gives in their place; yes and no as `true` and `false`. */
export function textsAround(
  fields: DeclaredFields,
  now: Values,
  given: ReadonlyMap<string, string>,
): ValuesAround {
  const texts = settableOf(fields).map(([name, { parameter }]) => {
    const text = given.get(name) ?? now.get(name)?.text
    const isFlag = parameter?.kind === 'boolean' && text !== undefined && Object.hasOwn(booleans, text)
    return [name, isFlag ? booleans[text] : text] as const
  })
  return Object.fromEntries(texts)
}

/** A parameter as it is among these values. */
export function givenBy(parameter: DeclaredParameter, around: ValuesAround): GivenParameter {
  const given = parameter.given?.(around)
  if (!given) return { parameter, readOnly: false, isThere: true, value: undefined }
  const { group, team } = parameter
  return { ...given, parameter: { ...given.parameter, group, team } }
}
