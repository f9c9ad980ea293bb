/** The form of a thing's parameters. XEP-0325 §3.3, with XEP-0122, 0141, 0331 and 0336. */
import {
  controlNs,
  type DataForm,
  type FormField,
  type FieldType as FormFieldType,
  familyOf,
  fieldMarkElements,
  type Generation,
  Validate,
} from '@waxwing/protocol'
import { type Element, el, toElement } from '@waxwing/xml'
import { inLanguage } from '../concentrator/node-options.ts'
import type { DeclaredParameter } from './parameters.ts'

/** The field that tells of what a form is. XEP-0336 §3.1 */
export const SESSION_FIELD = 'xdd session'

const LAYOUT_NS = 'http://jabber.org/protocol/xdata-layout'

/** A parameter in a form, with its value now if that is known. */
export interface ShownParameter {
  readonly name: string
  readonly parameter: DeclaredParameter
  readonly value: string | undefined
  /** It is what somebody filled in, not what the thing has. */
  readonly isFilledIn?: boolean
  /** It cannot be set as things are. XEP-0336 §3.3 */
  readonly readOnly?: boolean
  /** Others change along with it. XEP-0336 §3.1 */
  readonly postBack?: boolean
  /** What is wrong with that. XEP-0336 §3.5 */
  readonly fault?: string | undefined
}

const datatypes = {
  boolean: 'xs:boolean',
  date: 'xs:date',
  dateTime: 'xs:dateTime',
  double: 'xs:double',
  duration: 'xs:duration',
  enum: 'xs:string',
  int: 'xs:int',
  long: 'xs:long',
  string: 'xs:string',
  time: 'xs:time',
} as const

export function controlForm(
  generation: Generation,
  title: string,
  shown: readonly ShownParameter[],
  { lang, session }: { readonly lang: string | undefined; readonly session: string },
): DataForm {
  const fields = shown.map(one => fieldOf(generation, one, lang))
  const of: FormField = { var: SESSION_FIELD, type: 'hidden', values: [session] }
  return { type: 'form', title, fields: [of, ...fields], extensions: pagesOf(shown) }
}

function fieldOf(generation: Generation, shown: ShownParameter, lang: string | undefined): FormField {
  const { group } = shown.parameter
  const { fault, isFilledIn = false, readOnly = false, postBack = false } = shown
  // Whoever sends the form back sends what was changed and nothing else. §3.3.1
  const marks = fieldMarkElements({ notSame: !isFilledIn, readOnly, postBack, error: fault })
  return formField(shown, group === undefined ? marks : [...marks, groupMark(generation, group)], lang)
}

/** A parameter to be filled in, with its texts in a language. */
export function formField(
  { name, parameter, value }: ShownParameter,
  marks: readonly Element[],
  lang?: string,
): FormField {
  const { label, description, options } = parameter
  return {
    var: name,
    type: typeOf(parameter),
    label: inLanguage(label ?? name, lang),
    desc: description === undefined ? undefined : inLanguage(description, lang),
    values: value === undefined ? [] : [value],
    options: Object.entries(options ?? {}).map(([value, label]) => ({ value, label })),
    extensions: [validation(parameter), ...marks],
  }
}

/** XEP-0325 §5.4 */
function groupMark(generation: Generation, group: string): Element {
  const ns = controlNs(generation)
  return familyOf(generation) === 'long'
    ? el(ns, 'parameterGroup', { name: group })
    : el(ns, 'pGroup', { n: group })
}

function typeOf({ kind, options }: DeclaredParameter): FormFieldType {
  if (kind === 'boolean') return 'boolean'
  return options ? 'list-single' : 'text-single'
}

function validation({ kind, range, hasAlpha }: DeclaredParameter): Element {
  if (kind === 'color') return toElement(Validate, colorValidation(hasAlpha))
  const { min, max } = range ?? {}
  return toElement(Validate, { datatype: datatypes[kind], range: range && { min, max } })
}

/** Who does not know colours goes by the pattern. XEP-0331 §2, §3 */
function colorValidation(hasAlpha: boolean): Validate {
  return hasAlpha
    ? { datatype: 'xdc:ColorAlpha', regex: '^[0-9a-fA-F]{8}$' }
    : { datatype: 'xdc:Color', regex: '^[0-9a-fA-F]{6}$' }
}

/** Pages in the order in which they are first named. XEP-0141 §3 */
export function pagesOf(shown: readonly ShownParameter[]): readonly Element[] {
  const pages = new Map<string, string[]>()
  for (const { name, parameter } of shown) {
    if (parameter.page === undefined) continue
    pages.set(parameter.page, [...(pages.get(parameter.page) ?? []), name])
  }
  return [...pages].map(([label, names]) =>
    el(LAYOUT_NS, 'page', { label }, ...names.map(name => el(LAYOUT_NS, 'fieldref', { var: name }))),
  )
}
