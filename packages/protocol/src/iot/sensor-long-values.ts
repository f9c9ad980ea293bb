// Nodes and values in the long family.
import { attr, choice, element, type InputOf, string, type TypeOf } from '@waxwing/xml'
import { historyPeriods } from './field-flags.ts'
import type { NodeRef, SensorField } from './readout.ts'
import { mark, markAll, marked, markOrUnknown, marks } from './sensor-marks.ts'
import {
  type LongValueName,
  longCategories,
  longPeriods,
  longQualities,
  longValueName,
  longValues,
} from './sensor-names.ts'
import { checkField, nodeOf, plainAttributes, readField } from './sensor-raw.ts'

export type LongGeneration = 'sn' | 'xep'

/** The address of a node. */
export const nodeAttributes = {
  // The attribute is required; the empty id stands for the thing itself.
  nodeId: attr('nodeId', string).or('', { write: true }),
  sourceId: attr('sourceId', string).maybe(),
  cacheType: attr('cacheType', string).maybe(),
}

interface RawNode {
  readonly nodeId: string
  readonly sourceId?: string | undefined
  readonly cacheType?: string | undefined
}

/** `undefined` is the thing itself. Throws `CodecError`. */
export function readNode({ nodeId, sourceId, cacheType }: RawNode): NodeRef | undefined {
  return nodeOf(nodeId, sourceId, cacheType)
}

export function writeNode(node: NodeRef | undefined): RawNode {
  return { nodeId: node?.id ?? '', sourceId: node?.source, cacheType: node?.partition }
}

/** COMPAT(examples of XEP-0323): `identification` for `identity`. Never written. */
export const misspelt = { identification: attr('identification', mark).or(false) }

function valueElement(ns: string, name: string) {
  return element(ns, name, {
    name: attr('name', string).maybe(),
    ...marks(longCategories),
    ...misspelt,
    ...marks(longPeriods),
    ...marks(longQualities),
    namespace: attr('module', string).maybe(),
    steps: attr('stringIds', string).maybe(),
    writable: attr('writable', markOrUnknown).maybe(),
    value: attr('value', string).maybe(),
    unit: attr('unit', string).maybe(),
    dataType: attr('dataType', string).maybe(),
  })
}

/** All elements of values. */
export function valueChoice(ns: string) {
  const members = Object.keys(longValues).map(name => [name, valueElement(ns, name)])
  return choice(Object.fromEntries(members) as Record<LongValueName, ReturnType<typeof valueElement>>)
}

type ValueChoice = ReturnType<typeof valueChoice>

/** The field, or `undefined` if nobody can make sense of it. */
export function readItem(raw: TypeOf<ValueChoice>): SensorField | undefined {
  const flags = raw.identification ? { ...raw, identity: true } : raw
  return readField(longValues[raw.kind], flags, marked(historyPeriods, raw))
}

/** @throws CodecError when the value's text is none of its type */
export function writeItem(generation: LongGeneration, field: SensorField): InputOf<ValueChoice> {
  checkField(field)
  const { value, categories, quality } = field
  const isHistorical = categories.includes('historical')
  // A field is historical at some distance; where none is known, at another one than those that have a word.
  const periods = isHistorical && field.periods.length === 0 ? (['other'] as const) : field.periods
  const kind = nameOf(generation, field)
  return {
    kind,
    ...plainAttributes(field),
    ...markAll(categories.filter(category => category !== 'historical')),
    ...markAll(periods),
    ...markAll(generation === 'sn' ? quality.filter(word => word !== 'inProgress') : quality),
    writable: generation === 'sn' ? undefined : field.writable,
    unit: kind === 'numeric' ? (value.kind === 'quantity' && value.unit) || '' : undefined,
  }
}

/** A number of 64 bits that a double would round goes as text. */
function nameOf(generation: LongGeneration, { value }: SensorField): LongValueName {
  const isExact = value.kind !== 'long' || Number.isSafeInteger(Number(value.value))
  return generation === 'sn' && !isExact ? 'string' : longValueName(generation, value.kind)
}
