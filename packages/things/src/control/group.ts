/** Parameters that belong to one output: checked together, and written at once. XEP-0325 §5.4 */
import type { ValuesOf } from '../concentrator/node-options.ts'
import type { DeclaredField } from '../field-types.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { ParameterTeam } from './parameters.ts'

/** What is wrong with values: a sentence about all of them, or one for each by its name; `undefined`: nothing. */
export type GroupFault<F> = string | { readonly [N in keyof F]?: string | undefined } | undefined

/** What makes a group. */
export interface GroupSource<F extends DeclaredFields> {
  /** Asked with the values of all, also of those that stay as they are, before anything is set. */
  check?(values: ValuesOf<F>): GroupFault<F>
  /**
   * Sets them all in one call, with the values of all, also of those that stay as they are; settles when that is done.
   * Throws as the `write` of a field. Absent: each is written by itself, in the order of the command.
   */
  write?(values: ValuesOf<F>): void | Promise<void>
}

/**
 * Fields whose parameters are set together, to be spread among the others: `...group('direction', { Pan, Tilt }, {
 * write: ({ Pan, Tilt }) => motor.turn(Pan, Tilt) })`. Whoever sets some of them leaves the rest as they are; one that
 * has no value then must be set along.
 */
export function group<const F extends DeclaredFields>(name: string, fields: F, source: GroupSource<F>): F {
  const names = Object.keys(fields)
  // What the declarations of the fields have read is what their types say.
  const typed = (values: Readonly<Record<string, unknown>>): ValuesOf<F> => values as ValuesOf<F>
  const team: ParameterTeam = {
    check: values => faultsIn(names, source.check?.(typed(values))),
    write: source.write && (async values => source.write?.(typed(values))),
  }
  const joined = Object.entries(fields).map(([field, declared]) => [field, joining(name, team, declared)])
  // Each field is what it was, and can be set.
  return Object.fromEntries(joined) as F
}

function joining(group: string, team: ParameterTeam, field: DeclaredField): DeclaredField {
  const parameter = field.parameter ?? (team.write ? field.input : undefined)
  if (!parameter) return field
  return { ...field, writable: field.writable ?? true, parameter: { ...parameter, group, team } }
}

function faultsIn(
  names: readonly string[],
  fault: string | Readonly<Record<string, string | undefined>> | undefined,
): ReadonlyMap<string, string> {
  if (fault === undefined) return new Map()
  if (typeof fault === 'string') return new Map(names.map(name => [name, fault]))
  return new Map(Object.entries(fault).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])))
}
