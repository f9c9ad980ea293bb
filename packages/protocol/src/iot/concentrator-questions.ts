// What concentrators are asked, in each generation (XEP-0326 §3).
import { attr, bool, child, children, count, element, string, textChildren } from '@waxwing/xml'
import { DataForm } from '../data-forms.ts'
import { ResultSet } from '../result-sets.ts'
import type { ConcentratorFormat } from './concentrator.ts'
import {
  detailFields,
  eventFlags,
  nodeFields,
  nodesField,
  type Spelling,
  sourceField,
  tokenFields,
  word,
} from './concentrator-fields.ts'
import { readoutId } from './sensor-raw.ts'
import { timestamp } from './timestamp.ts'

const form = { form: child(DataForm).maybe() }
const command = { command: attr('command', word) }
const abort = { command: attr('command', word).maybe(), queryId: attr('queryId', word) }
const page = { page: child(ResultSet).maybe() }
const type = { type: attr('type', word) }
const query = { ...command, queryId: attr('queryId', word).maybe(), ...form }
const database = { database: attr('databaseId', word) }

function indexFields(source: ReturnType<typeof sourceField>) {
  return { ...source, index: attr('index', word), value: attr('indexValue', word) }
}

function sortFields({ ns }: Spelling) {
  const order = element(ns, 'sortOrder', {
    parameter: attr('parameterName', word),
    ascending: attr('ascending', bool).or(true),
  })
  return { order: children(order) }
}

export function questionsOf(spelling: Spelling): ConcentratorFormat['questions'] {
  const { ns } = spelling
  const asked = tokenFields(spelling)
  const source = { ...asked, ...sourceField(spelling) }
  const node = { ...asked, ...nodeFields(spelling) }
  const nodes = { ...asked, ...nodesField(spelling) }
  const index = indexFields(sourceField(spelling))
  return {
    getCapabilities: element(ns, 'getCapabilities', asked),
    getAllDataSources: element(ns, 'getAllDataSources', asked),
    getRootDataSources: element(ns, 'getRootDataSources', asked),
    getChildDataSources: element(ns, 'getChildDataSources', source),
    containsNode: element(ns, 'containsNode', node),
    containsNodes: element(ns, 'containsNodes', nodes),
    getNode: element(ns, 'getNode', { ...node, ...detailFields }),
    getNodes: element(ns, 'getNodes', { ...nodes, ...detailFields }),
    getAllNodes: element(ns, 'getAllNodes', {
      ...source,
      ...detailFields,
      derivedFrom: textChildren('onlyIfDerivedFrom', word),
    }),
    getNodeInheritance: element(ns, 'getNodeInheritance', node),
    getRootNodes: element(ns, 'getRootNodes', { ...source, ...detailFields, ...page }),
    getChildNodes: element(ns, 'getChildNodes', {
      ...node,
      ...detailFields,
      ...sortFields(spelling),
      ...page,
    }),
    getAncestors: element(ns, 'getAncestors', { ...node, ...detailFields }),
    getIndices: element(ns, 'getIndices', source),
    getNodesFromIndex: element(ns, 'getNodesFromIndex', { ...asked, ...index, ...detailFields }),
    getNodesFromIndices: element(ns, 'getNodesFromIndices', {
      ...asked,
      ...detailFields,
      indices: children(element(ns, 'indexRef', index)),
    }),
    getAllIndexValues: element(ns, 'getAllIndexValues', { ...source, index: attr('index', word) }),
    moveNodeUp: element(ns, 'moveNodeUp', node),
    moveNodeDown: element(ns, 'moveNodeDown', node),
    moveNodesUp: element(ns, 'moveNodesUp', nodes),
    moveNodesDown: element(ns, 'moveNodesDown', nodes),
    getNodeParametersForEdit: element(ns, 'getNodeParametersForEdit', node),
    setNodeParametersAfterEdit: element(ns, 'setNodeParametersAfterEdit', { ...node, ...form }),
    getCommonNodeParametersForEdit: element(ns, 'getCommonNodeParametersForEdit', nodes),
    setCommonNodeParametersAfterEdit: element(ns, 'setCommonNodeParametersAfterEdit', { ...nodes, ...form }),
    getAddableNodeTypes: element(ns, 'getAddableNodeTypes', node),
    getParametersForNewNode: element(ns, 'getParametersForNewNode', { ...node, ...type }),
    createNewNode: element(ns, 'createNewNode', { ...node, ...type, ...form }),
    destroyNode: element(ns, 'destroyNode', node),
    getNodeCommands: element(ns, 'getNodeCommands', node),
    getCommandParameters: element(ns, 'getCommandParameters', { ...node, ...command }),
    executeNodeCommand: element(ns, 'executeNodeCommand', { ...node, ...command, ...form }),
    executeNodeQuery: element(ns, 'executeNodeQuery', { ...node, ...query }),
    abortNodeQuery: element(ns, 'abortNodeQuery', { ...node, ...abort }),
    getCommonNodeCommands: element(ns, 'getCommonNodeCommands', nodes),
    getCommonCommandParameters: element(ns, 'getCommonCommandParameters', { ...nodes, ...command }),
    executeCommonNodeCommand: element(ns, 'executeCommonNodeCommand', { ...nodes, ...command, ...form }),
    executeCommonNodeQuery: element(ns, 'executeCommonNodeQuery', { ...nodes, ...query }),
    abortCommonNodeQuery: element(ns, 'abortCommonNodeQuery', { ...nodes, ...abort }),
    subscribe: element(ns, 'subscribe', {
      ...source,
      ...detailFields,
      ...eventFlags,
      ttl: attr('ttl', count).maybe(),
      since: attr('getEventsSince', timestamp).maybe(),
    }),
    unsubscribe: element(ns, 'unsubscribe', { ...source, ...eventFlags }),
    getDatabases: element(ns, 'getDatabases', asked),
    getDatabaseReadoutParameters: element(ns, 'getDatabaseReadoutParameters', { ...asked, ...database }),
    startDatabaseReadout: element(ns, 'startDatabaseReadout', {
      ...nodes,
      ...database,
      readoutId: attr('seqnr', readoutId),
      ...form,
    }),
    registerSniffer: element(ns, 'registerSniffer', { ...node, expires: attr('expires', timestamp).maybe() }),
    unregisterSniffer: element(ns, 'unregisterSniffer', { ...node, snifferId: attr('snifferId', string) }),
  }
}
