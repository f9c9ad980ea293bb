// Forms that are judged while they are filled in (XEP-0336).
import { attr, child, type Element, el, element, lang, string, type Wire } from '@waxwing/xml'
import { DataForm, type FormField, valueOf } from './data-forms.ts'

const NS = 'urn:xmpp:xdata:dynamic'

/** The namespace of what stands in fields: `postBack`, `notSame`, `readOnly`, `error`. XEP-0336 §3. */
export const DYNAMIC_FORMS_NS: string = NS

/** A form as far as it is filled in; the answer is the form as it is to be shown then. XEP-0336 §3.2. */
export interface FormPostBack {
  readonly form: DataForm
  /** The language of whoever fills it in; absent: that of the stanza, or any. */
  readonly lang?: string | undefined
}
export const FormPostBack: Wire<FormPostBack> = element(NS, 'submit', { lang, form: child(DataForm) })

/** A form that is not filled in any further. XEP-0336 §3.6. */
export interface FormCancel {
  readonly form: DataForm
}
export const FormCancel: Wire<FormCancel> = element(NS, 'cancel', { form: child(DataForm) })

/** A form that is open somewhere, as it is now; sent in a message by who has it filled in. XEP-0336 §3.9. */
export interface FormUpdate {
  /** The field whose value tells which form is meant. */
  readonly sessionVariable: string
  readonly form: DataForm
  /** The language of the texts; absent: not told. */
  readonly lang?: string | undefined
}
export const FormUpdate: Wire<FormUpdate> = element(NS, 'updated', {
  sessionVariable: attr('sessionVariable', string),
  lang,
  form: child(DataForm),
})

/** What a field says of itself besides its type. XEP-0336 §3. */
export interface FieldMarks {
  /** Whoever edits it sends the form back then. §3.1. */
  readonly postBack: boolean
  /** It is shown, and cannot be edited. §3.3. */
  readonly readOnly: boolean
  /** Its value is uncertain: it is not sent unless somebody has edited it. §3.4. */
  readonly notSame: boolean
  /** What is wrong with its value, for people; `undefined`: nothing is known to be. §3.5. */
  readonly error: string | undefined
}

/** The marks of a field. XEP-0336 §3. */
export function fieldMarks({ extensions = [] }: FormField): FieldMarks {
  const own = extensions.filter(({ ns }) => ns === NS)
  const has = (mark: string): boolean => own.some(({ name }) => name === mark)
  const error = own.find(({ name }) => name === 'error')
  return {
    postBack: has('postBack'),
    readOnly: has('readOnly'),
    notSame: has('notSame'),
    error: error?.children.filter(one => typeof one === 'string').join(''),
  }
}

/** Marks as they stand in a field. XEP-0336 §3. */
export function fieldMarkElements(marks: Partial<FieldMarks>): readonly Element[] {
  const { postBack = false, readOnly = false, notSame = false, error } = marks
  return [
    ...(notSame ? [el(NS, 'notSame')] : []),
    ...(readOnly ? [el(NS, 'readOnly')] : []),
    ...(postBack ? [el(NS, 'postBack')] : []),
    ...(error === undefined ? [] : [el(NS, 'error', {}, error)]),
  ]
}

/**
 * Whether an update is about a form: both have the same value in the field that the update names. XEP-0336 §3.9.
 */
export function isAbout(update: FormUpdate, form: DataForm): boolean {
  const session = valueOf(form, update.sessionVariable)
  return session !== undefined && session === valueOf(update.form, update.sessionVariable)
}
