/** The form of a query for archived messages: what it may hold, and what it asks for. XEP-0313 §4.1. */
import { type Jid, tryJid } from '@waxwing/jid'
import {
  ArchiveQuery,
  type DataForm,
  FORM_TYPE,
  type FormField,
  formTypeField,
  formTypeOf,
  parseDateTime,
  stanzaError,
  Validate,
} from '@waxwing/protocol'
import { toElement } from '@waxwing/xml'

/** All conditions hold together; those left out do not narrow. */
export interface Conditions {
  readonly with?: Jid | undefined
  /** First and last moment, ms since 1970, inclusive. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly beforeId?: string | undefined
  readonly afterId?: string | undefined
  /** Exactly these messages, if there are any. */
  readonly ids: readonly string[]
}

const open = toElement(Validate, { datatype: 'xs:string', open: true })

/** The form with all fields that are understood. XEP-0313 §4.1.5. */
export const queryForm: DataForm = {
  type: 'form',
  fields: [
    formTypeField(ArchiveQuery.ns),
    { var: 'with', type: 'jid-single', values: [] },
    { var: 'start', type: 'text-single', values: [] },
    { var: 'end', type: 'text-single', values: [] },
    { var: 'before-id', type: 'text-single', values: [] },
    { var: 'after-id', type: 'text-single', values: [] },
    { var: 'ids', type: 'list-multi', values: [], extensions: [open] },
    { var: 'include-groupchat', type: 'boolean', values: [] },
  ],
}

const known: ReadonlySet<string | undefined> = new Set(queryForm.fields?.map(field => field.var))

/** @throws StanzaError bad-request, or feature-not-implemented for fields nobody knows */
export function readConditions(form: DataForm | undefined): Conditions {
  if (form === undefined) return { ids: [] }
  if (formTypeOf(form) !== ArchiveQuery.ns)
    throw stanzaError('bad-request', `The form needs a ${FORM_TYPE} of ${ArchiveQuery.ns}`)
  const unknown = form.fields?.find(field => !known.has(field.var))
  if (unknown) throw stanzaError('feature-not-implemented', 'The form has a field that is not understood')
  const value = (name: string): string | undefined => firstOf(form.fields, name)
  return {
    with: addressIn(value('with')),
    start: momentIn(value('start')),
    end: momentIn(value('end')),
    beforeId: value('before-id'),
    afterId: value('after-id'),
    ids: form.fields?.find(field => field.var === 'ids')?.values ?? [],
  }
}

/** An empty value asks for nothing. */
function firstOf(fields: readonly FormField[] | undefined, name: string): string | undefined {
  return fields?.find(field => field.var === name)?.values[0] || undefined
}

function addressIn(text: string | undefined): Jid | undefined {
  if (text === undefined) return undefined
  const jid = tryJid(text)
  if (jid === undefined) throw stanzaError('bad-request', "'with' is not an address")
  return jid
}

function momentIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    return parseDateTime(text).getTime()
  } catch {
    throw stanzaError('bad-request', "'start' and 'end' are moments as XEP-0082 writes them")
  }
}
