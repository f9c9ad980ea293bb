// Sensor data in the long family: `urn:xmpp:iot:sensordata` (XEP-0323) and `urn:xmpp:sn`, its first version.
import {
  attr,
  children,
  choice,
  element,
  type InputOf,
  mapped,
  rest,
  string,
  text,
  type TypeOf,
  type Wire,
} from '@waxwing/xml'
import { historyPeriods } from './field-flags.ts'
import { sensorDataNs } from './generations.ts'
import type {
  NodeRef,
  ReadoutCancel,
  ReadoutData,
  ReadoutPart,
  ReadoutReport,
  ReadoutRequest,
  SensorField,
} from './readout.ts'
import { reportWire, type SensorDataFormat } from './sensor-format.ts'
import { mark, markAll, marked, markOrUnknown, marks } from './sensor-marks.ts'
import {
  type LongValueName,
  longCategories,
  longPeriods,
  longQualities,
  longValueName,
  longValues,
} from './sensor-names.ts'
import { groupParts, type NodeGroup, PartCollector } from './sensor-parts.ts'
import {
  checkField,
  nodeOf,
  plainAttributes,
  readField,
  readoutId,
  readRequest,
  tokenList,
} from './sensor-raw.ts'
import { timestamp, timestampFrom } from './timestamp.ts'

type LongGeneration = 'sn' | 'xep'

const nodeAttributes = {
  // COMPAT: the attribute is required; the empty id stands for the thing itself.
  nodeId: attr('nodeId', string).or('', { write: true }),
  sourceId: attr('sourceId', string).maybe(),
  cacheType: attr('cacheType', string).maybe(),
}

interface RawNode {
  readonly nodeId: string
  readonly sourceId?: string | undefined
  readonly cacheType?: string | undefined
}

function readNode({ nodeId, sourceId, cacheType }: RawNode): NodeRef | undefined {
  return nodeOf(nodeId, sourceId, cacheType)
}

function writeNode(node: NodeRef | undefined): RawNode {
  return { nodeId: node?.id ?? '', sourceId: node?.source, cacheType: node?.partition }
}

/** COMPAT(examples of XEP-0323): `identification` for `identity`. Never written. */
const misspelt = { identification: attr('identification', mark).or(false) }

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

function valueChoice(ns: string) {
  const members = Object.keys(longValues).map(name => [name, valueElement(ns, name)])
  return choice(Object.fromEntries(members) as Record<LongValueName, ReturnType<typeof valueElement>>)
}

type ValueChoice = ReturnType<typeof valueChoice>

function readItem(raw: TypeOf<ValueChoice>): SensorField | undefined {
  const flags = raw.identification ? { ...raw, identity: true } : raw
  return readField(longValues[raw.kind], flags, marked(historyPeriods, raw))
}

function writeItem(generation: LongGeneration, field: SensorField): InputOf<ValueChoice> {
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

function fieldsElement(ns: string) {
  const time = element(ns, 'timestamp', {
    value: attr('value', string).or('', { write: true }),
    items: children(valueChoice(ns)),
    unknown: rest,
  })
  const node = element(ns, 'node', { ...nodeAttributes, times: children(time) })
  return element(ns, 'fields', {
    id: attr('seqnr', readoutId),
    done: attr('done', mark).or(false),
    nodes: children(node),
  })
}

type FieldsElement = ReturnType<typeof fieldsElement>

function readFields(generation: LongGeneration, { id, done, nodes }: TypeOf<FieldsElement>): ReadoutReport {
  const collector = new PartCollector()
  for (const raw of nodes) {
    const node = readNode(raw)
    for (const { value, items, unknown } of raw.times) {
      const time = timestampFrom(value)
      collector.begin()
      collector.skipped += unknown.length
      for (const item of items) collector.field(node, time, readItem(item))
    }
  }
  return { kind: 'data', generation, id, parts: collector.parts, last: done, skipped: collector.skipped }
}

function writeFields(generation: LongGeneration, { id, parts, last }: ReadoutData): InputOf<FieldsElement> {
  return { id, done: last, nodes: groupParts(parts).map(group => writeGroup(generation, group)) }
}

function writeGroup(generation: LongGeneration, { node, times }: NodeGroup) {
  return {
    ...writeNode(node),
    times: times.map(({ time, parts }) => ({
      value: time.text,
      items: parts
        .flatMap(part => (part.kind === 'fields' ? part.fields : []))
        .map(field => writeItem(generation, field)),
    })),
  }
}

function failureElement(ns: string) {
  const error = element(ns, 'error', {
    ...nodeAttributes,
    time: attr('timestamp', string).or('', { write: true }),
    text: text(string),
  })
  return element(ns, 'failure', {
    id: attr('seqnr', readoutId),
    done: attr('done', mark).or(false),
    errors: children(error),
  })
}

type FailureElement = ReturnType<typeof failureElement>

function readFailure(
  generation: LongGeneration,
  { id, done, errors }: TypeOf<FailureElement>,
): ReadoutReport {
  const collector = new PartCollector()
  for (const error of errors) collector.error(readNode(error), timestampFrom(error.time), error.text)
  return { kind: 'data', generation, id, parts: collector.parts, last: done, skipped: collector.skipped }
}

function writeFailure({ id, parts, last }: ReadoutData): InputOf<FailureElement> {
  return {
    id,
    done: last,
    errors: parts.flatMap(part =>
      part.kind === 'error' ? [{ ...writeNode(part.node), time: part.time.text, text: part.text }] : [],
    ),
  }
}

/** Runs of fields and runs of errors, each in a report of its own. */
function pieces(data: ReadoutData): readonly ReadoutData[] {
  const runs: ReadoutPart[][] = []
  for (const part of data.parts) {
    const run = runs.at(-1)
    if (run?.[0]?.kind === part.kind) run.push(part)
    else runs.push([part])
  }
  if (runs.length < 2) return [data]
  return runs.map((parts, i) => ({ ...data, parts, last: data.last && i === runs.length - 1 }))
}

function requestWire(generation: LongGeneration, ns: string): Wire<ReadoutRequest> {
  const raw = element(ns, 'req', {
    id: attr('seqnr', readoutId),
    ...marks(longCategories),
    ...misspelt,
    ...marks(longPeriods),
    all: attr('all', mark).or(false),
    from: attr('from', timestamp).maybe(),
    to: attr('to', timestamp).maybe(),
    when: attr('when', timestamp).maybe(),
    service: attr('serviceToken', tokenList).or([]),
    device: attr('deviceToken', tokenList).or([]),
    user: attr('userToken', tokenList).or([]),
    nodes: children(element(ns, 'node', nodeAttributes)),
    fields: children(element(ns, 'field', { name: attr('name', string) })),
  })
  return mapped(
    raw,
    (asked): ReadoutRequest =>
      readRequest(
        generation,
        asked.identification ? { ...asked, identity: true } : asked,
        asked.nodes.map(readNode),
        asked.fields.map(({ name }) => name),
        marked(historyPeriods, asked),
      ),
    request => {
      const { categories, periods, tokens, nodes, fields, id, all, from, to, when } = request
      const words = periods.length > 0 ? categories.filter(word => word !== 'historical') : categories
      return {
        id,
        all,
        from,
        to,
        when,
        ...markAll(words),
        ...markAll(periods),
        service: listOrNone(tokens.service),
        device: listOrNone(tokens.device),
        user: listOrNone(tokens.user),
        nodes: nodes.map(writeNode),
        fields: fields.map(name => ({ name })),
      }
    },
  )
}

function listOrNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

function plainReport(
  generation: LongGeneration,
  ns: string,
  kind: 'started' | 'done' | 'cancelled',
): Wire<ReadoutReport> {
  return mapped(
    element(ns, kind, { id: attr('seqnr', readoutId) }),
    ({ id }): ReadoutReport => ({ kind, generation, id }),
    ({ id }) => ({ id }),
  )
}

function acceptedWire(generation: LongGeneration, ns: string): Wire<ReadoutReport> {
  return mapped(
    element(ns, 'accepted', { id: attr('seqnr', readoutId), queued: attr('queued', mark).or(false) }),
    ({ id, queued }): ReadoutReport => ({ kind: 'accepted', generation, id, queued }),
    report => ({ id: report.id, queued: report.kind === 'accepted' && report.queued }),
  )
}

function rejectedWire(generation: LongGeneration, ns: string): Wire<ReadoutReport> {
  const error = element(ns, 'error', { text: text(string) })
  return mapped(
    element(ns, 'rejected', { id: attr('seqnr', readoutId), errors: children(error) }),
    ({ id, errors }): ReadoutReport => ({
      kind: 'rejected',
      generation,
      id,
      texts: errors.map(({ text: reason }) => reason.trim()),
    }),
    report => ({
      id: report.id,
      errors: report.kind === 'rejected' ? report.texts.map(reason => ({ text: reason })) : [],
    }),
  )
}

function noData(report: ReadoutReport): ReadoutData {
  if (report.kind === 'data') return report
  throw new TypeError('Not data')
}

function reports(generation: LongGeneration, ns: string): Wire<ReadoutReport> {
  const fields = mapped(
    fieldsElement(ns),
    raw => readFields(generation, raw),
    report => writeFields(generation, noData(report)),
  )
  const failure = mapped(
    failureElement(ns),
    raw => readFailure(generation, raw),
    report => writeFailure(noData(report)),
  )
  const accepted = acceptedWire(generation, ns)
  const rejected = rejectedWire(generation, ns)
  const started = plainReport(generation, ns, 'started')
  const done = plainReport(generation, ns, 'done')
  const cancelled = plainReport(generation, ns, 'cancelled')
  const others = { accepted, started, done, cancelled, rejected }
  return reportWire([fields, failure, accepted, started, done, cancelled, rejected], report => {
    if (report.kind !== 'data') return others[report.kind]
    const errors = report.parts.filter(part => part.kind === 'error').length
    if (errors === 0) return fields
    return errors === report.parts.length ? failure : undefined
  })
}

/** The format of `sn` or `xep`. */
export function longSensorData(generation: LongGeneration): SensorDataFormat {
  const ns = sensorDataNs(generation)
  return {
    generation,
    family: 'long',
    ns,
    request: requestWire(generation, ns),
    cancel: mapped(
      element(ns, 'cancel', { id: attr('seqnr', readoutId) }),
      ({ id }): ReadoutCancel => ({ generation, id }),
      ({ id }) => ({ id }),
    ),
    cancelBy: 'get',
    report: reports(generation, ns),
    pieces,
  }
}
