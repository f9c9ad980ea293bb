/** What makes a source of nodes. XEP-0326 §3.2 */
import type { NodeRef } from '@waxwing/protocol'
import type { LazyNodeOptions, Localized } from './node-options.ts'
import type { Source } from './source.ts'

/** Part of a list. */
export interface NodePage {
  /** The node the page begins behind; absent: at the first. */
  readonly after: NodeRef | undefined
  readonly max: number
}

type Given<T> = T | Promise<T>

/** Nodes that are looked up when somebody asks: a million of them cost nothing. */
export interface LazyNodes {
  /** The children of a node, in an order that stays; `undefined`: the roots. What is more than a page is not told. */
  children(
    parent: NodeRef | undefined,
    page: NodePage,
  ): Iterable<LazyNodeOptions> | AsyncIterable<LazyNodeOptions> | Promise<Iterable<LazyNodeOptions>>
  node(ref: NodeRef): Given<LazyNodeOptions | undefined>
  /** Moves a node among its siblings and says whether it moved; absent: that cannot be done. */
  move?(ref: NodeRef, direction: 'up' | 'down'): Given<boolean>
}

/** A way to find nodes by a value. XEP-0326 §3.3.16 */
export interface NodeIndex {
  values(): Given<Iterable<string>>
  find(value: string): Given<Iterable<NodeRef>>
}

/** What makes a source. */
export interface SourceOptions {
  /** Default: its id. */
  readonly name?: Localized
  /** `single`: one node; `flat`: a list; `tree`. Default: `tree`. */
  readonly shape?: 'single' | 'flat' | 'tree'
  /** Whether the order of its roots says something; then others may move them. */
  readonly isOrdered?: boolean
  /** Absent: nodes are added by `add`. */
  readonly lazy?: LazyNodes
  readonly indices?: Readonly<Record<string, NodeIndex>>
  /** The source it is listed below. */
  readonly parent?: Source
}
