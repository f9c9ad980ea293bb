/** What a command will do, found out before anything is done. XEP-0325 §3.4.3 */
import { type NodeRef, type ParameterFault, stanzaError } from '@waxwing/protocol'
import type { DeclaredField } from '../field-types.ts'
import type { Place } from '../readout/selection.ts'
import type { DeclaredFields } from '../thing-options.ts'
import { CommandError, type Given } from './command.ts'
import { valuesFor } from './looked-at.ts'
import { type DeclaredParameter, ParameterError, type ParameterTeam, withZone } from './parameters.ts'
import { givenBy, settableOf, textsAround, type Values } from './values-now.ts'

/** One parameter that will be set. */
export interface PlannedPart {
  readonly name: string
  readonly text: string
  readonly field: DeclaredField
  readonly parameter: DeclaredParameter
  readonly value: unknown
}

/** One thing to do: a parameter to write, or several of a group at once. */
export interface PlannedWrite {
  readonly node: NodeRef | undefined
  readonly parts: readonly PlannedPart[]
  write(): Promise<void>
}

export interface Planning {
  /** Minutes east of UTC for times that name no time zone. */
  readonly zone: number
  /** Values of all that can be set of some fields, asked for only where something depends on them. */
  now(fields: DeclaredFields): Promise<Values>
}

/** Everything that is to be done, in order. Rejects with a `CommandError` that names all wrong parameters. */
export async function planned(
  places: readonly Place[],
  given: readonly Given[],
  planning: Planning,
): Promise<readonly PlannedWrite[]> {
  const faults = new Faults()
  const plan: PlannedWrite[] = []
  for (const place of places) plan.push(...(await plannedAt(place, given, planning, faults)))
  faults.check()
  return plan
}

/** Whether anything of it depends on what other parameters are. */
export function isBound(plan: readonly PlannedWrite[]): boolean {
  const isOne = ({ field: { parameter } }: PlannedPart): boolean =>
    parameter?.given !== undefined || parameter?.team !== undefined
  return plan.some(({ parts }) => parts.some(isOne))
}

class Faults {
  readonly #all = new Map<string, string>()
  #isUnknown = false

  get count(): number {
    return this.#all.size
  }

  unknown(name: string): void {
    this.#isUnknown = true
    this.#all.set(name, 'There is no such parameter.')
  }

  add(name: string, text: string): void {
    this.#all.set(name, text)
  }

  check(): void {
    if (this.#all.size === 0) return
    const faults: readonly ParameterFault[] = [...this.#all].map(([name, text]) => ({ name, text }))
    throw new CommandError(stanzaError(this.#isUnknown ? 'item-not-found' : 'bad-request'), faults)
  }
}

async function plannedAt(
  { node, fields }: Place,
  given: readonly Given[],
  planning: Planning,
  faults: Faults,
): Promise<readonly PlannedWrite[]> {
  const known = given.flatMap(one => {
    const field = Object.hasOwn(fields, one.name) ? fields[one.name] : undefined
    if (field?.parameter) return [{ ...one, field, declared: field.parameter }]
    faults.unknown(one.name)
    return []
  })
  const texts = new Map(given.map(({ name, text }) => [name, text]))
  const declared = known.map(one => one.declared)
  const values = await valuesFor(declared, fields, texts, some => planning.now(some))
  const around = textsAround(fields, values, texts)
  const before = faults.count
  const parts = known.flatMap(({ name, kind, text, field, declared }): PlannedPart[] => {
    const { parameter, readOnly, isThere } = givenBy(declared, around)
    try {
      if (readOnly || !isThere) throw new ParameterError('It cannot be set as things are.')
      const value = parameter.read(kind ?? parameter.kind, withZone(parameter.kind, text, planning.zone))
      return [{ name, text, field, parameter, value }]
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      faults.add(name, error.message)
      return []
    }
  })
  return faults.count === before ? writesOf(node, parts, fields, values, faults) : []
}

/** In the order of the command; a group has its place where its first parameter has. */
function writesOf(
  node: NodeRef | undefined,
  parts: readonly PlannedPart[],
  fields: DeclaredFields,
  now: Values,
  faults: Faults,
): readonly PlannedWrite[] {
  const together = new Set<ParameterTeam>()
  return parts.flatMap((part): PlannedWrite[] => {
    const { parameter, value } = part
    const { team } = parameter
    const alone = { node, parts: [part], write: () => parameter.write(value) }
    if (!team) return [alone]
    if (together.has(team)) return team.write ? [] : [alone]
    together.add(team)
    const own = parts.filter(one => one.parameter.team === team)
    const { values, wrong } = ofTeam(team, fields, now, new Map(own.map(({ name, value }) => [name, value])))
    for (const [name, text] of wrong) faults.add(name, text)
    const { write } = team
    return write ? [{ node, parts: own, write: () => write(values) }] : [alone]
  })
}

/** Values of a whole group: what is given, and what stays as it is; and what is wrong with what is given. */
export function ofTeam(
  team: ParameterTeam,
  fields: DeclaredFields,
  now: Values,
  given: ReadonlyMap<string, unknown>,
): { readonly values: Readonly<Record<string, unknown>>; readonly wrong: ReadonlyMap<string, string> } {
  const names = settableOf(fields).flatMap(([name, { parameter }]) =>
    parameter?.team === team ? [name] : [],
  )
  const values = Object.fromEntries(
    names.map(name => [name, given.has(name) ? given.get(name) : now.get(name)?.value]),
  )
  const missing = names.filter(name => values[name] === undefined)
  if (missing.length > 0)
    return {
      values,
      wrong: new Map(missing.map(name => [name, 'It must be set along: it has no value now.'])),
    }
  const told = team.check(values)
  // What is wrong only with what stays as it is was so before: then it is with what comes.
  const wrong = [...told].filter(([name]) => given.has(name))
  const [first] = told.values()
  if (wrong.length > 0 || first === undefined) return { values, wrong: new Map(wrong) }
  return { values, wrong: new Map([...given.keys()].map(name => [name, first])) }
}
