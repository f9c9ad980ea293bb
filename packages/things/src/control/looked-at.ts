/** Which values a parameter hangs on, found out by watching it look at them. */
import type { SensorValue } from '@waxwing/protocol'
import type { DeclaredFields } from '../thing-options.ts'
import type { DeclaredParameter, ValuesAround } from './parameters.ts'
import { settableOf, textsAround, type Values } from './values-now.ts'

/** Notes which values somebody looks at: these have others change. */
export function listening(values: ValuesAround, asked: Set<string>): ValuesAround {
  return new Proxy(values, {
    get(of, name) {
      if (typeof name !== 'string') return undefined
      asked.add(name)
      return Object.hasOwn(of, name) ? of[name] : undefined
    },
    has(of, name) {
      if (typeof name === 'string') asked.add(name)
      return Object.hasOwn(of, name)
    },
    // Whoever goes through all of them has looked at all.
    ownKeys(of) {
      for (const name of Object.keys(of)) asked.add(name)
      return Reflect.ownKeys(of)
    },
  })
}

/**
 * Values that parameters hang on, and no others: a sensor that is slow or dead holds up nothing but what needs it.
 *
 * @param given texts that take the place of values, which then need not be read
 * @param read reads all that can be set of some fields
 */
export async function valuesFor(
  parameters: readonly DeclaredParameter[],
  fields: DeclaredFields,
  given: ReadonlyMap<string, string>,
  read: (some: DeclaredFields) => Promise<Values>,
): Promise<Values> {
  const settable = new Map(settableOf(fields))
  const known = new Map<string, SensorValue>()
  const done = new Set(given.keys())
  for (;;) {
    const asked = namesAsked(parameters, fields, textsAround(fields, known, given))
    const missing = [...settable].filter(([name]) => asked.has(name) && !done.has(name))
    if (missing.length === 0) return known
    for (const [name] of missing) done.add(name)
    for (const [name, value] of await read(Object.fromEntries(missing))) known.set(name, value)
  }
}

/** What they look at by what is known so far; with more they may look at more. */
function namesAsked(
  parameters: readonly DeclaredParameter[],
  fields: DeclaredFields,
  around: ValuesAround,
): ReadonlySet<string> {
  const asked = new Set<string>()
  const heard = listening(around, asked)
  const teams = new Set(parameters.flatMap(({ team }) => (team ? [team] : [])))
  for (const [name, { parameter }] of settableOf(fields))
    if (parameter?.team && teams.has(parameter.team)) asked.add(name)
  for (const { given } of parameters) {
    try {
      given?.(heard)
    } catch {
      // It cannot do without some value: then it gets all, and what it throws then counts.
      for (const name of Object.keys(around)) asked.add(name)
    }
  }
  return asked
}
