/** What came back of a form of an ad-hoc command. */
import type { DataForm } from '@waxwing/protocol'
import type { ShownParameter } from '../control/control-form.ts'

export function givenIn({ fields = [] }: DataForm): readonly (readonly [name: string, text: string])[] {
  return fields.flatMap(({ var: name, values: [text] }) =>
    name === undefined || name === 'FORM_TYPE' || text === undefined ? [] : [[name, text] as const],
  )
}

const written: Readonly<Record<string, string>> = { '1': 'true', '0': 'false' }

/** Whether it was left as it stood; clients write `1` for `true`, and nothing where nothing was. */
export function isLeft(shown: ShownParameter | undefined, text: string): boolean {
  if (shown && shown.value === undefined && text === '') return true
  if (shown?.parameter.kind !== 'boolean') return shown?.value === text
  return shown.value === (Object.hasOwn(written, text) ? written[text] : text)
}
