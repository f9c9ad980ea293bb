/** A source of nodes: kept in memory, or given by functions. XEP-0326 §3.2 */
import type { NodeRef } from '@waxwing/protocol'
import type { LazyNodeOptions, Localized, NodeOptions, NodeView } from './node-options.ts'
import { type LoggedChange, type SourceChange, SourceLog } from './source-log.ts'
import { lazyView, type NodeHome, SourceNode } from './source-node.ts'

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

/** What a source needs of its concentrator. */
export interface SourceWorld {
  now(): number
  /** Messages kept for one node. */
  readonly maxMessages: number
  /** Events kept of one source. */
  readonly maxEvents: number
  changed(source: Source, change: LoggedChange): void
  /** Rejects when it takes too long. */
  within<T>(promise: Promise<T>): Promise<T>
}

/** A source of nodes; made by `thing.source`. */
export class Source {
  readonly id: string
  readonly options: SourceOptions
  readonly #world: SourceWorld
  readonly #log: SourceLog
  readonly #nodes = new Map<string, SourceNode>()
  readonly #roots: SourceNode[] = []
  readonly #home: NodeHome
  #lastChanged: number

  constructor(id: string, options: SourceOptions, world: SourceWorld) {
    this.id = id
    this.options = options
    this.#world = world
    this.#log = new SourceLog(world.maxEvents, world.now())
    this.#lastChanged = world.now()
    this.#home = {
      id,
      now: () => world.now(),
      maxMessages: world.maxMessages,
      adopt: node => this.#adopt(node),
      renamed: (node, old) => this.#renamed(node, old),
      forget: node => this.#forget(node),
      told: change => this.#told(change),
      mayHaveChildren: () => (options.shape ?? 'tree') === 'tree',
      siblings: node => this.#siblings(node),
    }
  }

  get lastChanged(): Date {
    return new Date(this.#lastChanged)
  }

  /** Nodes in memory. */
  get size(): number {
    return this.#nodes.size
  }

  /** Adds a root behind the others. Throws `TypeError` when its id is taken, or there is no room. */
  add(options: NodeOptions): SourceNode {
    if (this.options.lazy) throw new TypeError(`The nodes of ${this.id} are given by functions`)
    if (this.options.shape === 'single' && this.#roots.length > 0)
      throw new TypeError(`Source ${this.id} has its node already`)
    const node = new SourceNode(this.#home, undefined, options)
    this.#adopt(node)
    const after = this.#roots.at(-1)?.ref
    this.#roots.push(node)
    this.#told({ kind: 'nodeAdded', view: node.line, after })
    return node
  }

  /** A node in memory; the partition matters only where there are some. */
  node(id: string, partition?: string): SourceNode | undefined {
    return this.#nodes.get(keyOf(id, partition))
  }

  /** Says that something happened to a node that is given by a function. */
  announce(
    kind: SourceChange['kind'],
    node: LazyNodeOptions,
    about: Omit<SourceChange, 'kind' | 'view'> = {},
  ): void {
    this.#told({ ...about, kind, view: lazyView(this.id, node) })
  }

  /** A node, wherever it comes from. */
  async find({ id, partition }: NodeRef): Promise<NodeView | undefined> {
    const { lazy } = this.options
    // An empty partition is none. XEP-0326 §5.1
    const part = partition === '' ? undefined : partition
    if (!lazy) return this.node(id, part)?.view
    const given = lazy.node({ id, source: this.id, partition: part })
    const found = given instanceof Promise ? await this.#world.within(given) : given
    return found && lazyView(this.id, found)
  }

  /**
   * Children of a node, or the roots: at most `max`, those behind one of them.
   *
   * @returns `undefined` when that is no child, or not any more; who gives nodes by functions decides that himself
   */
  async children(
    parent: NodeView | undefined,
    after: NodeRef | undefined,
    max: number,
  ): Promise<readonly NodeView[] | undefined> {
    const { lazy } = this.options
    if (!lazy) return this.#childrenInMemory(parent, after, max)
    const page = { after: after && { ...after, source: this.id }, max }
    return this.#world.within(this.#gathered(lazy, parent, page))
  }

  async #gathered(
    lazy: LazyNodes,
    parent: NodeView | undefined,
    page: NodePage,
  ): Promise<readonly NodeView[]> {
    const found: NodeView[] = []
    for await (const one of await lazy.children(parent?.ref, page)) {
      if (found.length === page.max) break
      found.push(lazyView(this.id, one))
    }
    return found
  }

  #childrenInMemory(
    parent: NodeView | undefined,
    after: NodeRef | undefined,
    max: number,
  ): readonly NodeView[] | undefined {
    const owner = parent && this.node(parent.ref.id, parent.ref.partition)
    const siblings = parent ? (owner?.children ?? []) : this.#roots
    const last = after && this.node(after.id, after.partition)
    const begin = last ? siblings.indexOf(last) + 1 : 0
    if (after && begin === 0) return undefined
    return siblings.slice(begin, begin + max).map(node => node.view)
  }

  /**
   * Moves nodes among their siblings; those that stand together at the edge stay there.
   *
   * @returns whether that can be done
   */
  async moveAll(views: readonly NodeView[], direction: 'up' | 'down'): Promise<boolean> {
    const { lazy } = this.options
    if (!lazy) return this.#moveInMemory(views, direction)
    if (!lazy.move) return false
    for (const { ref } of views) {
      const moved = await this.#world.within(Promise.resolve(lazy.move(ref, direction)))
      const now = moved ? await this.find(ref) : undefined
      if (now) this.#told({ kind: direction === 'up' ? 'nodeMovedUp' : 'nodeMovedDown', view: now })
    }
    return true
  }

  #moveInMemory(views: readonly NodeView[], direction: 'up' | 'down'): boolean {
    const nodes = new Set(views.flatMap(({ ref }) => this.node(ref.id, ref.partition) ?? []))
    const isOrdered = ({ parent }: SourceNode): boolean =>
      (parent ? parent.options.childrenOrdered : this.options.isOrdered) === true
    if (![...nodes].every(isOrdered)) return false
    for (const siblings of new Set([...nodes].map(node => this.#siblings(node)))) {
      const line = direction === 'up' ? [...siblings] : siblings.toReversed()
      let edge = 0
      for (const [index, node] of line.entries()) {
        if (!nodes.has(node)) continue
        if (index === edge) edge++
        else node.move(direction)
      }
    }
    return true
  }

  /** Has something done to a node, and says that it has changed. @returns the node as it is then */
  async change(view: NodeView, act: () => Promise<void>): Promise<NodeView> {
    const node = this.node(view.ref.id, view.ref.partition)
    await act()
    if (node) {
      node.touch()
      return node.view
    }
    const now = (await this.find(view.ref)) ?? view
    this.#told({ kind: 'nodeUpdated', view: now })
    return now
  }

  /** Takes in a node that somebody created below another one. */
  created(parent: NodeView, options: NodeOptions): NodeView {
    const owner = this.node(parent.ref.id, parent.ref.partition)
    if (owner) return owner.add(options).view
    const view = lazyView(this.id, { ...options, parent: parent.ref })
    this.#told({ kind: 'nodeAdded', view })
    return view
  }

  /** Lets go of a node that somebody destroyed. */
  destroyed(view: NodeView): void {
    const node = this.node(view.ref.id, view.ref.partition)
    if (node) node.remove()
    else this.#told({ kind: 'nodeRemoved', view })
  }

  /** What happened since a time; `undefined`: it lies too far back. */
  since(time: number): readonly LoggedChange[] | undefined {
    return this.#log.since(time)
  }

  #adopt(node: SourceNode): void {
    const { id, source, partition } = node.options
    if (id === '' || (source !== undefined && source !== this.id))
      throw new TypeError('A node needs an id, of its source')
    const key = keyOf(id, partition)
    if (this.#nodes.has(key)) throw new TypeError(`There is a node ${id} in ${this.id}`)
    this.#nodes.set(key, node)
  }

  #renamed(node: SourceNode, old: NodeRef): void {
    this.#adopt(node)
    this.#nodes.delete(keyOf(old.id, old.partition))
  }

  #forget(node: SourceNode): void {
    this.#nodes.delete(keyOf(node.id, node.options.partition))
    const siblings = this.#siblings(node)
    const at = siblings.indexOf(node)
    if (at >= 0) siblings.splice(at, 1)
  }

  #siblings({ parent }: SourceNode): SourceNode[] {
    return parent ? parent.ownChildren() : this.#roots
  }

  #told(change: SourceChange): void {
    const at = this.#world.now()
    if (change.kind !== 'nodeStatusChanged') this.#lastChanged = at
    const logged = { ...change, at }
    this.#log.add(logged)
    this.#world.changed(this, logged)
  }
}

function keyOf(id: string, partition: string | undefined): string {
  return partition === undefined ? `=${id}` : JSON.stringify([id, partition])
}
