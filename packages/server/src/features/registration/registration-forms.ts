/** The forms of registration, beside the plain fields. XEP-0077 §4, §14.4. */
import { type DataForm, declareForm, FORM_TYPE, type FormField, field, Registration } from '@waxwing/protocol'

export type EmailPolicy = 'no' | 'optional' | 'required'

export const Register = declareForm(Registration.ns, {
  username: field.text('User name').required(),
  password: field.secret('Password').required(),
  email: field.text('E-mail address'),
})

export const ChangePassword = declareForm(`${Registration.ns}:changepassword`, {
  username: field.text('User name').required(),
  old_password: field.secret('Old password'),
  password: field.secret('New password').required(),
})

export const Cancel = declareForm(`${Registration.ns}:cancel`, {
  username: field.text('User name').required(),
  password: field.secret('Password'),
})

export interface Shown {
  readonly instructions: string
  readonly email: EmailPolicy
  /** Fields of other features, and the FORM_TYPE they want. */
  readonly extra: readonly FormField[]
  readonly formType: string
}

/** The form to register with. */
export function registerForm({ instructions, email, extra, formType }: Shown): DataForm {
  const form = Register.blank({ title: 'Registration', instructions })
  const fields = (form.fields ?? [])
    .filter(({ var: name }) => name !== 'email' || email !== 'no')
    .map(one => {
      if (one.var === FORM_TYPE) return { ...one, values: [formType] }
      return one.var === 'email' ? { ...one, required: email === 'required' } : one
    })
  return { ...form, fields: [...fields, ...extra] }
}

/** The same form about registration, whatever it said it was about. */
export function asRegistration(form: DataForm): DataForm {
  return { ...form, fields: form.fields?.filter(one => one.var !== FORM_TYPE) }
}
