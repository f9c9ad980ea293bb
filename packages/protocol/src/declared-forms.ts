// Data forms declared once: the fields are the type, the form to fill in, and the reader of what comes back (XEP-0004, XEP-0068, XEP-0122).
import { type BareJid, bareOf, type Jid, tryJid } from '@waxwing/jid'
import { toElement } from '@waxwing/xml'
import {
  type DataForm,
  type FieldOption,
  type FieldType,
  type FormField,
  type FormKind,
  fieldOf,
  formTypeField,
  formTypeOf,
} from './data-forms.ts'
import { Validate } from './form-validation.ts'

/** A submission that does not fit its form; the message is for people. */
export class FormError extends Error {
  override readonly name = 'FormError'
  /** The field at fault; `undefined`: the form as a whole. */
  readonly field: string | undefined

  constructor(field: string | undefined, message: string) {
    super(message)
    this.field = field
  }
}

/** One declared field. `T` is what its submission is read as. */
export interface DeclaredField<T> {
  readonly type: FieldType
  readonly label: string
  readonly isRequired: boolean
  readonly options?: readonly FieldOption[] | undefined
  readonly validate?: Validate | undefined
  /** @throws FormError without field name */
  read(values: readonly string[]): T
  write(value: T): readonly string[]
}

/** A field that may stay empty; `required()` makes it one that may not. */
export interface OptionalField<T, R = T> extends DeclaredField<T> {
  required(): DeclaredField<R>
}

type Shape = Omit<DeclaredField<unknown>, 'read' | 'write' | 'isRequired'>

/** A field of one value: `undefined` when nothing came. */
function single<T>(
  shape: Shape,
  parse: (text: string) => T | undefined,
  print: (value: T) => string,
  expected: string,
): OptionalField<T | undefined, T> {
  const one = (text: string): T => {
    const value = parse(text)
    if (value === undefined) throw new FormError(undefined, `expected ${expected}`)
    return value
  }
  return {
    ...shape,
    isRequired: false,
    read: ([text]) => (text === undefined || text === '' ? undefined : one(text)),
    write: value => (value === undefined ? [] : [print(value)]),
    required: () => ({
      ...shape,
      isRequired: true,
      read: ([text]) => {
        if (text === undefined || text === '') throw new FormError(undefined, 'is missing')
        return one(text)
      },
      write: value => [print(value)],
    }),
  }
}

/** A field of many values: empty when nothing came. */
function many<T>(
  shape: Shape,
  parse: (text: string) => T | undefined,
  print: (value: T) => string,
  expected: string,
): OptionalField<readonly T[]> {
  const all = (values: readonly string[]): readonly T[] =>
    values.map(text => {
      const value = parse(text)
      if (value === undefined) throw new FormError(undefined, `expected ${expected}`)
      return value
    })
  const field = { ...shape, read: all, write: (values: readonly T[]) => values.map(print) }
  return {
    ...field,
    isRequired: false,
    required: () => ({
      ...field,
      isRequired: true,
      read: values => {
        if (values.length === 0) throw new FormError(undefined, 'is missing')
        return all(values)
      },
    }),
  }
}

const itself = (text: string): string => text
const notEmpty = (text: string): string | undefined => (text === '' ? undefined : text)
const aBareJid = (text: string): BareJid | undefined => {
  const jid = tryJid(text.trim())
  return jid !== undefined && bareOf(jid) === jid ? bareOf(jid) : undefined
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

function flagOf(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  throw new FormError(undefined, 'expected true or false')
}

/** The makers of fields; each takes its label. */
export const field = {
  text: (label: string): OptionalField<string | undefined, string> =>
    single({ type: 'text-single', label }, itself, itself, 'a text'),
  /** A secret that is not shown while it is typed. */
  secret: (label: string): OptionalField<string | undefined, string> =>
    single({ type: 'text-private', label }, itself, itself, 'a text'),
  hidden: (): OptionalField<string | undefined, string> =>
    single({ type: 'hidden', label: '' }, itself, itself, 'a text'),
  /** Lines of text. */
  lines: (label: string): OptionalField<readonly string[]> =>
    many({ type: 'text-multi', label }, itself, itself, 'a text'),
  jid: (label: string): OptionalField<Jid | undefined, Jid> =>
    single({ type: 'jid-single', label }, text => tryJid(text.trim()), itself, 'an address'),
  bareJid: (label: string): OptionalField<BareJid | undefined, BareJid> =>
    single({ type: 'jid-single', label }, aBareJid, itself, 'an address without resource'),
  jids: (label: string): OptionalField<readonly Jid[]> =>
    many({ type: 'jid-multi', label }, text => tryJid(text.trim()), itself, 'an address'),
  bareJids: (label: string): OptionalField<readonly BareJid[]> =>
    many({ type: 'jid-multi', label }, aBareJid, itself, 'an address without resource'),
  number: (
    label: string,
    { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
  ): OptionalField<number | undefined, number> =>
    single(
      {
        type: 'text-single',
        label,
        validate: { datatype: 'xs:integer', range: { min: String(min), max: String(max) } },
      },
      text => wholeNumber(text, min, max),
      String,
      `a whole number from ${min} to ${max}`,
    ),
  /** One of some values. */
  choice: <const T extends string>(
    label: string,
    options: Readonly<Record<T, string>>,
  ): OptionalField<T | undefined, T> => {
    const known = Object.entries<string>(options).map(([value, text]) => ({ value, label: text }))
    const isKnown = (text: string): text is T => Object.hasOwn(options, text)
    const names = known.map(({ value }) => value).join(', ')
    return single(
      { type: 'list-single', label, options: known },
      text => (isKnown(text) ? text : undefined),
      itself,
      `one of ${names}`,
    )
  },
  flag: (label: string): DeclaredField<boolean> => ({
    type: 'boolean',
    label,
    isRequired: false,
    read: ([text]) => flagOf(text),
    write: value => [value ? 'true' : 'false'],
  }),
  /** Addresses or words, whatever their form. */
  words: (label: string): OptionalField<readonly string[]> =>
    many({ type: 'text-multi', label }, notEmpty, itself, 'a text'),
} as const

export type DeclaredFields = Readonly<Record<string, DeclaredField<never>>>
export type ValuesOf<F> = {
  readonly [N in keyof F]: F[N] extends { read(values: readonly string[]): infer T } ? T : never
}

/** What people read above the fields. */
export interface FormWords {
  readonly title?: string | undefined
  readonly instructions?: string | undefined
}

/** A declared form. */
export interface DeclaredForm<F> {
  /** FORM_TYPE. XEP-0068 §3. */
  readonly formType: string
  /** To be filled in; `values` are there already. */
  blank(words?: FormWords, values?: Partial<ValuesOf<F>>): DataForm
  /** Filled in. */
  submission(values: Partial<ValuesOf<F>>): DataForm
  /** What came of it. */
  result(values: Partial<ValuesOf<F>>, words?: FormWords): DataForm
  /** @throws FormError naming the field that does not fit */
  read(form: DataForm): ValuesOf<F>
}

/** Declares a form by its FORM_TYPE and fields. */
export function declareForm<const F extends Readonly<Record<string, object>>>(
  formType: string,
  fields: F & { readonly [N in keyof F]: F[N] extends DeclaredField<infer _> ? F[N] : never },
): DeclaredForm<F> {
  // The mapped type above says that each is a field; its own type is what `ValuesOf` gives back.
  const declared = Object.entries(fields) as readonly (readonly [string, DeclaredField<unknown>])[]
  const filled = (
    kind: FormKind,
    values: Readonly<Record<string, unknown>>,
    words: FormWords = {},
  ): DataForm => ({
    type: kind,
    title: words.title,
    instructions: words.instructions === undefined ? [] : [words.instructions],
    fields: [
      formTypeField(formType),
      ...declared
        .filter(([name]) => kind === 'form' || values[name] !== undefined)
        .map(([name, one]) => written(kind, name, one, values[name])),
    ],
  })
  return {
    formType,
    blank: (words, values = {}) => filled('form', values, words),
    submission: values => filled('submit', values),
    result: (values, words) => filled('result', values, words),
    read(form) {
      const type = formTypeOf(form)
      if (type !== undefined && type !== formType)
        throw new FormError(undefined, `This form is about ${type}`)
      return Object.fromEntries(
        declared.map(([name, one]) => [name, readField(form, name, one)]),
      ) as ValuesOf<F>
    },
  }
}

function written(kind: FormKind, name: string, one: DeclaredField<unknown>, value: unknown): FormField {
  const values = value === undefined ? [] : one.write(value)
  if (kind === 'submit') return { var: name, values }
  const label = one.label === '' ? undefined : one.label
  if (kind === 'result') return { var: name, type: one.type, label, values }
  const extensions = one.validate ? [toElement(Validate, one.validate)] : []
  return {
    var: name,
    type: one.type,
    label,
    required: one.isRequired,
    values,
    options: one.options,
    extensions,
  }
}

function readField(form: DataForm, name: string, one: DeclaredField<unknown>): unknown {
  try {
    return one.read(fieldOf(form, name)?.values ?? [])
  } catch (error) {
    if (error instanceof FormError) throw new FormError(name, `The field ${name}: ${error.message}`)
    throw error
  }
}
