// Sensor data in the short family: IEEE 1451.99 and the two generations after it, which differ in the namespace only.
import {
  attr,
  attrKey,
  children,
  choice,
  type Element,
  element,
  type InputOf,
  mapped,
  rest,
  string,
  text,
  type TypeOf,
  type Wire,
} from '@waxwing/xml'
import { type HistoryPeriod, historyPeriods } from './field-flags.ts'
import { type Generation, sensorDataNs } from './generations.ts'
import type {
  NodeRef,
  ReadoutCancel,
  ReadoutData,
  ReadoutReport,
  ReadoutRequest,
  SensorField,
} from './readout.ts'
import { reportWire, type SensorDataFormat } from './sensor-format.ts'
import { mark, markAll, markOrUnknown, marks } from './sensor-marks.ts'
import {
  longPeriods,
  type ShortValueName,
  shortCategories,
  shortQualities,
  shortValueNames,
  shortValues,
} from './sensor-names.ts'
import { groupParts, type NodeGroup, PartCollector, type TimeGroup } from './sensor-parts.ts'
import {
  annotationWithin,
  checkField,
  nodeOf,
  plainAttributes,
  readField,
  readoutId,
  readRequest,
  tokenList,
} from './sensor-raw.ts'
import { timestamp, timestampFrom } from './timestamp.ts'

type ShortGeneration = Exclude<Generation, 'sn' | 'xep'>

const nodeAttributes = {
  id: attr('id', string).or('', { write: true }),
  src: attr('src', string).maybe(),
  pt: attr('pt', string).maybe(),
}

interface RawNode {
  readonly id: string
  readonly src?: string | undefined
  readonly pt?: string | undefined
}

function readNode({ id, src, pt }: RawNode): NodeRef | undefined {
  return nodeOf(id, src, pt)
}

function writeNode({ id, source, partition }: NodeRef): RawNode {
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

function itemChoice(ns: string) {
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

function readItem(ns: string, raw: RawValue): SensorField | undefined {
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

function writeItem(ns: string, field: SensorField): InputOf<ItemChoice> {
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

function dataElement(ns: string) {
  const time = element(ns, 'ts', {
    value: attr('v', string).or('', { write: true }),
    items: children(itemChoice(ns)),
    unknown: rest,
  })
  const node = element(ns, 'nd', { ...nodeAttributes, times: children(time) })
  return element(ns, 'resp', {
    id: attr('id', readoutId),
    more: attr('more', mark).or(false),
    content: children(choice({ nd: node, ts: time })),
  })
}

type DataElement = ReturnType<typeof dataElement>
type RawContent = TypeOf<DataElement>['content'][number]
type RawTime = Extract<RawContent, { readonly kind: 'nd' }>['times'][number]

function readData(
  generation: ShortGeneration,
  ns: string,
  { id, more, content }: TypeOf<DataElement>,
): ReadoutReport {
  const collector = new PartCollector()
  for (const raw of content) {
    const node = raw.kind === 'nd' ? readNode(raw) : undefined
    for (const time of raw.kind === 'nd' ? raw.times : [raw]) readTime(ns, node, time, collector)
  }
  return { kind: 'data', generation, id, parts: collector.parts, last: !more, skipped: collector.skipped }
}

function readTime(ns: string, node: NodeRef | undefined, raw: RawTime, collector: PartCollector): void {
  const time = timestampFrom(raw.value)
  collector.begin()
  collector.skipped += raw.unknown.length
  for (const item of raw.items) {
    if (item.kind === 'err') collector.error(node, time, item.text)
    else collector.field(node, time, readItem(ns, item))
  }
}

function writeData(ns: string, { id, parts, last }: ReadoutData): InputOf<DataElement> {
  return { id, more: !last, content: groupParts(parts).flatMap(group => writeGroup(ns, group)) }
}

function writeGroup(ns: string, { node, times }: NodeGroup): InputOf<DataElement>['content'] & {} {
  const written = times.map(time => writeTime(ns, time))
  if (node === undefined) return written.map(time => ({ kind: 'ts', ...time }))
  return [{ kind: 'nd', ...writeNode(node), times: written }]
}

function writeTime(ns: string, { time, parts }: TimeGroup) {
  const items = parts.flatMap(part =>
    part.kind === 'error'
      ? [{ kind: 'err' as const, text: part.text }]
      : part.fields.map(field => writeItem(ns, field)),
  )
  return { value: time.text, items }
}

function requestWire(generation: ShortGeneration, ns: string): Wire<ReadoutRequest> {
  const raw = element(ns, 'req', {
    id: attr('id', readoutId),
    ...marks(shortCategories),
    all: attr('all', mark).or(false),
    from: attr('from', timestamp).maybe(),
    to: attr('to', timestamp).maybe(),
    when: attr('when', timestamp).maybe(),
    service: attr('st', tokenList).or([]),
    device: attr('dt', tokenList).or([]),
    user: attr('ut', tokenList).or([]),
    nodes: children(element(ns, 'nd', nodeAttributes)),
    fields: children(element(ns, 'f', { name: attr('n', string) })),
  })
  return mapped(
    raw,
    (asked): ReadoutRequest =>
      readRequest(
        generation,
        asked,
        asked.nodes.map(readNode),
        asked.fields.map(({ name }) => name),
        [],
      ),
    ({ id, all, from, to, when, categories, tokens, nodes, fields }) => ({
      id,
      all,
      from,
      to,
      when,
      ...markAll(categories),
      service: listOrNone(tokens.service),
      device: listOrNone(tokens.device),
      user: listOrNone(tokens.user),
      nodes: nodes.map(writeNode),
      fields: fields.map(name => ({ name })),
    }),
  )
}

function listOrNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

function reports(generation: ShortGeneration, ns: string): Wire<ReadoutReport> {
  const plain = (kind: 'started' | 'done'): Wire<ReadoutReport> =>
    mapped(
      element(ns, kind, { id: attr('id', readoutId) }),
      ({ id }): ReadoutReport => ({ kind, generation, id }),
      ({ id }) => ({ id }),
    )
  const accepted = mapped(
    element(ns, 'accepted', { id: attr('id', readoutId), queued: attr('queued', mark).or(false) }),
    ({ id, queued }): ReadoutReport => ({ kind: 'accepted', generation, id, queued }),
    report => ({ id: report.id, queued: report.kind === 'accepted' && report.queued }),
  )
  const data = mapped(
    dataElement(ns),
    raw => readData(generation, ns, raw),
    report => {
      if (report.kind !== 'data') throw new TypeError('Not data')
      return writeData(ns, report)
    },
  )
  const byKind = { accepted, data, started: plain('started'), done: plain('done') }
  return reportWire(Object.values(byKind), ({ kind }) =>
    kind === 'cancelled' || kind === 'rejected' ? undefined : byKind[kind],
  )
}

/** The format of `ieee`, `nf` or `nfi`. */
export function shortSensorData(generation: ShortGeneration): SensorDataFormat {
  const ns = sensorDataNs(generation)
  return {
    generation,
    family: 'short',
    ns,
    request: requestWire(generation, ns),
    cancel: mapped(
      element(ns, 'cancel', { id: attr('id', readoutId) }),
      ({ id }): ReadoutCancel => ({ generation, id }),
      ({ id }) => ({ id }),
    ),
    cancelBy: 'set',
    report: reports(generation, ns),
    pieces: data => [data],
  }
}
