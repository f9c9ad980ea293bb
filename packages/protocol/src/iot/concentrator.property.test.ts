import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, type Wire, writeWire } from '@waxwing/xml'
import * as fc from 'fast-check'
import type { DataForm } from '../data-forms.ts'
import { nodeCommandTypes, nodeMessageTypes, nodeParameterKinds } from './concentrator-nodes.ts'
import {
  alignments,
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorQuestions,
  cellKinds,
  concentratorFormat,
  type DataSourceInfo,
  familyOf,
  type Generation,
  generations,
  type NodeCommand,
  type NodeInfo,
  type NodeMessage,
  type NodeParameter,
  type NodeRef,
  nodeStates,
  type PartialResult,
  type QueryCell,
  type QueryColumn,
  type QueryEvent,
  type QueryProgress,
  queryMessageLevels,
  queryMessageTypes,
  type SourceEvent,
  timestampOf,
} from './index.ts'

const runs = { numRuns: 40 }

/** A record with the prototype that object literals have. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}

function maybe<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(one, { nil: undefined })
}

function some<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { maxLength: 3 })
}

const text = fc.string({ unit: fc.constantFrom(...Array.from('aZ0 °Ω<>&"\'\t\n,|=😀')), maxLength: 12 })
const name = text.filter(word => word !== '')
const tokens = maybe(fc.constantFrom(['a'], ['b', 'c']))
const instant = fc.date({ min: new Date('1970-01-01Z'), max: new Date('2100-01-01Z'), noInvalidDate: true })
const time = instant.map(timestampOf)

const address = { id: name, source: maybe(name), partition: maybe(name) }
const ref: fc.Arbitrary<NodeRef> = record<NodeRef>(address)
const message: fc.Arbitrary<NodeMessage> = record<NodeMessage>({
  at: time,
  type: fc.constantFrom(...nodeMessageTypes),
  eventId: maybe(text),
  text,
})
const parameter: fc.Arbitrary<NodeParameter> = record<NodeParameter>({
  kind: fc.constantFrom(...nodeParameterKinds),
  id: name,
  name: text,
  value: text,
})
const infoModel = {
  ...address,
  displayName: maybe(text),
  nodeType: maybe(text),
  localId: maybe(text),
  logId: maybe(text),
  state: fc.constantFrom(...nodeStates),
  hasChildren: fc.boolean(),
  childrenOrdered: fc.boolean(),
  isReadable: fc.boolean(),
  isControllable: fc.boolean(),
  hasCommands: fc.boolean(),
  isSniffable: maybe(fc.boolean()),
  parentId: maybe(name),
  parentPartition: maybe(name),
  lastChanged: maybe(time),
  parameters: some(parameter),
  messages: some(message),
}
const info: fc.Arbitrary<NodeInfo> = record<NodeInfo>(infoModel)

const referenced = { ...address, source: name, localId: maybe(text), logId: maybe(text), at: maybe(time) }
const event: fc.Arbitrary<SourceEvent> = fc.oneof(
  record<Extract<SourceEvent, { kind: 'nodeAdded' }>>({
    ...infoModel,
    source: name,
    kind: fc.constant('nodeAdded'),
    afterId: maybe(name),
    afterPartition: maybe(name),
    at: maybe(time),
  }),
  record<Extract<SourceEvent, { kind: 'nodeUpdated' }>>({
    ...infoModel,
    source: name,
    kind: fc.constant('nodeUpdated'),
    oldId: maybe(name),
    at: maybe(time),
  }),
  record<Extract<SourceEvent, { kind: 'nodeStatusChanged' }>>({
    ...referenced,
    kind: fc.constant('nodeStatusChanged'),
    state: fc.constantFrom(...nodeStates),
    messages: some(message),
  }),
  record<Extract<SourceEvent, { kind: 'nodeRemoved' | 'nodeMovedUp' | 'nodeMovedDown' }>>({
    ...referenced,
    kind: fc.constantFrom('nodeRemoved', 'nodeMovedUp', 'nodeMovedDown'),
  }),
)

const cell: fc.Arbitrary<QueryCell> = fc.oneof(
  record<QueryCell>({ kind: fc.constantFrom(...cellKinds), value: text }),
  record<QueryCell>({ kind: fc.constant('base64'), contentType: text, value: text }),
  record<QueryCell>({ kind: fc.constant('quantity'), magnitude: text, unit: text }),
  record<QueryCell>({ kind: fc.constant('measurement'), magnitude: text, unit: text, error: text }),
  record<QueryCell>({ kind: fc.constant('void') }),
)
const column: fc.Arbitrary<QueryColumn> = record<QueryColumn>({
  id: text,
  header: maybe(text),
  source: maybe(text),
  partition: maybe(text),
  foreground: maybe(text),
  background: maybe(text),
  alignment: maybe(fc.constantFrom(...alignments)),
  decimals: maybe(fc.nat(20)),
})
const queryEvent: fc.Arbitrary<QueryEvent> = fc.oneof(
  record<QueryEvent>({ kind: fc.constantFrom('queryStarted', 'queryDone', 'queryAborted', 'endSection') }),
  record<QueryEvent>({ kind: fc.constant('title'), name: text }),
  record<QueryEvent>({ kind: fc.constant('status'), message: text }),
  record<QueryEvent>({ kind: fc.constant('beginSection'), header: text }),
  record<QueryEvent>({ kind: fc.constant('newTable'), table: text, name: text, columns: some(column) }),
  record<QueryEvent>({
    kind: fc.constant('newRecords'),
    table: text,
    records: some(record<{ cells: QueryCell[] }>({ cells: some(cell) })),
  }),
  record<QueryEvent>({ kind: fc.constant('tableDone'), table: text }),
  record<QueryEvent>({ kind: fc.constant('newObject'), contentType: text, value: text }),
  record<QueryEvent>({
    kind: fc.constant('queryMessage'),
    type: fc.constantFrom(...queryMessageTypes),
    level: fc.constantFrom(...queryMessageLevels),
    text,
  }),
)
const progress: fc.Arbitrary<QueryProgress> = record<QueryProgress>({
  ...address,
  queryId: name,
  events: some(queryEvent),
})

const form: fc.Arbitrary<DataForm> = record<DataForm>({
  type: fc.constantFrom('form', 'submit'),
  title: maybe(text),
  instructions: fc.constant([]),
  fields: some(
    record<NonNullable<DataForm['fields']>[number]>({
      var: name,
      type: maybe(fc.constantFrom('boolean', 'hidden', 'list-single', 'text-single')),
      label: maybe(text),
      desc: maybe(text),
      required: fc.boolean(),
      values: some(text),
      options: some(
        record<{ label: string | undefined; value: string }>({ label: maybe(text), value: text }),
      ),
      extensions: fc.constant([]),
    }),
  ),
  reported: fc.constant(undefined),
  items: fc.constant([]),
  extensions: fc.constant([]),
})

const asked = { lang: maybe(fc.constantFrom('de', 'en')), service: tokens, device: tokens, user: tokens }
type Questions = Pick<
  ConcentratorQuestions,
  'getNodes' | 'getAllNodes' | 'getChildNodes' | 'createNewNode' | 'executeCommonNodeQuery' | 'subscribe'
>
const questions: fc.Arbitrary<Questions> = record<Questions>({
  getNodes: record({ ...asked, nodes: some(ref), parameters: fc.boolean(), messages: fc.boolean() }),
  getAllNodes: record({
    ...asked,
    source: name,
    parameters: fc.boolean(),
    messages: fc.boolean(),
    derivedFrom: some(name),
  }),
  getChildNodes: record<ConcentratorQuestions['getChildNodes']>({
    ...asked,
    ...address,
    parameters: fc.boolean(),
    messages: fc.boolean(),
    order: some(record({ parameter: name, ascending: fc.boolean() })),
    page: maybe(record({ after: maybe(text), max: maybe(fc.nat(1000)) })),
  }),
  createNewNode: record({ ...asked, ...address, type: name, form: maybe(form) }),
  executeCommonNodeQuery: record({
    ...asked,
    nodes: some(ref),
    command: name,
    queryId: maybe(name),
    form: maybe(form),
  }),
  subscribe: record({
    ...asked,
    source: name,
    parameters: fc.boolean(),
    messages: fc.boolean(),
    nodeAdded: fc.boolean(),
    nodeUpdated: fc.boolean(),
    nodeStatusChanged: fc.boolean(),
    nodeRemoved: fc.boolean(),
    nodeMovedUp: fc.boolean(),
    nodeMovedDown: fc.boolean(),
    ttl: maybe(fc.nat(100_000)),
    since: maybe(time),
  }),
})

const source: fc.Arbitrary<DataSourceInfo> = record<DataSourceInfo>({
  source: name,
  name: text,
  hasChildren: fc.boolean(),
  lastChanged: maybe(time),
})
const nodeCommand: fc.Arbitrary<NodeCommand> = record<NodeCommand>({
  command: name,
  name: text,
  type: fc.constantFrom(...nodeCommandTypes),
  sortCategory: maybe(text),
  sortKey: maybe(text),
  confirmation: maybe(text),
  failure: maybe(text),
  success: maybe(text),
})
const partial: fc.Arbitrary<PartialResult> = record<PartialResult>({
  isDone: fc.boolean(),
  error: maybe(text),
})
type Answers = Pick<
  ConcentratorAnswers,
  | 'getAllDataSources'
  | 'containsNodes'
  | 'getNode'
  | 'getNodeInheritance'
  | 'getChildNodes'
  | 'getNodeCommands'
  | 'executeCommonNodeCommand'
>
const answers: fc.Arbitrary<Answers> = record<Answers>({
  getAllDataSources: record({ sources: some(source) }),
  containsNodes: record({ each: some(fc.boolean()) }),
  getNode: record({ node: info }),
  getNodeInheritance: record({ baseClasses: some(name), interfaces: some(name) }),
  getChildNodes: record<ConcentratorAnswers['getChildNodes']>({
    nodes: some(info),
    page: maybe(record({ last: maybe(text), count: maybe(fc.nat(10_000)) })),
  }),
  getNodeCommands: record({ commands: some(nodeCommand) }),
  executeCommonNodeCommand: record({ results: some(partial) }),
})

function overTheWire<T>(wire: Wire<T>, sent: T): T {
  return readWire(wire, parseElement(writeWire(wire, sent)))
}

/** What is not there, and that all went well, is said in several ways. */
function plain(value: unknown): unknown {
  const drop = (key: string, one: unknown): unknown => {
    const isNothing = (key === 'outcome' && one === 'OK') || (key === 'faults' && isEmpty(one))
    return isNothing ? undefined : one
  }
  return JSON.parse(JSON.stringify(value, drop))
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

interface Said {
  readonly questions: Questions
  readonly answers: Answers
  readonly event: SourceEvent
  readonly progress: QueryProgress
}

const said: fc.Arbitrary<Said> = record<Said>({ questions, answers, event, progress })

function answered<O extends keyof Answers>(
  { answers: wires }: { readonly answers: Pick<ConcentratorFormat['answers'], O> },
  operation: O,
  given: Pick<ConcentratorAnswers, O>,
): ConcentratorAnswers[O] {
  const wire: Wire<ConcentratorAnswers[O]> | undefined = wires[operation]
  assert.ok(wire)
  return overTheWire(wire, given[operation])
}

/** Everything said once in a generation. */
function sent(generation: Generation, all: Said): Said {
  const format = concentratorFormat(generation)
  const ask = format.questions
  return {
    questions: {
      getNodes: overTheWire(ask.getNodes, all.questions.getNodes),
      getAllNodes: overTheWire(ask.getAllNodes, all.questions.getAllNodes),
      getChildNodes: overTheWire(ask.getChildNodes, all.questions.getChildNodes),
      createNewNode: overTheWire(ask.createNewNode, all.questions.createNewNode),
      executeCommonNodeQuery: overTheWire(ask.executeCommonNodeQuery, all.questions.executeCommonNodeQuery),
      subscribe: overTheWire(ask.subscribe, all.questions.subscribe),
    },
    answers: {
      getAllDataSources: answered(format, 'getAllDataSources', all.answers),
      containsNodes: answered(format, 'containsNodes', all.answers),
      getNode: answered(format, 'getNode', all.answers),
      getNodeInheritance: answered(format, 'getNodeInheritance', all.answers),
      getChildNodes: answered(format, 'getChildNodes', all.answers),
      getNodeCommands: answered(format, 'getNodeCommands', all.answers),
      executeCommonNodeCommand: answered(format, 'executeCommonNodeCommand', all.answers),
    },
    event: overTheWire(format.event, all.event),
    progress: overTheWire(format.progress, all.progress),
  }
}

/** What a generation cannot say. Answers of the long family leave out which source was asked about. */
function lossy(generation: Generation, all: Said): Said {
  if (familyOf(generation) === 'short') return all
  const unsniffed = <I extends NodeInfo>(one: I): I => ({ ...one, isSniffable: undefined })
  const told = (one: NodeInfo): NodeInfo => ({ ...unsniffed(one), source: undefined })
  const { getNode, getChildNodes, executeCommonNodeCommand } = all.answers
  const results = executeCommonNodeCommand.results.map(one =>
    generation === 'sn' ? { ...one, error: undefined } : one,
  )
  return {
    ...all,
    answers: {
      ...all.answers,
      getNode: { node: getNode.node && told(getNode.node) },
      getChildNodes: { ...getChildNodes, nodes: getChildNodes.nodes.map(told) },
      executeCommonNodeCommand: { results },
    },
    event: lossyEvent(generation, all.event, unsniffed),
  }
}

function lossyEvent(
  generation: Generation,
  given: SourceEvent,
  unsniffed: <I extends NodeInfo>(one: I) => I,
): SourceEvent {
  const timeless = { ...given, at: undefined }
  if (timeless.kind === 'nodeUpdated') return unsniffed(timeless)
  if (timeless.kind !== 'nodeAdded') return { ...timeless, localId: undefined, logId: undefined }
  const after = generation === 'sn' ? { afterId: undefined, afterPartition: undefined } : {}
  return { ...unsniffed(timeless), ...after }
}

for (const generation of generations)
  test(`what is said to and by concentrators survives ${generation} except for what it has no words for`, () => {
    fc.assert(
      fc.property(said, all => {
        assert.deepEqual(plain(sent(generation, all)), plain(lossy(generation, all)))
      }),
      runs,
    )
  })

test('what the long family says survives a way through the short one, and through each other', () => {
  fc.assert(
    fc.property(
      said,
      fc.constantFrom<Generation>('sn', 'xep'),
      fc.constantFrom<Generation>('ieee', 'nf', 'nfi'),
      (all, long, short) => {
        const once = sent(long, all)
        assert.deepEqual(plain(sent(long, sent(short, once))), plain(once))
      },
    ),
    runs,
  )
})

test('what the short family says comes back from the long one without what that has no words for', () => {
  fc.assert(
    fc.property(said, fc.constantFrom<Generation>('sn', 'xep'), (all, long) => {
      const once = sent('nf', all)
      assert.deepEqual(plain(sent('nf', sent(long, once))), plain(lossy(long, once)))
    }),
    runs,
  )
})
