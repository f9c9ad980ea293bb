// Nodes and values in the short family.
import {
  attr,
  attrKey,
  choice,
  type Element,
  element,
  type InputOf,
  rest,
  string,
  type TypeOf,
  text,
} from '@waxwing/xml'
import { type HistoryPeriod, historyPeriods } from './field-flags.ts'
import { type Generation, sensorDataNs } from './generations.ts'
import type { NodeRef, SensorField } from './readout.ts'
import { markAll, markOrUnknown, marks } from './sensor-marks.ts'
import {
  longPeriods,
  type ShortValueName,
  shortCategories,
  shortQualities,
  shortValueNames,
  shortValues,
} from './sensor-names.ts'
import { annotationWithin, checkField, nodeOf, plainAttributes, readField } from './sensor-raw.ts'

export type ShortGeneration = Exclude<Generation, 'sn' | 'xep'>

/** The address of a node. */
export const nodeAttributes = {
  id: attr('id', string).or('', { write: true }),
  src: attr('src', string).maybe(),
  pt: attr('pt', string).maybe(),
}

interface RawNode {
  readonly id: string
  readonly src?: string | undefined
  readonly pt?: string | undefined
}

/** `undefined` is the thing itself. Throws `CodecError`. */
export function readNode({ id, src, pt }: RawNode): NodeRef | undefined {
  return nodeOf(id, src, pt)
}

export function writeNode({ id, source, partition }: NodeRef): RawNode {
  return { id, src: source, pt: partition }
}

function valueElement(ns: string, name: string) {
  return element(ns, name, {
    name: attr('n', string).maybe(),
    ...marks(shortCategories),
    ...marks(shortQualities),
    namespace: attr('lns', string).maybe(),
    steps: attr('loc', string).maybe(),
    writable: attr('ctr', markOrUnknown).maybe(),
    value: attr('v', string).maybe(),
    unit: attr('u', string).maybe(),
    dataType: attr('t', string).maybe(),
    extras: rest,
  })
}

/** All elements of values, and errors. */
export function itemChoice(ns: string) {
  const members = Object.keys(shortValues).map(name => [name, valueElement(ns, name)])
  const values = Object.fromEntries(members) as Record<ShortValueName, ReturnType<typeof valueElement>>
  return choice({ ...values, err: element(ns, 'err', { text: text(string) }) })
}

type ItemChoice = ReturnType<typeof itemChoice>
type RawValue = Exclude<TypeOf<ItemChoice>, { readonly kind: 'err' }>

// The distance of a historical value has no word in this family. It travels in the annotation, as the attribute
// the long family would write, which whoever does not know it ignores.
const periodKeys: readonly (readonly [HistoryPeriod, string])[] = historyPeriods.map(period => [
  period,
  attrKey(sensorDataNs('xep'), longPeriods[period]),
])

/** The field, or `undefined` if nobody can make sense of it. */
export function readItem(ns: string, raw: RawValue): SensorField | undefined {
  const x = raw.extras.find(extra => extra.name === 'x' && extra.ns === ns)
  if (!x) return readField(shortValues[raw.kind], raw, [])
  const periods = periodKeys.filter(([, key]) => x.attrs.get(key) === 'true').map(([period]) => period)
  return readField(
    shortValues[raw.kind],
    raw,
    periods,
    periods.length > 0 ? withoutPeriods(x) : annotationWithin(x),
  )
}

function withoutPeriods(x: Element): Element | undefined {
  const attrs = new Map(x.attrs)
  for (const [, key] of periodKeys) attrs.delete(key)
  return attrs.size === 0 && x.children.length === 0 ? undefined : annotationWithin({ ...x, attrs })
}

/** @throws CodecError when the value's text is none of its type */
export function writeItem(ns: string, field: SensorField): InputOf<ItemChoice> {
  checkField(field)
  const { value } = field
  const x = annotationOf(ns, field)
  return {
    kind: shortValueNames[value.kind],
    ...plainAttributes(field),
    ...markAll(field.categories),
    ...markAll(field.quality),
    unit: value.kind === 'quantity' ? value.unit : undefined,
    extras: x ? [x] : [],
  }
}

function annotationOf(ns: string, { annotation, periods }: SensorField): Element | undefined {
  if (periods.length === 0) return annotation && { ...annotation, ns, name: 'x' }
  const attrs = new Map(annotation?.attrs)
  for (const [period, key] of periodKeys) if (periods.includes(period)) attrs.set(key, 'true')
  return { ns, name: 'x', attrs, children: annotation?.children ?? [] }
}
