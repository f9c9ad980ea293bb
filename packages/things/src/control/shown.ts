/** Parameters as they are to be shown: by the values of now, of each other, and of who fills them in. XEP-0336 */
import type { DeclaredFields } from '../thing-options.ts'
import type { ShownParameter } from './control-form.ts'
import { listening } from './looked-at.ts'
import {
  type DeclaredParameter,
  type GivenParameter,
  ParameterError,
  type ParameterTeam,
  withZone,
} from './parameters.ts'
import { ofTeam } from './plan.ts'
import { givenBy, textsAround, type Values } from './values-now.ts'

export interface Showing {
  readonly fields: DeclaredFields
  /** Those that are shown, as far as they can be set. */
  readonly names: readonly string[]
  readonly now: Values
  /** Texts that somebody has filled in. */
  readonly filledIn: ReadonlyMap<string, string>
  /** Minutes east of UTC for times that name no time zone. */
  readonly zone: number
}

/** In the order of the names; those that are not there as things are, are left out. */
export function shownParameters(showing: Showing): readonly ShownParameter[] {
  const { fields, names, now, filledIn } = showing
  const asked = new Set<string>()
  const around = listening(textsAround(fields, now, filledIn), asked)
  const all = names.flatMap(name => {
    const { parameter } = fields[name] ?? {}
    return parameter ? [{ name, given: givenBy(parameter, around) }] : []
  })
  const shown = all.flatMap(({ name, given }) => (given.isThere ? [shownOne(showing, name, given)] : []))
  const wrong = wrongTogether(showing, shown)
  return shown.map(one => {
    const { parameter, name, readOnly } = one
    const postBack =
      parameter.postBack ?? (asked.has(name) || parameter.hasCheck || parameter.team !== undefined)
    return { ...one, postBack: postBack && readOnly !== true, fault: one.fault ?? wrong.get(name) }
  })
}

function shownOne({ now, filledIn, zone }: Showing, name: string, given: GivenParameter): ShownParameter {
  const { parameter, readOnly, value } = given
  const stands = now.get(name)?.text
  if (readOnly) return { name, parameter, value: value ?? stands, readOnly }
  const text = filledIn.get(name)
  if (text === undefined) return { name, parameter, value: value ?? stands }
  return { name, parameter, value: text, isFilledIn: true, fault: faultOf(parameter, text, zone) }
}

function faultOf(parameter: DeclaredParameter, text: string, zone: number): string | undefined {
  try {
    parameter.read(parameter.kind, withZone(parameter.kind, text, zone))
    return undefined
  } catch (error) {
    if (error instanceof ParameterError) return error.message
    throw error
  }
}

/** What is wrong with groups of which something was filled in. */
function wrongTogether(
  { fields, now, zone }: Showing,
  shown: readonly ShownParameter[],
): ReadonlyMap<string, string> {
  const touched = shown.filter(({ isFilledIn, parameter }) => isFilledIn && parameter.team)
  const all: (readonly [name: string, text: string])[] = []
  for (const team of new Set(touched.map(({ parameter }) => parameter.team))) {
    const own = touched.filter(({ parameter }) => parameter.team === team)
    if (!team || own.some(({ fault }) => fault !== undefined)) continue
    all.push(...wrongIn(team, own, fields, now, zone))
  }
  return new Map(all)
}

function wrongIn(
  team: ParameterTeam,
  own: readonly ShownParameter[],
  fields: DeclaredFields,
  now: Values,
  zone: number,
): Iterable<readonly [name: string, text: string]> {
  const given = own.map(({ name, parameter, value = '' }) => {
    const { kind } = parameter
    return [name, parameter.read(kind, withZone(kind, value, zone))] as const
  })
  return ofTeam(team, fields, now, new Map(given)).wrong
}
