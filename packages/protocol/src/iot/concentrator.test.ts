import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, toElement, type Wire, WireError, writeWire } from '@waxwing/xml'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  type Generation,
  generations,
  iqTypeOf,
  type NodeInfo,
  type QueryProgress,
  type Sniff,
  type SourceEvent,
  sniffTextKinds,
  timestampOf,
} from './index.ts'

const at = timestampOf(new Date('2026-11-21T12:00:00Z'))
const node = { id: 'n1', source: 'plant', partition: 'bus' }
const nodes = [node, { id: 'n2', source: 'plant' }]
const asked = { service: ['s'], device: ['d', 'e'], user: ['u'] }
const detail = { parameters: true, messages: false }
const form = { type: 'submit', fields: [{ var: 'a', required: true, values: ['1'] }] } as const
const command = { command: 'reset' }
const kinds = {
  nodeAdded: true,
  nodeUpdated: true,
  nodeStatusChanged: false,
  nodeRemoved: true,
  nodeMovedUp: false,
  nodeMovedDown: false,
}

/** One of each; parts that a generation has not are left out by its own table below. */
export function questionsFor(generation: Generation): ConcentratorQuestions {
  const isLong = generation === 'sn' || generation === 'xep'
  const abort = isLong ? { queryId: 'q1' } : { ...command, queryId: 'q1' }
  const query = isLong ? { ...command, form } : { ...command, queryId: 'q1', form }
  const source = { ...asked, source: 'plant' }
  const ofNode = { ...asked, ...node }
  const ofNodes = { ...asked, nodes }
  return {
    getCapabilities: asked,
    getAllDataSources: asked,
    getRootDataSources: {},
    getChildDataSources: source,
    containsNode: ofNode,
    containsNodes: ofNodes,
    getNode: { ...ofNode, ...detail },
    getNodes: { ...ofNodes, ...detail },
    getAllNodes: { ...source, ...detail, derivedFrom: generation === 'sn' ? [] : ['Meter'] },
    getNodeInheritance: ofNode,
    getRootNodes: { ...source, ...detail },
    getChildNodes: {
      ...ofNode,
      ...detail,
      order: generation === 'xep' ? [{ parameter: 'address', ascending: false }] : [],
    },
    getAncestors: { ...ofNode, ...detail },
    getIndices: source,
    getNodesFromIndex: { ...source, ...detail, index: 'street', value: 'High' },
    getNodesFromIndices: {
      ...asked,
      ...detail,
      indices: [{ source: 'plant', index: 'street', value: 'High' }],
    },
    getAllIndexValues: { ...source, index: 'street' },
    moveNodeUp: ofNode,
    moveNodeDown: ofNode,
    moveNodesUp: ofNodes,
    moveNodesDown: ofNodes,
    getNodeParametersForEdit: ofNode,
    setNodeParametersAfterEdit: { ...ofNode, form },
    getCommonNodeParametersForEdit: ofNodes,
    setCommonNodeParametersAfterEdit: { ...ofNodes, form },
    getAddableNodeTypes: ofNode,
    getParametersForNewNode: { ...ofNode, type: 'Meter' },
    createNewNode: { ...ofNode, type: 'Meter', form },
    destroyNode: ofNode,
    getNodeCommands: ofNode,
    getCommandParameters: { ...ofNode, ...command },
    executeNodeCommand: { ...ofNode, ...command, form },
    executeNodeQuery: { ...ofNode, ...query },
    abortNodeQuery: { ...ofNode, ...abort },
    getCommonNodeCommands: ofNodes,
    getCommonCommandParameters: { ...ofNodes, ...command },
    executeCommonNodeCommand: { ...ofNodes, ...command, form },
    executeCommonNodeQuery: { ...ofNodes, ...query },
    abortCommonNodeQuery: { ...ofNodes, ...abort },
    subscribe: { ...source, ...detail, ...kinds, ...(isLong ? {} : { ttl: 3600 }), since: at },
    unsubscribe: { ...source, ...kinds },
    getDatabases: asked,
    getDatabaseReadoutParameters: { ...asked, database: 'local' },
    startDatabaseReadout: { ...ofNodes, database: 'local', readoutId: '7', form },
    registerSniffer: { ...ofNode, expires: at },
    unregisterSniffer: { ...ofNode, snifferId: 's1' },
  }
}

function infoFor(generation: Generation): NodeInfo {
  const isLong = generation === 'sn' || generation === 'xep'
  return {
    id: 'n1',
    ...(isLong ? {} : { source: 'plant', isSniffable: true }),
    partition: 'bus',
    displayName: 'Meter <1>',
    nodeType: 'Meter',
    localId: '1',
    logId: 'meter-1',
    state: 'WarningUnsigned',
    hasChildren: false,
    childrenOrdered: true,
    isReadable: true,
    isControllable: true,
    hasCommands: true,
    parentId: 'n0',
    parentPartition: 'bus',
    lastChanged: at,
    parameters: [
      { kind: 'boolean', id: 'on', name: 'On', value: 'true' },
      { kind: 'color', id: 'color', name: 'Colour', value: '3399FF' },
      { kind: 'dateTime', id: 'since', name: 'Since', value: at.text },
      { kind: 'double', id: 'lat', name: 'Latitude', value: '12.340' },
      { kind: 'duration', id: 'every', name: 'Every', value: 'PT1H' },
      { kind: 'int', id: 'address', name: 'Address', value: '17' },
      { kind: 'long', id: 'serial', name: 'Serial', value: '9007199254740993' },
      { kind: 'string', id: 'model', name: 'Model', value: 'a "b"' },
      { kind: 'time', id: 'at', name: 'At', value: '12:00:00' },
    ],
    messages: [{ at, type: 'Warning', eventId: 'clock', text: 'The clock is off.' }],
  }
}

export function answersFor(generation: Generation): ConcentratorAnswers {
  const isSn = generation === 'sn'
  const info = infoFor(generation)
  const list = { values: ['getNode', 'getNodes'] }
  const sources = { sources: [{ source: 'plant', name: 'Plant 7', hasChildren: true, lastChanged: at }] }
  const shownForm = {
    form: { type: 'form', title: 'A', fields: [{ var: 'a', required: true, values: ['1'] }] },
  } as const
  const commands = {
    commands: [
      {
        command: 'reset',
        name: 'Reset',
        type: 'Parameterized',
        sortCategory: 'a',
        sortKey: 'b',
        confirmation: 'Sure?',
        failure: 'Not reset.',
        success: 'Reset.',
      },
    ],
  } as const
  const partial = {
    results: [{ isDone: true }, { isDone: false, ...(isSn ? {} : { error: 'Too early!' }) }],
  }
  const some = { nodes: [info] }
  return {
    getCapabilities: list,
    getAllDataSources: sources,
    getRootDataSources: sources,
    getChildDataSources: sources,
    containsNode: { found: true },
    containsNodes: { each: [true, false] },
    getNode: { node: info },
    getNodes: some,
    getAllNodes: some,
    getNodeInheritance: { baseClasses: ['Meter', 'Device'], interfaces: ['Readable'] },
    getRootNodes: some,
    getChildNodes: some,
    getAncestors: some,
    getIndices: list,
    getNodesFromIndex: some,
    getNodesFromIndices: some,
    getAllIndexValues: list,
    moveNodeUp: {},
    moveNodeDown: {},
    moveNodesUp: {},
    moveNodesDown: {},
    getNodeParametersForEdit: shownForm,
    setNodeParametersAfterEdit: some,
    getCommonNodeParametersForEdit: shownForm,
    setCommonNodeParametersAfterEdit: some,
    getAddableNodeTypes: { types: [{ type: 'Meter', name: 'A meter' }] },
    getParametersForNewNode: shownForm,
    createNewNode: some,
    destroyNode: {},
    getNodeCommands: commands,
    getCommandParameters: shownForm,
    executeNodeCommand: {},
    executeNodeQuery: { queryId: 'q1' },
    abortNodeQuery: {},
    getCommonNodeCommands: commands,
    getCommonCommandParameters: shownForm,
    executeCommonNodeCommand: partial,
    executeCommonNodeQuery: partial,
    abortCommonNodeQuery: {},
    subscribe: {},
    unsubscribe: {},
    getDatabases: { databases: [{ database: 'local', name: 'Local' }] },
    getDatabaseReadoutParameters: shownForm,
    startDatabaseReadout: {},
    registerSniffer: { snifferId: 's1', expires: at },
    unregisterSniffer: {},
  }
}

export function eventsFor(generation: Generation): readonly SourceEvent[] {
  const isLong = generation === 'sn' || generation === 'xep'
  const info = { ...infoFor(generation), source: 'plant' }
  const when = isLong ? {} : { at }
  const reference = { ...node, ...(isLong ? {} : { localId: '1', logId: 'meter-1', at }) }
  const after = generation === 'sn' ? {} : { afterId: 'n0', afterPartition: 'bus' }
  return [
    { kind: 'nodeAdded', ...info, ...after, ...when },
    { kind: 'nodeUpdated', ...info, oldId: 'n9', ...when },
    { kind: 'nodeStatusChanged', ...reference, state: 'ErrorSigned', messages: info.messages },
    { kind: 'nodeRemoved', ...reference },
    { kind: 'nodeMovedUp', ...reference },
    { kind: 'nodeMovedDown', ...reference },
  ]
}

export function progressFor(generation: Generation): QueryProgress {
  const column = { id: 'when', header: 'When', alignment: 'Right', decimals: 2 } as const
  const linked = { id: 'node', source: 'plant', partition: 'bus', foreground: '000000', background: 'FFFFFF' }
  const cells = [
    { kind: 'boolean', value: 'true' },
    { kind: 'color', value: '3399FF' },
    { kind: 'date', value: '2026-11-21' },
    { kind: 'dateTime', value: at.text },
    { kind: 'double', value: '1.50' },
    { kind: 'duration', value: 'PT1S' },
    { kind: 'int', value: '-1' },
    { kind: 'long', value: '9007199254740993' },
    { kind: 'string', value: 'a <b>' },
    { kind: 'time', value: '12:00:00' },
    { kind: 'base64', contentType: 'image/png', value: 'AAAA' },
    { kind: 'void' },
  ] as const
  const newer = [
    { kind: 'quantity', magnitude: '1.5', unit: 'kW' },
    { kind: 'measurement', magnitude: '1.5', unit: 'kW', error: '0.1' },
  ] as const
  const hasNewer = generation === 'nf' || generation === 'nfi'
  return {
    ...node,
    queryId: 'q1',
    events: [
      { kind: 'queryStarted' },
      { kind: 'title', name: 'Report' },
      { kind: 'status', message: 'Busy' },
      { kind: 'beginSection', header: 'One' },
      { kind: 'newTable', table: 't', name: 'Table', columns: [column, linked] },
      { kind: 'newRecords', table: 't', records: [{ cells: hasNewer ? [...cells, ...newer] : cells }] },
      { kind: 'tableDone', table: 't' },
      { kind: 'newObject', contentType: 'text/plain', value: 'aGVsbG8=' },
      { kind: 'queryMessage', type: 'Warning', level: 'Major', text: 'Beware' },
      { kind: 'endSection' },
      { kind: 'queryDone' },
      { kind: 'queryAborted' },
    ],
  }
}

const sniff: Sniff = {
  snifferId: 's1',
  at,
  events: [
    { kind: 'rxBin', data: new Uint8Array([0, 255]) },
    { kind: 'txBin', data: new Uint8Array() },
    ...sniffTextKinds.map(kind => ({ kind, text: `a <${kind}> & b` })),
    { kind: 'expired' },
  ],
}

test('what a sniffer noticed has the elements of the schema (IEEE 1451.99)', () => {
  assert.equal(
    writeWire(concentratorFormat('ieee').sniff, { ...sniff, events: sniff.events.slice(0, 3) }),
    '<sniff xmlns="urn:ieee:iot:concentrator:1.0" snifferId="s1" timestamp="2026-11-21T12:00:00Z">' +
      '<rxBin>AP8=</rxBin><txBin/><rx>a &lt;rx&gt; &amp; b</rx></sniff>',
  )
})

/** Reading gives more than was written only where there was nothing: empty lists, `OK`, `undefined`. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const kept = Object.entries(value).filter(
    ([, one]) => one !== undefined && !(Array.isArray(one) && one.length === 0) && one !== 'OK',
  )
  return Object.fromEntries(kept.map(([key, one]) => [key, essence(one)]))
}

function check<T>(wire: Wire<T>, value: T, what: string): void {
  const read = readWire(wire, toElement(wire, value))
  // An answer that was filled in has only lists.
  assert.deepEqual(
    essence(JSON.parse(JSON.stringify(read))),
    essence(JSON.parse(JSON.stringify(value))),
    what,
  )
}

function checkOne<O extends ConcentratorOperation>(
  format: ConcentratorFormat,
  operation: O,
  questions: Pick<ConcentratorQuestions, O>,
  answers: Pick<ConcentratorAnswers, O>,
): void {
  check(format.questions[operation], questions[operation], operation)
  const answer = format.answers[operation]
  if (answer) check(answer, answers[operation], operation)
}

for (const generation of generations) {
  const format = concentratorFormat(generation)
  test(`everything said to and by concentrators reads back, in ${generation}`, () => {
    const questions = questionsFor(generation)
    const answers = answersFor(generation)
    for (const operation of format.operations) checkOne(format, operation, questions, answers)
    for (const event of eventsFor(generation)) check(format.event, event, event.kind)
    check(format.progress, progressFor(generation), 'progress')
    check(format.sniff, sniff, 'sniff')
  })
}

test('sn has 40 operations, xep 44, and the short family 39; 46 in all', () => {
  const counts = generations.map(generation => concentratorFormat(generation).operations.length)
  assert.deepEqual(counts, [40, 44, 39, 39, 39])
  assert.equal(new Set(generations.flatMap(one => concentratorFormat(one).operations)).size, 46)
  assert.deepEqual([iqTypeOf('getNode'), iqTypeOf('subscribe')], ['get', 'set'])
})

test('what goes wrong is told within the answer in the long family, by a code (XEP-0326 §5.3)', () => {
  const { setNodeParametersAfterEdit: wire } = concentratorFormat('xep').answers
  assert.ok(wire)
  const faults = [{ name: 'id', text: 'There already exists a node with this ID.' }]
  const text = writeWire(wire, { outcome: 'FormError', faults, nodes: [] })
  assert.equal(
    text,
    '<setNodeParametersAfterEditResponse xmlns="urn:xmpp:iot:concentrators" result="FormError">' +
      '<error var="id">There already exists a node with this ID.</error></setNodeParametersAfterEditResponse>',
  )
  assert.deepEqual(readWire(wire, parseElement(text)), { outcome: 'FormError', faults, nodes: [] })
})

const oddities: readonly [
  what: string,
  xml: string,
  operation: 'getNode' | 'destroyNode',
  outcome: string,
][] = [
  [
    'an unknown code is another error',
    '<destroyNodeResponse result="Perhaps"/>',
    'destroyNode',
    'OtherError',
  ],
  ['no code is none', '<destroyNodeResponse/>', 'destroyNode', 'OK'],
  ['an answer without its node', '<getNodeResponse result="NotFound"/>', 'getNode', 'NotFound'],
]
for (const [what, xml, operation, outcome] of oddities)
  test(`${what} (XEP-0326 §5.3)`, () => {
    const { answers, ns } = concentratorFormat('xep')
    const element = parseElement(xml.replace(/ |\/>/, match => ` xmlns="${ns}"${match}`))
    const { getNode, destroyNode } = answers
    assert.ok(getNode && destroyNode)
    const answer = operation === 'getNode' ? readWire(getNode, element) : readWire(destroyNode, element)
    assert.equal(answer.outcome, outcome)
  })

const refused: readonly [what: string, xml: string][] = [
  ['a node without id', '<getNode src="plant"/>'],
  ['an id that is too long', `<getNode id="${'x'.repeat(1025)}"/>`],
]
for (const [what, xml] of refused)
  test(`${what} is refused`, () => {
    const { questions, ns } = concentratorFormat('nf')
    const element = parseElement(xml.replace(' ', ` xmlns="${ns}" `))
    assert.throws(() => readWire(questions.getNode, element), WireError)
  })

test('a time to live below zero, or events since no time, are refused', () => {
  const { questions, ns } = concentratorFormat('nf')
  for (const attributes of ['ttl="-1"', 'ttl="1" getEventsSince="yesterday"', 'ttl="1" nodeAdded="perhaps"'])
    assert.throws(
      () =>
        readWire(questions.subscribe, parseElement(`<subscribe xmlns="${ns}" src="plant" ${attributes}/>`)),
      WireError,
    )
})
