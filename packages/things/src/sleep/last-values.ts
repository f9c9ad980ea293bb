/** What a thing has left with a keeper, as the fields of a node. */
import type { BareJid } from '@waxwing/jid'
import type { FieldQuality, NodeRef, Reader, SensorField } from '@waxwing/protocol'
import { inputOf } from '../control/parameters.ts'
import { type DeclaredField, Past, Sample } from '../field-types.ts'
import type { DeclaredFields } from '../thing-options.ts'

/** A value, and when it was so. */
export interface LastValue {
  readonly field: SensorField
  readonly time: Date
  /** Absent: of the thing itself. */
  readonly node: NodeRef | undefined
}

export interface LastValues {
  readonly readers: readonly Reader[]
  readonly values: readonly LastValue[]
}

const read: readonly FieldQuality[] = ['automaticReadout']

/**
 * The fields that somebody may hear of; `undefined`: none of them, as if nothing had been left.
 *
 * @param node of the thing; absent: the thing itself
 */
export function fieldsFor(
  owner: BareJid,
  reader: BareJid,
  kept: LastValues,
  node?: NodeRef,
): DeclaredFields | undefined {
  const right = kept.readers.find(({ jid }) => jid === reader)
  if (!right && reader !== owner) return undefined
  const names = right ? namesFor(right, node) : []
  const own = kept.values.filter(value => isOf(value.node, node))
  // A node that has left nothing is not there.
  if (!names || (node && own.length === 0)) return undefined
  const values = own.filter(({ field }) => names.length === 0 || names.includes(field.name))
  return Object.fromEntries(values.map(value => [value.field.name, fieldOf(value)]))
}

/** Empty: all; `undefined`: none. */
function namesFor({ fields, nodes }: Reader, node: NodeRef | undefined): readonly string[] | undefined {
  if (fields.length === 0 && nodes.length === 0) return []
  if (node) return nodes.find(one => isOf(one.node, node))?.fields
  return fields.length > 0 ? fields : undefined
}

/** At the keeper the source of a node is the thing. */
function isOf(one: NodeRef | undefined, node: NodeRef | undefined): boolean {
  return one?.id === node?.id && one?.partition === node?.partition
}

/** It is of the past: nothing is told as momentary that nobody has measured now. */
function fieldOf({ field: { value, categories, quality, localization }, time }: LastValue): DeclaredField {
  const worth = quality.length > 0 ? quality : read
  const wasMomentary = categories.length === 0 || categories.includes('momentary')
  async function* history() {
    yield new Past(value, time, worth, { period: 'other', categories: ['historical'] })
  }
  return {
    kind: value.kind,
    unit: value.kind === 'quantity' ? value.unit : undefined,
    dataType: value.kind === 'enum' ? value.dataType : undefined,
    categories: categories.filter(category => category !== 'momentary'),
    quality: worth,
    period: 'other',
    writable: undefined,
    localization,
    parameter: undefined,
    input: inputOf({ kind: value.kind }, {}),
    read: async () => new Sample(value, time, worth),
    history: wasMomentary ? history : undefined,
    keep: undefined,
    every: undefined,
  }
}
