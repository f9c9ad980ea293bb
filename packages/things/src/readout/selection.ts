/** What a readout will read: the request, what its sender may see, and what there is. */
import type { Jid } from '@waxwing/jid'
import {
  type FieldCategory,
  fieldCategories,
  type HistoryPeriod,
  millisecondsAt,
  type NodeRef,
  type ReadoutRequest,
  type ReadoutTokens,
  type SensorField,
  sameNode,
  stanzaError,
  type Timestamp,
} from '@waxwing/protocol'
import type { DeclaredField, HistoryWindow, ReadSample } from '../field-types.ts'
import type { DeclaredFields, NodeLookup, Permission, ThingNode } from '../thing-options.ts'

/** One field to read. `node` absent: of the thing itself. */
export interface SelectedField {
  readonly node: NodeRef | undefined
  readonly name: string
  readonly field: DeclaredField
}

/** A value that is no field's of ours: what a database has found. */
export interface FoundValue extends Pick<SensorField, 'categories' | 'periods' | 'localization'> {
  readonly node: NodeRef
  readonly name: string
  readonly sample: ReadSample
}

export interface Selection {
  /** Fields whose value of now is wanted. */
  readonly current: readonly SelectedField[]
  /** Fields whose past is wanted. */
  readonly past: readonly SelectedField[]
  readonly window: HistoryWindow
  /** Distances wanted; empty: any. */
  readonly periods: readonly HistoryPeriod[]
  /** Values that come from elsewhere, and what they are called where they fail; absent: none. */
  readonly found?: { readonly name: string; values(signal: AbortSignal): AsyncIterable<FoundValue> }
}

/** What there is to read. */
export interface Readable {
  /** What the thing itself may be called as a node. */
  readonly nodeId: string
  readonly fields: DeclaredFields
  readonly nodes: readonly ThingNode[]
  /** Nodes that are looked up; absent: there are none. */
  readonly sources?: NodeSources
}

/** Nodes that are not at hand. */
export interface NodeSources {
  /** Of sources. */
  readonly size: number
  /** Those of some nodes that are there for somebody. */
  nodes(from: Jid, tokens: ReadoutTokens, refs: readonly NodeRef[]): Promise<readonly ThingNode[]>
}

/** The nodes of sources, and those that a thing looks up itself. */
export function lookedUp(sources: NodeSources, lookup: NodeLookup | undefined): NodeSources {
  if (!lookup) return sources
  return {
    get size() {
      return sources.size + 1
    },
    async nodes(from, tokens, refs) {
      const known = sources.size > 0 ? await sources.nodes(from, tokens, refs) : []
      return [...known, ...(await lookup({ from, nodes: refs, tokens }))]
    },
  }
}

/** What there is with the nodes asked for. */
export async function readableFor(
  thing: Readable,
  { nodes, tokens }: Pick<ReadoutRequest, 'nodes' | 'tokens'>,
  from: Jid,
): Promise<Readable> {
  if (nodes.length === 0 || !thing.sources?.size) return thing
  return { ...thing, nodes: [...thing.nodes, ...(await thing.sources.nodes(from, tokens, nodes))] }
}

/** The thing itself or a node, with its fields. */
export interface Place {
  readonly node: NodeRef | undefined
  readonly fields: DeclaredFields
}

const allButHistory = fieldCategories.filter(category => category !== 'historical')

/**
 * Throws the `StanzaError` to answer with: `forbidden` when nothing asked for may be read, `bad-request`,
 * `item-not-found` for a node that is not there. A field that is not there is no error.
 */
export function select(
  thing: Readable,
  request: ReadoutRequest,
  permission: Permission,
  zone: number,
): Selection {
  if (permission === 'none') throw forbidden()
  const allowed = permission === 'all' ? {} : permission
  const window = windowOf(request, zone)
  const places = placesOf(thing, request.nodes).filter(
    ({ node }) => allowed.nodes?.some(one => sameNode(one, node)) ?? true,
  )
  const names = request.fields.filter(name => allowed.fields?.includes(name) ?? true)
  const categories = wanted(request).filter(category => allowed.categories?.includes(category) ?? true)
  if (places.length === 0 || categories.length === 0 || (names.length === 0 && request.fields.length > 0)) {
    throw forbidden()
  }
  const mayName = (name: string): boolean =>
    request.fields.length > 0 ? names.includes(name) : (allowed.fields?.includes(name) ?? true)
  const fields = places.flatMap(({ node, fields }) =>
    Object.entries(fields)
      .filter(([name]) => mayName(name))
      .map(([name, field]) => ({ node, name, field })),
  )
  return {
    current: fields.filter(({ field }) => field.categories.some(category => categories.includes(category))),
    past: categories.includes('historical')
      ? fields.filter(({ field }) => field.history && ofPeriod(request, field))
      : [],
    window,
    periods: request.all ? [] : request.periods,
  }
}

function forbidden(): Error {
  return stanzaError('forbidden', 'Reading is not allowed', { type: 'cancel' })
}

function wanted({ all, categories }: ReadoutRequest): readonly FieldCategory[] {
  if (all) return fieldCategories
  return categories.length === 0 ? allButHistory : categories
}

/** A distance asked for and another one known exclude each other. */
function ofPeriod({ all, periods }: ReadoutRequest, { period, hasAllPeriods }: DeclaredField): boolean {
  return all || hasAllPeriods === true || periods.length === 0 || periods.includes(period ?? 'other')
}

function windowOf({ from, to }: ReadoutRequest, zone: number): HistoryWindow {
  const dateOf = (time: Timestamp | undefined): Date | undefined =>
    time && new Date(millisecondsAt(time, zone))
  const window = { from: dateOf(from), to: dateOf(to) }
  if (window.from && window.to && window.from > window.to)
    throw stanzaError('bad-request', 'The time to read from lies behind the time to read to')
  return window
}

/** Whether a time lies in the window. */
export function isWithin({ from, to }: HistoryWindow, time: Date): boolean {
  return (from === undefined || time >= from) && (to === undefined || time <= to)
}

/** Throws the `StanzaError` to answer with: a node is not there, or must be named. */
export function placesOf(thing: Readable, asked: readonly NodeRef[]): Place[] {
  const itself: Place = { node: undefined, fields: thing.fields }
  if (asked.length > 0) return asked.map(node => placeOf(thing, itself, node))
  const hasNodes = thing.nodes.length > 0 || (thing.sources?.size ?? 0) > 0
  if (hasNodes && Object.keys(thing.fields).length === 0) throw stanzaError('bad-request', 'Name the nodes')
  return [itself]
}

function placeOf({ nodeId, nodes }: Readable, itself: Place, ref: NodeRef): Place {
  const found = nodes.find(
    node => node.id === ref.id && fits(ref.source, node.source) && fits(ref.partition, node.partition),
  )
  if (found) {
    const { id, source, partition, fields } = found
    return { node: { id, source, partition }, fields }
  }
  if (ref.id === nodeId && ref.source === undefined && ref.partition === undefined) return itself
  throw stanzaError('item-not-found', 'There is no such node')
}

/** What a reference leaves out may be anything. */
function fits(asked: string | undefined, actual: string | undefined): boolean {
  return asked === undefined || asked === actual
}
