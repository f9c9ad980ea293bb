// Sensor data in the long family: `urn:xmpp:iot:sensordata` (XEP-0323) and `urn:xmpp:sn`, its first version.
import {
  attr,
  children,
  element,
  type InputOf,
  mapped,
  rest,
  string,
  type TypeOf,
  text,
  type Wire,
} from '@waxwing/xml'
import { sensorDataNs } from './generations.ts'
import type { ReadoutCancel, ReadoutData, ReadoutPart, ReadoutReport } from './readout.ts'
import { reportWire, type SensorDataFormat } from './sensor-format.ts'
import { longRequest } from './sensor-long-request.ts'
import {
  type LongGeneration,
  nodeAttributes,
  readItem,
  readNode,
  valueChoice,
  writeItem,
  writeNode,
} from './sensor-long-values.ts'
import { mark } from './sensor-marks.ts'
import { groupParts, type NodeGroup, PartCollector } from './sensor-parts.ts'
import { readoutId } from './sensor-raw.ts'
import { timestampFrom } from './timestamp.ts'

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
    request: longRequest(generation, ns),
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
