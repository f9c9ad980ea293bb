// Sensor data in the short family: IEEE 1451.99 and the two generations after it, which differ in the namespace only.
import {
  attr,
  children,
  choice,
  element,
  type InputOf,
  mapped,
  rest,
  string,
  type TypeOf,
  type Wire,
} from '@waxwing/xml'
import { sensorDataNs } from './generations.ts'
import type { NodeRef, ReadoutCancel, ReadoutData, ReadoutReport, ReadoutRequest } from './readout.ts'
import { reportWire, type SensorDataFormat } from './sensor-format.ts'
import { mark, markAll, marks } from './sensor-marks.ts'
import { shortCategories } from './sensor-names.ts'
import { groupParts, type NodeGroup, PartCollector, type TimeGroup } from './sensor-parts.ts'
import { listOrNone, readoutId, readRequest, tokenList } from './sensor-raw.ts'
import {
  itemChoice,
  nodeAttributes,
  readItem,
  readNode,
  type ShortGeneration,
  writeItem,
  writeNode,
} from './sensor-short-values.ts'
import { timestamp, timestampFrom } from './timestamp.ts'

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
