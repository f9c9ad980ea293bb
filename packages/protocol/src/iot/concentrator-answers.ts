// What concentrators answer, in each generation (XEP-0326 §3): the long family wraps everything, with how it went; the
// short one has an element for each kind of answer.
import {
  attr,
  bool,
  CodecError,
  child,
  children,
  custom,
  element,
  type Fields,
  mapped,
  string,
  type TextCodec,
  text,
  textChildren,
  type Wire,
} from '@waxwing/xml'
import { DataForm } from '../data-forms.ts'
import { ResultSet } from '../result-sets.ts'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
} from './concentrator.ts'
import { answeredNodeIfAny, nodeInfoWire, oneOfOr, type Spelling } from './concentrator-fields.ts'
import {
  type DataSourceInfo,
  type NodeCommand,
  type NodeInfo,
  type NodeType,
  nodeCommandTypes,
  type PartialResult,
} from './concentrator-nodes.ts'
import { type ControlOutcome, controlOutcomes, type ParameterFault } from './control.ts'
import { timestamp } from './timestamp.ts'

const outcome: TextCodec<ControlOutcome> = oneOfOr('OtherError', controlOutcomes)

/** Of an answer that says no more than that something went wrong. */
const boolIfAny: TextCodec<boolean> = custom(
  given => given.trim() !== '' && bool.parse(given),
  String,
  'true or false',
)

/** What an answer has in it, apart from how it went. */
function contents(spelling: Spelling) {
  const { ns, generation, family } = spelling
  const isLong = family === 'long'
  const isSn = generation === 'sn'
  const source: Wire<DataSourceInfo> = element(ns, 'dataSource', {
    source: attr(isSn ? 'id' : isLong ? 'sourceId' : 'src', string),
    name: attr('name', string),
    hasChildren: attr('hasChildren', bool).or(false, { write: true }),
    lastChanged: attr('lastChanged', timestamp).maybe(),
  })
  const command: Wire<NodeCommand> = element(ns, 'command', {
    command: attr(isSn ? 'id' : 'command', string),
    name: attr('name', string),
    type: attr('type', oneOfOr('Parameterized', nodeCommandTypes)),
    sortCategory: attr('sortCategory', string).maybe(),
    sortKey: attr('sortKey', string).maybe(),
    confirmation: attr('confirmationString', string).maybe(),
    failure: attr('failureString', string).maybe(),
    success: attr('successString', string).maybe(),
  })
  const nodeType: Wire<NodeType> = element(ns, 'nodeType', {
    type: attr('type', string),
    name: attr('name', string),
  })
  const result: Wire<PartialResult> = element(ns, 'result', {
    ...(isSn ? {} : { error: attr('error', string).maybe() }),
    isDone: text(bool),
  })
  const database = element(ns, 'database', {
    database: attr(isSn ? 'id' : 'databaseId', string),
    name: attr('name', string).maybe(),
  })
  return {
    strings: { values: textChildren('value', string) },
    sources: { sources: children(source) },
    nodes: { nodes: children(nodeInfoWire(spelling)) },
    pages: { nodes: children(nodeInfoWire(spelling)), page: child(ResultSet).maybe() },
    form: { form: child(DataForm).maybe() },
    types: { types: children(nodeType) },
    commands: { commands: children(command) },
    results: { results: children(result) },
    databases: { databases: children(database) },
  }
}

function valuesChild(ns: string, name: string) {
  const values = element(ns, name, { values: textChildren('value', string) })
  return child(
    mapped(
      values,
      raw => raw.values,
      (list: readonly string[]) => ({ values: list }),
    ),
  )
}

function inheritanceFields(ns: string) {
  return {
    baseClasses: valuesChild(ns, 'baseClasses').or([], { write: true }),
    interfaces: valuesChild(ns, 'interfaces').or([]),
  }
}

/** Three answers have no code by the schema, but by the text: where there is none, nothing went wrong. */
function howFields(ns: string) {
  const fault: Wire<ParameterFault> = element(ns, 'error', {
    name: attr('var', string).or(''),
    text: text(string),
  })
  return { outcome: attr('result', outcome).or('OK', { write: true }), faults: children(fault) }
}

export function longAnswers(spelling: Spelling): ConcentratorFormat['answers'] {
  const { ns } = spelling
  const how = howFields(ns)
  const give = <F extends Fields>(operation: ConcentratorOperation, fields: F) =>
    element(ns, `${operation}Response`, { ...how, ...fields })
  const { strings, sources, nodes, pages, form, types, commands, results, databases } = contents(spelling)
  const queryId = { queryId: attr('queryId', string).maybe() }
  return {
    getCapabilities: give('getCapabilities', strings),
    getAllDataSources: give('getAllDataSources', sources),
    getRootDataSources: give('getRootDataSources', sources),
    getChildDataSources: give('getChildDataSources', sources),
    containsNode: give('containsNode', { found: text(boolIfAny) }),
    containsNodes: give('containsNodes', { each: textChildren('value', bool) }),
    getNode: nodeAsAnswer(spelling),
    getNodes: give('getNodes', nodes),
    getAllNodes: give('getAllNodes', nodes),
    getNodeInheritance: give('getNodeInheritance', inheritanceFields(ns)),
    getRootNodes: give('getRootNodes', pages),
    getChildNodes: give('getChildNodes', pages),
    getAncestors: give('getAncestors', nodes),
    getIndices: give('getIndices', strings),
    getNodesFromIndex: give('getNodesFromIndex', nodes),
    getNodesFromIndices: give('getNodesFromIndices', nodes),
    getAllIndexValues: give('getAllIndexValues', strings),
    moveNodeUp: give('moveNodeUp', {}),
    moveNodeDown: give('moveNodeDown', {}),
    moveNodesUp: give('moveNodesUp', {}),
    moveNodesDown: give('moveNodesDown', {}),
    getNodeParametersForEdit: give('getNodeParametersForEdit', form),
    setNodeParametersAfterEdit: give('setNodeParametersAfterEdit', nodes),
    getCommonNodeParametersForEdit: give('getCommonNodeParametersForEdit', form),
    setCommonNodeParametersAfterEdit: give('setCommonNodeParametersAfterEdit', nodes),
    getAddableNodeTypes: give('getAddableNodeTypes', types),
    getParametersForNewNode: give('getParametersForNewNode', form),
    createNewNode: give('createNewNode', nodes),
    destroyNode: give('destroyNode', {}),
    getNodeCommands: give('getNodeCommands', commands),
    getCommandParameters: give('getCommandParameters', form),
    executeNodeCommand: give('executeNodeCommand', {}),
    executeNodeQuery: give('executeNodeQuery', queryId),
    abortNodeQuery: give('abortNodeQuery', {}),
    getCommonNodeCommands: give('getCommonNodeCommands', commands),
    getCommonCommandParameters: give('getCommonCommandParameters', form),
    executeCommonNodeCommand: give('executeCommonNodeCommand', results),
    executeCommonNodeQuery: give('executeCommonNodeQuery', { ...queryId, ...results }),
    abortCommonNodeQuery: give('abortCommonNodeQuery', {}),
    subscribe: give('subscribe', {}),
    unsubscribe: give('unsubscribe', {}),
    getDatabases: give('getDatabases', databases),
    getDatabaseReadoutParameters: give('getDatabaseReadoutParameters', form),
    startDatabaseReadout: give('startDatabaseReadout', {}),
    registerSniffer: undefined,
    unregisterSniffer: undefined,
  }
}

/** The answer is the node itself. */
function nodeAsAnswer(spelling: Spelling): Wire<ConcentratorAnswers['getNode']> {
  const raw = element(spelling.ns, 'getNodeResponse', {
    ...howFields(spelling.ns),
    ...answeredNodeIfAny(spelling),
  })
  return mapped(
    raw,
    ({ outcome: how, faults, id, ...info }): ConcentratorAnswers['getNode'] => ({
      outcome: how,
      faults,
      node: id === undefined ? undefined : { id, ...info },
    }),
    ({ outcome: how, faults, node }) => ({ outcome: how, faults, ...node }),
  )
}

export function shortAnswers(spelling: Spelling): ConcentratorFormat['answers'] {
  const { ns } = spelling
  const { strings, sources, pages, types, commands, results } = contents(spelling)
  const list = element(ns, 'strings', strings)
  const sourceList = element(ns, 'dataSources', sources)
  const nodeList = element(ns, 'nodeInfos', pages)
  const commandList = element(ns, 'commands', commands)
  const partly = element(ns, 'partialExecution', results)
  const node = nodeInfoWire(spelling)
  const edited = mapped(
    node,
    (one): ConcentratorAnswers['createNewNode'] => ({ nodes: [one] }),
    ({ nodes }) => theOne(nodes),
  )
  const form = mapped(
    DataForm,
    (one): ConcentratorAnswers['getCommandParameters'] => ({ form: one }),
    ({ form: one }): DataForm => one ?? { type: 'form' },
  )
  return {
    getCapabilities: list,
    getAllDataSources: sourceList,
    getRootDataSources: sourceList,
    getChildDataSources: sourceList,
    containsNode: element(ns, 'bool', { found: text(bool) }),
    containsNodes: element(ns, 'bools', { each: textChildren('bool', bool) }),
    getNode: mapped(
      node,
      (one): ConcentratorAnswers['getNode'] => ({ node: one }),
      ({ node: one }) => theOne(one ? [one] : []),
    ),
    getNodes: nodeList,
    getAllNodes: nodeList,
    getNodeInheritance: element(ns, 'inheritance', inheritanceFields(ns)),
    getRootNodes: nodeList,
    getChildNodes: nodeList,
    getAncestors: nodeList,
    getIndices: list,
    getNodesFromIndex: nodeList,
    getNodesFromIndices: nodeList,
    getAllIndexValues: list,
    moveNodeUp: undefined,
    moveNodeDown: undefined,
    moveNodesUp: undefined,
    moveNodesDown: undefined,
    getNodeParametersForEdit: form,
    setNodeParametersAfterEdit: edited,
    getCommonNodeParametersForEdit: form,
    setCommonNodeParametersAfterEdit: undefined,
    getAddableNodeTypes: element(ns, 'nodeTypes', types),
    getParametersForNewNode: form,
    createNewNode: edited,
    destroyNode: undefined,
    getNodeCommands: commandList,
    getCommandParameters: form,
    executeNodeCommand: undefined,
    executeNodeQuery: undefined,
    abortNodeQuery: undefined,
    getCommonNodeCommands: commandList,
    getCommonCommandParameters: form,
    executeCommonNodeCommand: partly,
    executeCommonNodeQuery: partly,
    abortCommonNodeQuery: undefined,
    subscribe: undefined,
    unsubscribe: undefined,
    getDatabases: undefined,
    getDatabaseReadoutParameters: form,
    startDatabaseReadout: undefined,
    registerSniffer: element(ns, 'sniffer', {
      snifferId: attr('snifferId', string),
      expires: attr('expires', timestamp),
    }),
    unregisterSniffer: undefined,
  }
}

function theOne(nodes: readonly NodeInfo[]): NodeInfo {
  const [node] = nodes
  if (!node) throw new CodecError('there is no node')
  return node
}
