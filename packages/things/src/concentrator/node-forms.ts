/** Forms of nodes: what is shown to be filled in, and what was. XEP-0326 §3.4, with XEP-0122, 0141 and 0336. */
import {
  type DataForm,
  DYNAMIC_FORMS_NS,
  type FormField,
  type ParameterFault,
  stanzaError,
} from '@waxwing/protocol'
import { el } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import { formField, pagesOf, SESSION_FIELD } from '../control/control-form.ts'
import { type DeclaredParameter, ParameterError, withZone } from '../control/parameters.ts'
import type { DeclaredField } from '../field-types.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { DeclaredFields } from '../thing-options.ts'
import { badRequest, tooMuch } from './call.ts'
import type { ConcentratorLimits } from './options.ts'
import { bytesOf } from './weight.ts'

const notValues: ReadonlySet<string> = new Set(['FORM_TYPE', SESSION_FIELD])

/** A field with its value now. */
export interface FilledField {
  readonly name: string
  readonly field: DeclaredField
  /** Absent: it has none. */
  readonly text: string | undefined
  /** Other nodes have other values. */
  readonly isDifferent?: boolean
}

/** What was filled in for one field. */
export interface Entry {
  readonly name: string
  readonly field: DeclaredField
  readonly parameter: DeclaredParameter
  readonly text: string
  readonly value: unknown
}

/** Values now, in the order of the declaration. */
export async function filled(reads: SharedReads, declared: DeclaredFields): Promise<readonly FilledField[]> {
  return Promise.all(
    Object.entries(declared).map(async ([name, field]) => {
      const outcome = await reads.read(field)
      return { name, field, text: outcome.kind === 'sample' ? outcome.sample.value.text : undefined }
    }),
  )
}

/** A form for parameters that are edited: those that cannot be set are shown. */
export function editForm(
  title: string,
  fields: readonly FilledField[],
  session: string | undefined,
): DataForm {
  const shown = fields.map(({ name, field, text, isDifferent = false }) => {
    const isFixed = field.parameter === undefined
    const marks = [
      ...(isFixed ? [el(DYNAMIC_FORMS_NS, 'readOnly')] : []),
      ...(isDifferent ? [el(DYNAMIC_FORMS_NS, 'notSame')] : []),
    ]
    return formField({ name, parameter: field.input, value: text }, marks)
  })
  return withPages(title, fields, session === undefined ? shown : [sessionField(session), ...shown])
}

/** A form for values that are wanted; those that have none now must be filled in. */
export function inputForm(title: string, fields: readonly FilledField[]): DataForm {
  const shown = fields.map(({ name, field, text }) => ({
    ...formField({ name, parameter: field.input, value: text }, []),
    required: text === undefined,
  }))
  return withPages(title, fields, shown)
}

function withPages(title: string, fields: readonly FilledField[], shown: readonly FormField[]): DataForm {
  const all = fields.map(({ name, field, text }) => ({ name, parameter: field.input, value: text }))
  return { type: 'form', title, fields: shown, extensions: pagesOf(all) }
}

/** A form that can be sent. Throws `resource-constraint`. */
export function sendable(form: DataForm, { answerSize }: ConcentratorLimits): DataForm {
  let size = 0
  for (const { values } of form.fields ?? []) for (const text of values) size += bytesOf(text)
  if (size > answerSize) throw tooMuch('There is too much in the form for one answer')
  return form
}

function sessionField(session: string): FormField {
  return { var: SESSION_FIELD, type: 'hidden', values: [session] }
}

export function sessionIn(form: DataForm): string | undefined {
  return form.fields?.find(field => field.var === SESSION_FIELD)?.values[0]
}

/** What a form that was filled in gives, by name. Throws `bad-request`, `resource-constraint`. */
export function givenIn(form: DataForm | undefined, limits: ConcentratorLimits): ReadonlyMap<string, string> {
  if (form && form.type !== 'submit') throw badRequest('The form was not submitted')
  const fields = form?.fields ?? []
  const size = fields.reduce((sum, { values }) => values.reduce((all, text) => all + bytesOf(text), sum), 0)
  if (fields.length > limits.formFields || size > limits.formSize) throw tooMuch('The form is too large')
  const given = new Map<string, string>()
  for (const { var: name, values } of fields) {
    const [text] = values
    if (name === undefined || notValues.has(name) || text === undefined) continue
    if (given.has(name)) throw refusedForm([{ name, text: 'It is given twice.' }])
    given.set(name, text)
  }
  return given
}

export function refusedForm(faults: readonly ParameterFault[]): CommandError {
  return new CommandError(stanzaError('bad-request', 'The form was not filled in well.'), faults)
}

/** Collects everything that is wrong with a form before anything is done. */
export class Faults {
  readonly #all = new Map<string, string>()
  readonly #zone: number

  /** @param zone minutes east of UTC for times without zone */
  constructor(zone: number) {
    this.#zone = zone
  }

  add(name: string, text: string): void {
    if (!this.#all.has(name)) this.#all.set(name, text)
  }

  /** The value a text stands for; `undefined`, and a fault, when it stands for none. */
  entry(name: string, field: DeclaredField, text: string): Entry | undefined {
    const parameter = field.parameter ?? field.input
    const { kind } = parameter
    try {
      return { name, field, parameter, text, value: parameter.read(kind, withZone(kind, text, this.#zone)) }
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      this.add(name, error.message)
      return undefined
    }
  }

  /** Throws the refusal that names them all. */
  check(): void {
    if (this.#all.size > 0) throw refusedForm([...this.#all].map(([name, text]) => ({ name, text })))
  }
}

/** What is to be written of parameters that were edited. What cannot be set stays as it is. XEP-0326 §3.4.1 */
export function edited(
  given: ReadonlyMap<string, string>,
  declared: DeclaredFields,
  faults: Faults,
): readonly Entry[] {
  const entries: Entry[] = []
  for (const [name, text] of given) {
    const field = Object.hasOwn(declared, name) ? declared[name] : undefined
    if (!field) faults.add(name, 'Parameter not available.')
    else if (field.parameter) {
      const entry = faults.entry(name, field, text)
      if (entry) entries.push(entry)
    }
  }
  return entries
}

/** Values of everything that is wanted: as given, or as it stood in the form. */
export async function inputs(
  reads: SharedReads,
  given: ReadonlyMap<string, string>,
  declared: DeclaredFields,
  faults: Faults,
): Promise<Readonly<Record<string, unknown>>> {
  for (const name of given.keys())
    if (!Object.hasOwn(declared, name)) faults.add(name, 'Parameter not available.')
  const values: [string, unknown][] = []
  for (const { name, field, text } of await filled(reads, declared)) {
    const value = given.get(name) ?? text
    if (value === undefined) faults.add(name, 'It must be filled in.')
    else values.push([name, faults.entry(name, field, value)?.value])
  }
  return Object.fromEntries(values)
}

/** What several sets of fields have in common: those of the same kind; marked where values differ. XEP-0326 §3.4.4 */
export function common(all: readonly (readonly FilledField[])[]): readonly FilledField[] {
  const [first = [], ...others] = all
  return first.flatMap(one => {
    const same = others.map(fields => fields.find(other => isSame(one, other)))
    if (same.includes(undefined)) return []
    return [{ ...one, isDifferent: same.some(other => other?.text !== one.text) }]
  })
}

function isSame(a: FilledField, b: FilledField): boolean {
  return (
    a.name === b.name &&
    a.field.input.kind === b.field.input.kind &&
    (a.field.parameter === undefined) === (b.field.parameter === undefined)
  )
}
