/** Forms of a thing beside those of the texts: what their fields say, compared as plain facts. */
import assert from 'node:assert/strict'
import { controlNs, DataForm, type FormField, fieldMarks, Validate } from '@waxwing/protocol'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  withoutIndentation,
  writeElement,
} from '@waxwing/xml'
import { type DeclaredFields, thing } from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

/** The elements of an example; what is left out in the text is left out. */
export function elementsIn(example: string): readonly Element[] {
  const mended = example.replaceAll(/^\s*\.\.\.\s*$/gm, '').replaceAll(/<\?xml[^>]*>/g, '')
  return elementsOf(withoutIndentation(parseElement(`<all xmlns="jabber:x:data">${mended}</all>`)))
}

export function fieldIn(element: Element): FormField {
  const form = readWire(
    DataForm,
    parseElement(`<x xmlns="jabber:x:data" type="form">${writeElement(element)}</x>`),
  )
  return form.fields?.[0] ?? assert.fail('no field')
}

export interface Facts {
  readonly [what: string]: unknown
  readonly marks: readonly string[]
}

/** All that a field says of itself to people and programs. */
export function factsOf(field: FormField): Facts {
  const validate = field.extensions?.find(one => one.ns === Validate.ns)
  const { datatype = 'xs:string', range, regex } = validate ? readWire(Validate, validate) : {}
  const { var: name, type, label, desc, values, options = [] } = field
  const marks = Object.entries(fieldMarks(field)).flatMap(([mark, value]) =>
    value ? [`${mark}=${value}`] : [],
  )
  return {
    name,
    type,
    label,
    desc,
    values,
    options,
    datatype,
    range: { ...range },
    regex,
    marks: marks.toSorted(),
  }
}

export interface House {
  readonly town: Town
  readonly client: Station
  readonly device: Station
  readonly writes: string[]
  readonly changed: () => void
}

export const address = 'formserver@example.org/x'

export function house(nodeId: string, fields: (write: (value: unknown) => void) => DeclaredFields): House {
  const town = new Town()
  const device = town.station(address)
  const client = town.station('formclient@example.org/client')
  town.introduce()
  const writes: string[] = []
  const served = thing(device, {
    nodeId,
    mayControl: () => 'all',
    fields: fields(value => void writes.push(String(value))),
  })
  return { town, client, device, writes, changed: () => served.changed() }
}

export async function formOf(client: Station): Promise<DataForm> {
  const answer = await client.ask('get', address, `<getForm xmlns="${controlNs('nf')}"/>`)
  return readWire(DataForm, parseElement(answer))
}

export const sessionOf = ({ fields = [] }: DataForm): string =>
  fields.find(({ var: name }) => name === 'xdd session')?.values[0] ?? assert.fail('no session')
