/** Walking a tree: no more of it is held than one page for each level. */
import { type NodeInfo, type NodeRef, stanzaError } from '@waxwing/protocol'
import { ConcentratorError } from '../errors.ts'
import type { Asking } from './asking.ts'

/** Which part of a tree to walk, and what to be told of its nodes. */
export interface WalkOptions {
  /** Where to begin. Default: every source, one after the other. */
  readonly source?: string
  /** Only what is below this node, by id alone or with its source. Default: everything. */
  readonly parent?: NodeRef | string
  /** Levels to go down. Default 64. */
  readonly depth?: number
  /** Whether parameters come along. Default `false`. */
  readonly parameters?: boolean
  /** Whether messages come along. Default `false`. */
  readonly messages?: boolean
  /** Nodes to ask for at once, where the concentrator has pages. Default 100. */
  readonly pageSize?: number
}

/** A node on the way. */
export interface WalkedNode extends NodeInfo {
  readonly source: string
  /** 1 for those where the walk begins. */
  readonly depth: number
  /** Whether it is the last one below its parent, as far as the concentrator says. */
  readonly isLast: boolean
}

interface Level {
  readonly parent: NodeRef | undefined
  readonly above: Level | undefined
  readonly depth: number
  nodes: readonly NodeInfo[]
  next: number
  after: string | undefined
  received: number
  isComplete: boolean
}

const defaultDepth = 64
const defaultPageSize = 100

export async function* walkSource(
  asking: Asking,
  source: string,
  parent: NodeRef | undefined,
  options: WalkOptions,
): AsyncGenerator<WalkedNode, void, undefined> {
  const { depth = defaultDepth } = options
  let level: Level | undefined = levelBelow(parent, undefined)
  while (level) {
    const node: NodeInfo | undefined = level.nodes[level.next]
    if (node) {
      level.next++
      const isLast = level.isComplete && level.next === level.nodes.length
      yield { ...node, source, depth: level.depth, isLast }
      // A node that stands below itself is not entered again.
      if (node.hasChildren && level.depth < depth && !isAbove(level, node)) level = levelBelow(node, level)
    } else if (level.isComplete) level = level.above
    else await loadPage(asking, source, level, options)
  }
}

function levelBelow(parent: NodeRef | undefined, above: Level | undefined): Level {
  const depth = (above?.depth ?? 0) + 1
  return { parent, above, depth, nodes: [], next: 0, after: undefined, received: 0, isComplete: false }
}

function isAbove(level: Level, { id, partition }: NodeInfo): boolean {
  for (let one: Level | undefined = level; one; one = one.above)
    if (one.parent?.id === id && one.parent.partition === partition) return true
  return false
}

async function loadPage(asking: Asking, source: string, level: Level, options: WalkOptions): Promise<void> {
  const { parameters = false, messages = false, pageSize = defaultPageSize } = options
  const { jid, hasPages } = await asking.peer()
  const { parent, after } = level
  const page = hasPages ? { max: pageSize, after } : undefined
  const detail = { parameters, messages, page }
  const answer = await (parent
    ? asking.ask('getChildNodes', {
        id: parent.id,
        source,
        partition: parent.partition,
        ...detail,
        order: [],
      })
    : asking.ask('getRootNodes', { source, ...detail }))
  const { last, count } = answer.page ?? {}
  if (last !== undefined && last === after)
    throw new ConcentratorError(jid, stanzaError('undefined-condition', 'Its pages do not go on'), [])
  level.nodes = answer.nodes
  level.next = 0
  level.after = last
  level.received += answer.nodes.length
  level.isComplete = last === undefined || answer.nodes.length === 0 || level.received >= (count ?? Infinity)
}
