// The operations of concentrators: by which kind of iq they are asked for, and which generations have them.
import type { ConcentratorOperation } from './concentrator.ts'
import type { Generation } from './generations.ts'

const everywhere = ['sn', 'xep', 'ieee', 'nf', 'nfi'] as const
const sinceXep = ['xep', 'ieee', 'nf', 'nfi'] as const
const long = ['sn', 'xep'] as const
const short = ['ieee', 'nf', 'nfi'] as const

interface OperationFacts {
  readonly type: 'get' | 'set'
  readonly generations: readonly Generation[]
}

const get: OperationFacts = { type: 'get', generations: everywhere }
const set: OperationFacts = { type: 'set', generations: everywhere }

const facts: Readonly<Record<ConcentratorOperation, OperationFacts>> = {
  getCapabilities: get,
  getAllDataSources: get,
  getRootDataSources: get,
  getChildDataSources: get,
  containsNode: get,
  containsNodes: get,
  getNode: get,
  getNodes: get,
  getAllNodes: get,
  getNodeInheritance: get,
  getRootNodes: get,
  getChildNodes: get,
  getAncestors: get,
  getIndices: { type: 'get', generations: long },
  getNodesFromIndex: { type: 'get', generations: long },
  getNodesFromIndices: { type: 'get', generations: long },
  getAllIndexValues: { type: 'get', generations: long },
  moveNodeUp: set,
  moveNodeDown: set,
  moveNodesUp: set,
  moveNodesDown: set,
  getNodeParametersForEdit: get,
  setNodeParametersAfterEdit: set,
  getCommonNodeParametersForEdit: get,
  setCommonNodeParametersAfterEdit: set,
  getAddableNodeTypes: get,
  getParametersForNewNode: get,
  createNewNode: set,
  destroyNode: set,
  getNodeCommands: get,
  getCommandParameters: get,
  executeNodeCommand: set,
  executeNodeQuery: { type: 'set', generations: sinceXep },
  abortNodeQuery: { type: 'set', generations: sinceXep },
  getCommonNodeCommands: get,
  getCommonCommandParameters: get,
  executeCommonNodeCommand: set,
  executeCommonNodeQuery: { type: 'set', generations: sinceXep },
  abortCommonNodeQuery: { type: 'set', generations: sinceXep },
  subscribe: set,
  unsubscribe: set,
  getDatabases: { type: 'get', generations: long },
  getDatabaseReadoutParameters: { type: 'get', generations: long },
  startDatabaseReadout: { type: 'set', generations: long },
  registerSniffer: { type: 'set', generations: short },
  unregisterSniffer: { type: 'set', generations: short },
}

/** Every operation of any generation, as XEP-0326 §3.1 lists them and those that came later. */
export const concentratorOperations: readonly ConcentratorOperation[] = Object.keys(
  facts,
) as ConcentratorOperation[]

/** The kind of iq that asks for an operation. */
export function iqTypeOf(operation: ConcentratorOperation): 'get' | 'set' {
  return facts[operation].type
}

/** The operations a generation has. */
export function operationsOf(generation: Generation): readonly ConcentratorOperation[] {
  return concentratorOperations.filter(operation => facts[operation].generations.includes(generation))
}
