/** A node that a source keeps in memory. */
import {
  type NodeMessage,
  type NodeMessageType,
  type NodeRef,
  type NodeState,
  type SniffTextKind,
  timestampOf,
} from '@waxwing/protocol'
import type { LazyNodeOptions, NodeOptions, NodeView } from './node-options.ts'
import type { SourceChange } from './source-log.ts'

/** What a node needs of its source. */
export interface NodeHome {
  readonly id: string
  now(): number
  /** Messages kept for one node. */
  readonly maxMessages: number
  adopt(node: SourceNode): void
  renamed(node: SourceNode, old: NodeRef): void
  forget(node: SourceNode): void
  told(change: SourceChange): void
  /** It has other options than before. Throws `TypeError` for those that make no sense. */
  altered(node: SourceNode): void
  /** Its fields may have new values. */
  changed(node: SourceNode, names: readonly string[]): void
  isSniffed(node: SourceNode): boolean
  sniffed(node: SourceNode, kind: SniffTextKind, what: string | Uint8Array): void
  mayHaveChildren(): boolean
  /** The list in which a node stands. */
  siblings(node: SourceNode): SourceNode[]
}

/** What is known of something that is reported. */
export interface ReportOptions {
  /** A later report of the same event takes its place. */
  readonly eventId?: string
  /** Default: now. */
  readonly at?: Date
}

/** A node in memory, with what can be done to it while the thing runs; made by `add`. */
export class SourceNode {
  readonly #home: NodeHome
  readonly #parent: SourceNode | undefined
  #options: NodeOptions
  #lastChanged: number
  #children: SourceNode[] | undefined
  #messages: readonly NodeMessage[] = []
  #isSigned = true

  constructor(home: NodeHome, parent: SourceNode | undefined, options: NodeOptions) {
    this.#home = home
    this.#parent = parent
    this.#options = options
    this.#lastChanged = home.now()
  }

  get id(): string {
    return this.#options.id
  }

  get ref(): NodeRef & { readonly source: string } {
    const { id, partition } = this.#options
    return { id, source: this.#home.id, partition }
  }

  get options(): NodeOptions {
    return this.#options
  }

  get parent(): SourceNode | undefined {
    return this.#parent
  }

  /** In their order. */
  get children(): readonly SourceNode[] {
    return this.#children ?? []
  }

  get state(): NodeState {
    return stateOf(this.#messages, this.#isSigned)
  }

  /** As it is now. */
  get view(): NodeView {
    return {
      ref: this.ref,
      options: this.#options,
      parent: this.#parent?.ref,
      state: this.state,
      messages: this.#messages,
      lastChanged: new Date(this.#lastChanged),
      hasChildren: this.children.length > 0,
    }
  }

  /** The same with those above it, who may be gone when it is told. */
  get line(): NodeView {
    return { ...this.view, above: this.#parent?.line }
  }

  /** Adds a child behind the others. Throws `TypeError` when its id is taken, or the source is no tree. */
  add(options: NodeOptions): SourceNode {
    if (!this.#home.mayHaveChildren()) throw new TypeError(`Source ${this.#home.id} is no tree`)
    const node = new SourceNode(this.#home, this, options)
    this.#home.adopt(node)
    const siblings = this.ownChildren()
    const after = siblings.at(-1)?.ref
    siblings.push(node)
    this.#home.told({ kind: 'nodeAdded', view: node.line, after })
    return node
  }

  /** Changes what makes it; what is not named stays. Throws `TypeError` when a new id is taken. */
  update(change: Partial<NodeOptions>): void {
    const old = this.ref
    const options = { ...this.#options, ...change }
    const isRenamed = options.id !== old.id || options.partition !== old.partition
    const before = this.#options
    this.#options = options
    try {
      if (isRenamed) this.#home.renamed(this, old)
      else this.#home.altered(this)
    } catch (error) {
      this.#options = before
      throw error
    }
    this.touch(isRenamed ? old.id : undefined)
  }

  /**
   * Says that its fields may have new values, so that subscribers hear of it at once, and it is remembered; no names:
   * any.
   */
  changed(...names: readonly string[]): void {
    this.#home.changed(this, names)
  }

  /** Says that its parameters have new values. */
  touch(oldId?: string): void {
    this.#lastChanged = this.#home.now()
    this.#home.told({ kind: 'nodeUpdated', view: this.line, oldId })
  }

  /** Removes it with everything below it, the lowest first. */
  remove(): void {
    for (const child of this.children.toReversed()) child.remove()
    this.#home.forget(this)
    this.#home.told({ kind: 'nodeRemoved', view: this.line })
  }

  /** Moves it among its siblings. @returns whether it moved: at the edge it does not */
  move(direction: 'up' | 'down'): boolean {
    const siblings = this.#home.siblings(this)
    const at = siblings.indexOf(this)
    const to = direction === 'up' ? at - 1 : at + 1
    const other = siblings[to]
    if (at < 0 || !other) return false
    siblings[to] = this
    siblings[at] = other
    this.#home.told({ kind: direction === 'up' ? 'nodeMovedUp' : 'nodeMovedDown', view: this.line })
    return true
  }

  /** Something happened to it: its state follows. Who subscribes is told. */
  report(type: NodeMessageType, text: string, { eventId, at }: ReportOptions = {}): void {
    const message: NodeMessage = {
      at: timestampOf(at ?? new Date(this.#home.now())),
      type,
      eventId,
      text,
    }
    const others =
      eventId === undefined ? this.#messages : this.#messages.filter(one => one.eventId !== eventId)
    this.#messages = [...others, message].slice(-this.#home.maxMessages)
    this.#isSigned = false
    this.#stateChanged()
  }

  /** An operator has seen what was reported. */
  sign(): void {
    this.#isSigned = true
    this.#stateChanged()
  }

  /** What was reported is over: one event, or all. */
  clear(eventId?: string): void {
    this.#messages = eventId === undefined ? [] : this.#messages.filter(one => one.eventId !== eventId)
    this.#stateChanged()
  }

  /** Whether somebody listens to it. */
  get isSniffed(): boolean {
    return this.#home.isSniffed(this)
  }

  /** Tells those who listen; as that of its source. */
  sniffed(kind: SniffTextKind, what: string | Uint8Array): void {
    this.#home.sniffed(this, kind, what)
  }

  /** The list itself, for its source alone. */
  ownChildren(): SourceNode[] {
    return (this.#children ??= [])
  }

  #stateChanged(): void {
    this.#home.told({ kind: 'nodeStatusChanged', view: this.line })
  }
}

/** The worst of what was reported. XEP-0326 §5.6 */
function stateOf(messages: readonly NodeMessage[], isSigned: boolean): NodeState {
  const has = (type: NodeMessageType): boolean => messages.some(one => one.type === type)
  if (has('Error')) return isSigned ? 'ErrorSigned' : 'ErrorUnsigned'
  if (has('Warning')) return isSigned ? 'WarningSigned' : 'WarningUnsigned'
  return has('Information') ? 'Information' : 'None'
}

/** A node given by a function. */
export function lazyView(source: string, options: LazyNodeOptions): NodeView {
  const { id, partition, parent, state = 'None', messages = [], lastChanged, hasChildren = false } = options
  return {
    ref: { id, source, partition },
    options,
    parent: parent && { ...parent, source },
    state,
    messages,
    lastChanged,
    hasChildren,
  }
}
