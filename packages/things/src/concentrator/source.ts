/** A source of nodes: kept in memory, or given by functions. XEP-0326 §3.2 */
import type { NodeRef, SniffTextKind } from '@waxwing/protocol'
import type { NodeHistories, RememberingNode } from '../history/node-histories.ts'
import type { LazyNodeOptions, NodeOptions, NodeView } from './node-options.ts'
import { type Sniffers, sniffEvent } from './sniffers.ts'
import { type LoggedChange, type SourceChange, SourceLog } from './source-log.ts'
import { lazyView, type NodeHome, SourceNode } from './source-node.ts'
import type { LazyNodes, NodePage, SourceOptions } from './source-options.ts'

export type { LazyNodes, NodeIndex, NodePage, SourceOptions } from './source-options.ts'

/** What a source needs of its concentrator. */
export interface SourceWorld {
  now(): number
  /** Messages kept for one node. */
  readonly maxMessages: number
  /** Events kept of one source. */
  readonly maxEvents: number
  changed(source: Source, change: LoggedChange): void
  /** What nodes remember. */
  readonly histories: Pick<NodeHistories, 'put' | 'remove'>
  /** Fields of a node may have new values; no names: any. */
  valued(node: RememberingNode, names: readonly string[]): void
  report(fault: unknown): void
  /** Who listens to nodes of sources. */
  readonly listeners: Pick<Sniffers, 'noticed' | 'isSniffed'>
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
  #hasSniffable = false

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
      isSniffed: node => this.isSniffed(node.ref),
      altered: node => this.#world.histories.put(node),
      changed: (node, names) => this.#world.valued(node, names),
      sniffed: (node, kind, what) => this.sniffed(node.ref, kind, what),
      mayHaveChildren: () => (options.shape ?? 'tree') === 'tree',
      siblings: node => this.#siblings(node),
    }
  }

  /** Whether any of its nodes can be listened to, as far as they are known. */
  get hasSniffable(): boolean {
    return this.#hasSniffable
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

  /**
   * Says that fields of a node may have new values, so that subscribers hear of it at once, and it is remembered; no
   * names: any. Of nodes that are given by functions nothing is remembered unless it is said.
   */
  changed(ref: NodeRef, ...names: readonly string[]): void {
    const known = this.node(ref.id, ref.partition)
    if (known) return this.#world.valued(known, names)
    this.find(ref).then(
      view => view && this.#world.valued(view, names),
      (fault: unknown) => this.#world.report(fault),
    )
  }

  /** Whether somebody listens to a node: whether it is worth the while to tell what it says. */
  isSniffed(ref: NodeRef): boolean {
    return this.#world.listeners.isSniffed(this, ref)
  }

  /**
   * Tells those who listen to a node what it says to its device (`tx`), what that says (`rx`), or a remark. It is told as
   * it is given: leave out what is secret. Bytes that were received or sent are told as bytes, anything else as text.
   */
  sniffed(ref: NodeRef, kind: SniffTextKind, what: string | Uint8Array): void {
    this.#world.listeners.noticed(this, ref, sniffEvent(kind, what))
  }

  /** A node, wherever it comes from. */
  async find({ id, partition }: NodeRef): Promise<NodeView | undefined> {
    const { lazy } = this.options
    // An empty partition is none. XEP-0326 §5.1
    const part = partition === '' ? undefined : partition
    if (!lazy) return this.node(id, part)?.view
    const given = lazy.node({ id, source: this.id, partition: part })
    const found = given instanceof Promise ? await this.#world.within(given) : given
    return found && this.#lazily(found)
  }

  #lazily(options: LazyNodeOptions): NodeView {
    this.#hasSniffable ||= options.isSniffable === true
    return lazyView(this.id, options)
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
      found.push(this.#lazily(one))
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
    this.#world.histories.put(node)
    this.#nodes.set(key, node)
  }

  #renamed(node: SourceNode, old: NodeRef): void {
    this.#adopt(node)
    this.#nodes.delete(keyOf(old.id, old.partition))
  }

  #forget(node: SourceNode): void {
    this.#nodes.delete(keyOf(node.id, node.options.partition))
    this.#world.histories.remove(node)
    const siblings = this.#siblings(node)
    const at = siblings.indexOf(node)
    if (at >= 0) siblings.splice(at, 1)
  }

  #siblings({ parent }: SourceNode): SourceNode[] {
    return parent ? parent.ownChildren() : this.#roots
  }

  #told(change: SourceChange): void {
    this.#hasSniffable ||= change.view.options.isSniffable === true
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
