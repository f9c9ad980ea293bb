// Forms that are judged while they are filled in (XEP-0336).
import { child, element, lang, type Wire } from '@waxwing/xml'
import { DataForm } from './data-forms.ts'

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
