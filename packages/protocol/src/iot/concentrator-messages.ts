// What concentrators say by themselves: events of sources, and the progress of queries (XEP-0326 §3.7, §3.8).
import { attr, children, choice, count, element, string, text, type Wire } from '@waxwing/xml'
import {
  eventNode,
  messagesField,
  nodeFields,
  nodeState,
  oneOfOr,
  type Spelling,
} from './concentrator-fields.ts'
import { type SourceEvent } from './concentrator-nodes.ts'
import {
  alignments,
  type QueryColumn,
  type QueryProgress,
  queryMessageLevels,
  queryMessageTypes,
} from './concentrator-queries.ts'
import { timestamp } from './timestamp.ts'

/** `sn` has no order in which nodes are added. */
function afterFields({ generation, family }: Spelling) {
  const isLong = family === 'long'
  if (generation === 'sn') return {}
  return {
    afterId: attr(isLong ? 'afterNodeId' : 'aid', string).maybe(),
    afterPartition: attr(isLong ? 'afterNodeCacheType' : 'apt', string).maybe(),
  }
}

export function eventWire(spelling: Spelling): Wire<SourceEvent> {
  const { ns, family } = spelling
  const isLong = family === 'long'
  const at = isLong ? {} : { at: attr('ts', timestamp).maybe() }
  const others = isLong
    ? {}
    : { localId: attr('localId', string).maybe(), logId: attr('logId', string).maybe() }
  const reference = { ...nodeFields(spelling), ...others, ...at }
  return choice({
    nodeAdded: element(ns, 'nodeAdded', { ...eventNode(spelling), ...afterFields(spelling), ...at }),
    nodeUpdated: element(ns, 'nodeUpdated', {
      ...eventNode(spelling),
      oldId: attr(isLong ? 'oldId' : 'oid', string).maybe(),
      ...at,
    }),
    nodeStatusChanged: element(ns, 'nodeStatusChanged', {
      ...reference,
      state: attr('state', nodeState),
      ...messagesField(spelling),
    }),
    nodeRemoved: element(ns, 'nodeRemoved', reference),
    nodeMovedUp: element(ns, 'nodeMovedUp', reference),
    nodeMovedDown: element(ns, 'nodeMovedDown', reference),
  })
}

function columnWire({ ns, family }: Spelling): Wire<QueryColumn> {
  const isLong = family === 'long'
  return element(ns, 'column', {
    id: attr('columnId', string),
    header: attr('header', string).maybe(),
    source: attr(isLong ? 'dataSourceId' : 'src', string).maybe(),
    partition: attr(isLong ? 'cacheTypeName' : 'pt', string).maybe(),
    foreground: attr('fgColor', string).maybe(),
    background: attr('bgColor', string).maybe(),
    alignment: attr('alignment', oneOfOr('Left', alignments)).maybe(),
    decimals: attr('nrDecimals', count).maybe(),
  })
}

function recordWire(ns: string) {
  const cell = (kind: string) => element(ns, kind, { value: text(string) })
  const number = { magnitude: attr('m', string), unit: attr('u', string) }
  const cells = choice({
    boolean: cell('boolean'),
    color: cell('color'),
    date: cell('date'),
    dateTime: cell('dateTime'),
    double: cell('double'),
    duration: cell('duration'),
    int: cell('int'),
    long: cell('long'),
    string: cell('string'),
    time: cell('time'),
    base64: element(ns, 'base64', { contentType: attr('contentType', string), value: text(string) }),
    quantity: element(ns, 'quantity', number),
    measurement: element(ns, 'measurement', { ...number, error: attr('e', string) }),
    void: element(ns, 'void', {}),
  })
  return element(ns, 'record', { cells: children(cells) })
}

export function progressWire(spelling: Spelling): Wire<QueryProgress> {
  const { ns } = spelling
  const table = { table: attr('tableId', string) }
  const events = choice({
    queryStarted: element(ns, 'queryStarted', {}),
    queryDone: element(ns, 'queryDone', {}),
    queryAborted: element(ns, 'queryAborted', {}),
    newTable: element(ns, 'newTable', {
      ...table,
      name: attr('tableName', string),
      columns: children(columnWire(spelling)),
    }),
    newRecords: element(ns, 'newRecords', { ...table, records: children(recordWire(ns)) }),
    tableDone: element(ns, 'tableDone', table),
    newObject: element(ns, 'newObject', { contentType: attr('contentType', string), value: text(string) }),
    queryMessage: element(ns, 'queryMessage', {
      type: attr('type', oneOfOr('Information', queryMessageTypes)).or('Information'),
      level: attr('level', oneOfOr('Minor', queryMessageLevels)).or('Minor'),
      text: text(string),
    }),
    title: element(ns, 'title', { name: attr('name', string) }),
    status: element(ns, 'status', { message: attr('message', string) }),
    beginSection: element(ns, 'beginSection', { header: attr('header', string) }),
    endSection: element(ns, 'endSection', {}),
  })
  return element(ns, 'queryProgress', {
    ...nodeFields(spelling),
    queryId: attr('queryId', string),
    events: children(events),
  })
}
