/** What somebody can ask a concentrator for, as far as it is known before. XEP-0326 §3.1 */
import type { ConcentratorOperation } from '@waxwing/protocol'
import type { Caller } from './call.ts'
import type { Managing } from './managing.ts'
import type { Source } from './source.ts'

/** Operations that only those can do who may change something. */
const managed: ReadonlySet<ConcentratorOperation> = new Set([
  'moveNodeUp',
  'moveNodeDown',
  'moveNodesUp',
  'moveNodesDown',
  'getNodeParametersForEdit',
  'setNodeParametersAfterEdit',
  'getCommonNodeParametersForEdit',
  'setCommonNodeParametersAfterEdit',
  'getAddableNodeTypes',
  'getParametersForNewNode',
  'createNewNode',
  'destroyNode',
  'registerSniffer',
  'unregisterSniffer',
])

const indexed: ReadonlySet<ConcentratorOperation> = new Set([
  'getIndices',
  'getNodesFromIndex',
  'getNodesFromIndices',
  'getAllIndexValues',
])

const ofDatabases: ReadonlySet<ConcentratorOperation> = new Set([
  'getDatabases',
  'getDatabaseReadoutParameters',
  'startDatabaseReadout',
])

const sniffing: ReadonlySet<ConcentratorOperation> = new Set(['registerSniffer', 'unregisterSniffer'])

/** Whether an operation needs a database. */
export function isOfDatabases(operation: ConcentratorOperation): boolean {
  return ofDatabases.has(operation)
}

/** Those of some operations that there is something for, and that somebody may do. */
export async function capabilitiesOf(
  caller: Caller,
  all: readonly ConcentratorOperation[],
  about: { readonly sources: readonly Source[]; readonly hasDatabases: boolean; readonly managing: Managing },
): Promise<readonly ConcentratorOperation[]> {
  const { sources, hasDatabases, managing } = about
  const absent = new Set<ConcentratorOperation>([
    ...(sources.some(({ options }) => options.indices !== undefined) ? [] : indexed),
    ...(sources.some(({ hasSniffable }) => hasSniffable) ? [] : sniffing),
    ...(hasDatabases ? [] : ofDatabases),
  ])
  const able: ConcentratorOperation[] = []
  for (const operation of all) {
    if (absent.has(operation)) continue
    if (!managed.has(operation) || (await managing.may(caller, operation))) able.push(operation)
  }
  return able
}
