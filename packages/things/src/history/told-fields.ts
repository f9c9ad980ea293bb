/** Fields that are kept, as they are told: with a past, and of quantities its bounds. */
import type { HistoryPeriod } from '@waxwing/protocol'
import type { DeclaredField, HistoryWindow, ReadSample } from '../field-types.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { Told } from './kept-history.ts'

/** The past of a field as far as it is asked for. */
export type PastOf = (
  what: Told,
  window: HistoryWindow,
  periods: readonly HistoryPeriod[],
) => AsyncIterable<ReadSample>

/** The field by its name, and its least and greatest values by theirs, unless others have these names. */
export function withBounds(
  name: string,
  field: DeclaredField,
  others: DeclaredFields,
  past: PastOf,
): readonly (readonly [string, DeclaredField])[] {
  const { kind } = field
  const isNumber = kind === 'quantity' || kind === 'int' || kind === 'long'
  const bounds = (['min', 'max'] as const)
    .map(what => [`${name}, ${what === 'min' ? 'Min' : 'Max'}`, withPast(field, past, what)] as const)
    .filter(([bound]) => isNumber && !Object.hasOwn(others, bound))
  return [[name, withPast(field, past, 'value')], ...bounds]
}

function withPast(field: DeclaredField, past: PastOf, what: Told): DeclaredField {
  const history = (
    window: HistoryWindow,
    periods: readonly HistoryPeriod[] = [],
  ): AsyncIterable<ReadSample> => past(what, window, periods)
  const base = { ...field, history, hasAllPeriods: true }
  if (what === 'value') return base
  const nothing = { categories: [], writable: undefined, parameter: undefined, localization: undefined }
  return { ...base, ...nothing, read: async () => undefined }
}
