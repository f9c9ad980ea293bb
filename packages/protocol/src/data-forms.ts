// Data forms (XEP-0004).
import {
  attr,
  child,
  children,
  custom,
  type Element,
  element,
  flag,
  oneOf,
  rest,
  string,
  type TextCodec,
  textChild,
  textChildren,
  type Wire,
} from '@waxwing/xml'

const NS = 'jabber:x:data'

/** XEP-0004 §3.1. */
export const formTypes = ['form', 'submit', 'cancel', 'result'] as const
export type FormKind = (typeof formTypes)[number]

/** XEP-0004 §3.3. */
export const fieldTypes = [
  'boolean',
  'fixed',
  'hidden',
  'jid-multi',
  'jid-single',
  'list-multi',
  'list-single',
  'text-multi',
  'text-private',
  'text-single',
] as const
export type FieldType = (typeof fieldTypes)[number]

/** XEP-0004 §3.3: a type nobody knows is treated as `text-single`. */
const fieldType: TextCodec<FieldType> = custom(
  word => fieldTypes.find(type => type === word) ?? 'text-single',
  type => type,
  'a field type',
)

/** A value to choose. XEP-0004 §3.2. */
export interface FieldOption {
  /** How people know it; absent: by its value. */
  readonly label?: string | undefined
  readonly value: string
}
export const FieldOption: Wire<FieldOption> = element(NS, 'option', {
  label: attr('label', string).maybe(),
  value: textChild('value', string),
})

/** One field. XEP-0004 §3.2. */
export interface FormField {
  /** Its name; only `fixed` fields may have none. */
  readonly var?: string | undefined
  /** Absent in a form: `text-single`; elsewhere: as the form said. */
  readonly type?: FieldType | undefined
  readonly label?: string | undefined
  readonly desc?: string | undefined
  readonly required?: boolean | undefined
  readonly values: readonly string[]
  readonly options?: readonly FieldOption[] | undefined
  /** Extensions such as media (XEP-0221) and validation (XEP-0122), as they came. */
  readonly extensions?: readonly Element[] | undefined
}
export const FormField: Wire<FormField> = element(NS, 'field', {
  var: attr('var', string).maybe(),
  type: attr('type', fieldType).maybe(),
  label: attr('label', string).maybe(),
  desc: textChild('desc', string).maybe(),
  required: flag('required'),
  values: textChildren('value', string),
  options: children(FieldOption),
  extensions: rest,
})

/** Fields side by side: the columns of a table, or one of its rows. XEP-0004 §3.4. */
export interface FormFields {
  readonly fields: readonly FormField[]
}
const Reported: Wire<FormFields> = element(NS, 'reported', { fields: children(FormField) })
const Row: Wire<FormFields> = element(NS, 'item', { fields: children(FormField) })

/** A form to fill in, filled in, cancelled, or its result. XEP-0004 §3. */
export interface DataForm {
  readonly type: FormKind
  readonly title?: string | undefined
  readonly instructions?: readonly string[] | undefined
  readonly fields?: readonly FormField[] | undefined
  /** The columns when the result is a table. §3.4. */
  readonly reported?: FormFields | undefined
  /** The rows when the result is a table. §3.4. */
  readonly items?: readonly FormFields[] | undefined
  /** Extensions such as the layout of XEP-0141, as they came. */
  readonly extensions?: readonly Element[] | undefined
}
export const DataForm: Wire<DataForm> = element(NS, 'x', {
  type: attr('type', oneOf(...formTypes)),
  title: textChild('title', string).maybe(),
  instructions: textChildren('instructions', string),
  fields: children(FormField),
  reported: child(Reported).maybe(),
  items: children(Row),
  extensions: rest,
})

/** The field's name that says what a form is about. XEP-0068 §3. */
export const FORM_TYPE = 'FORM_TYPE'

/** The first field called so. */
export function fieldOf(form: DataForm, name: string): FormField | undefined {
  return form.fields?.find(field => field.var === name)
}

/** All values of a field; none when there is no such field. */
export function valuesOf(form: DataForm, name: string): readonly string[] {
  return fieldOf(form, name)?.values ?? []
}

/** The first value of a field. */
export function valueOf(form: DataForm, name: string): string | undefined {
  return valuesOf(form, name)[0]
}

/** What the form is about; `undefined` when it does not say. XEP-0068 §3. */
export function formTypeOf(form: DataForm): string | undefined {
  const field = fieldOf(form, FORM_TYPE)
  // In a submission the type of a field may be absent (XEP-0004 §3.2).
  return field && (field.type === 'hidden' || form.type === 'submit') ? field.values[0] : undefined
}

/** The field that says what a form is about. XEP-0068 §3. */
export function formTypeField(formType: string): FormField {
  return { var: FORM_TYPE, type: 'hidden', values: [formType] }
}
