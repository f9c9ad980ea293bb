/** Filling in forms. XEP-0326 §3.4, XEP-0336 */
import type { DataForm, FormField } from '@waxwing/protocol'
import { formatDateTime } from '@waxwing/xml'

/** A value of a field; it is written as its type wants. */
export type FormValue = string | number | bigint | boolean | Date

/** What is filled in, by the names of the fields. */
export type FormValues = Readonly<Record<string, FormValue>>

/**
 * A form to send back: what it says of itself, and what was filled in.
 *
 * @param isWhole whether fields that were not touched go along with what stands in them
 */
export function submission(
  { fields = [] }: DataForm,
  values: FormValues,
  { isWhole }: { readonly isWhole: boolean },
): DataForm {
  const kept = fields.flatMap((field): FormField[] => {
    const { var: name, values: stands } = field
    if (name === undefined || Object.hasOwn(values, name)) return []
    return field.type === 'hidden' || (isWhole && isToKeep(field)) ? [{ var: name, values: stands }] : []
  })
  const filled = Object.entries(values).map(([name, value]) => ({ var: name, values: [textOf(value)] }))
  return { type: 'submit', fields: [...kept, ...filled] }
}

/** What differs among nodes must not be sent back untouched. XEP-0326 §3.4.5 */
function isToKeep({ type, values, extensions = [] }: FormField): boolean {
  const isFixed = type === 'fixed' || extensions.some(({ name }) => name === 'readOnly' || name === 'notSame')
  return !isFixed && values.length > 0
}

function textOf(value: FormValue): string {
  return value instanceof Date ? formatDateTime(value) : String(value)
}
