/** What somebody sees of a concentrator: sources and nodes, and what is told of them. */
import type { Jid } from '@waxwing/jid'
import {
  type DataSourceInfo,
  type NodeDetail,
  type NodeInfo,
  type NodeParameter,
  type NodeRef,
  timestampOf,
} from '@waxwing/protocol'
import type { DeclaredField } from '../field-types.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import { type Caller, notFound, tooMuch } from './call.ts'
import { inLanguage, type NodeView } from './node-options.ts'
import type { ConcentratorLimits, ConcentratorOptions } from './options.ts'
import { placeIn, placeOf } from './page-place.ts'
import { parameterKinds } from './parameter-kinds.ts'
import type { Source } from './source.ts'

export interface SightWorld {
  readonly sources: ReadonlyMap<string, Source>
  readonly maySee: ConcentratorOptions['maySee']
  readonly limits: ConcentratorLimits
  readonly reads: SharedReads
  /** Whether somebody may see everything where nothing else is said. */
  isTrusted(from: Jid): boolean
  fault(error: unknown): void
}

type Viewer = Pick<Caller, 'from' | 'tokens'>

/** Children with the place to go on behind the last of them. */
export interface SeenPage {
  readonly views: readonly NodeView[]
  /** Absent: there is nothing in it. */
  readonly last: string | undefined
  /** How many there are in all; known at the end alone. */
  readonly count: number | undefined
}

export class Sight {
  readonly #world: SightWorld
  /** The node of a source that was looked at last: it stands in for those that are not there. */
  readonly #last = new WeakMap<Source, NodeView>()

  constructor(world: SightWorld) {
    this.#world = world
  }

  /** Those of some sources that somebody sees. */
  async sources(viewer: Viewer, among: Iterable<Source> = this.#world.sources.values()): Promise<Source[]> {
    const seen: Source[] = []
    for (const source of among) if (await this.#seesSource(viewer, source)) seen.push(source)
    return seen
  }

  /** Throws `item-not-found`. */
  async source(viewer: Viewer, id: string): Promise<Source> {
    const source = this.#world.sources.get(id)
    if (!source) await this.#asIfHidden(viewer)
    if (!source || !(await this.#seesSource(viewer, source))) throw notFound()
    return source
  }

  /** The sources below one; roots for `undefined`. */
  sourcesBelow(parent: Source | undefined): readonly Source[] {
    return [...this.#world.sources.values()].filter(({ options }) => options.parent === parent)
  }

  /** A source below one that is hidden is hidden. */
  async #seesSource(viewer: Viewer, source: Source): Promise<boolean> {
    let isSeen = true
    // All the way up: how far up something is hidden must not be told by the time it takes.
    for (let one: Source | undefined = source; one; one = one.options.parent)
      if (!(await this.#may(viewer, { source: one.id }))) isSeen = false
    return isSeen
  }

  /** A node; where no source is named, of the first that has it. */
  async find(viewer: Viewer, ref: NodeRef): Promise<{ source: Source; view: NodeView } | undefined> {
    const named = ref.source === undefined ? undefined : this.#world.sources.get(ref.source)
    const among = ref.source === undefined ? this.#world.sources.values() : named ? [named] : []
    for (const source of await this.sources(viewer, among)) {
      const view = await this.#found(viewer, source, ref)
      if (view) return { source, view }
    }
    if (ref.source !== undefined && !named) await this.#asIfHidden(viewer)
    return undefined
  }

  /** A node that somebody sees. What is hidden takes as long as what is not there: the same is done for both. */
  async #found(viewer: Viewer, source: Source, ref: NodeRef): Promise<NodeView | undefined> {
    const view = await source.find(ref)
    if (!this.#world.maySee) return view
    const looked = view ?? (await this.#standIn(source))
    if (!looked) return undefined
    this.#last.set(source, looked)
    return (await this.#seesNode(viewer, source, looked)) ? view : undefined
  }

  /** Some node that is there. */
  async #standIn(source: Source): Promise<NodeView | undefined> {
    const last = this.#last.get(source)
    if (last) return last
    const [first] = (await source.children(undefined, undefined, 1)) ?? []
    return first
  }

  /** A source that is not there takes as long as one that is hidden. */
  async #asIfHidden(viewer: Viewer): Promise<void> {
    const [any] = this.#world.sources.values()
    if (any) await this.#seesSource(viewer, any)
  }

  /** Throws `item-not-found`. */
  async node(viewer: Viewer, ref: NodeRef): Promise<{ source: Source; view: NodeView }> {
    const found = await this.find(viewer, ref)
    if (!found) throw notFound()
    return found
  }

  /** All of them. Throws `item-not-found`, or `resource-constraint` when there are too many. */
  async nodes(viewer: Viewer, refs: readonly NodeRef[]): Promise<{ source: Source; view: NodeView }[]> {
    this.mustBeFew(refs)
    const found: { source: Source; view: NodeView }[] = []
    for (const ref of refs) found.push(await this.node(viewer, ref))
    return found
  }

  mustBeFew(refs: readonly unknown[]): void {
    const { nodes } = this.#world.limits
    if (refs.length > nodes) throw tooMuch(`Name at most ${nodes} nodes at once`)
  }

  /** Whether somebody sees a node of a source, also one that has been removed. */
  async sees(viewer: Viewer, source: Source, view: NodeView): Promise<boolean> {
    return (await this.#seesSource(viewer, source)) && this.#seesNode(viewer, source, view)
  }

  /** A node below one that is hidden is hidden, and so is one whose place nobody knows. */
  async #seesNode(viewer: Viewer, source: Source, view: NodeView): Promise<boolean> {
    if (!this.#world.maySee) return true
    let one: NodeView | undefined = view
    let isSeen = true
    // All the way up, as for sources.
    for (let level = 0; one && level < this.#world.limits.depth; level++) {
      if (!(await this.#maySee(viewer, one))) isSeen = false
      if (one.parent === undefined) return isSeen
      one = one.above ?? (await source.find(one.parent))
    }
    return false
  }

  #maySee(viewer: Viewer, { ref, options }: NodeView): Promise<boolean> {
    return this.#may(viewer, { source: ref.source, node: ref, type: options.type })
  }

  async #may(
    { from, tokens }: Viewer,
    what: { readonly source: string; readonly node?: NodeRef; readonly type?: string | undefined },
  ): Promise<boolean> {
    const { maySee } = this.#world
    if (!maySee) return this.#world.isTrusted(from)
    try {
      const given = maySee({ from, tokens, ...what })
      return given instanceof Promise ? await this.#world.reads.within(given) : given
    } catch (error) {
      this.#world.fault(error)
      return false
    }
  }

  /**
   * Children somebody sees, or roots; at most `max`, those behind the end of another page. No more is held than that.
   *
   * @param end as it was told with that page. Throws `item-not-found` for what is none
   */
  async children(
    viewer: Viewer,
    source: Source,
    parent: NodeView | undefined,
    end: string | undefined,
    max: number,
  ): Promise<SeenPage> {
    const { before, last: told } = placeIn(end)
    let behind = told && (await this.#findEnd(viewer, source, told))
    // What is gone is where it was: as many as were told are counted anew.
    let toSkip = behind ? 0 : before
    const views: NodeView[] = []
    let last: string | undefined
    for (;;) {
      // One more than wanted, to know whether it is the last page.
      const wanted = max + 1 - views.length + toSkip
      const found = await source.children(parent, behind, wanted)
      if (!found) {
        behind = undefined
        toSkip = before + views.length
        continue
      }
      for (const view of found) {
        behind = view.ref
        if (this.#world.maySee && !(await this.#maySee(viewer, view))) continue
        if (toSkip > 0) {
          toSkip--
          continue
        }
        if (views.length === max) return { views, last, count: undefined }
        views.push(view)
        last = placeOf(before + views.length, view.ref)
      }
      if (found.length < wanted) return { views, last, count: before + views.length - toSkip }
    }
  }

  /** The end of a page, if it can still be seen: what cannot must not be told from what is not there. */
  async #findEnd(viewer: Viewer, source: Source, ref: NodeRef): Promise<NodeRef | undefined> {
    const isLazy = source.options.lazy !== undefined
    if (isLazy && !this.#world.maySee) return ref
    const view = await this.#found(viewer, source, ref)
    if (view) return view.ref
    // Of nodes in memory some are counted anew; of a million others that would take too long.
    if (isLazy) throw notFound()
    return undefined
  }

  sourceInfo({ lang }: Pick<Caller, 'lang'>, source: Source, below: readonly Source[]): DataSourceInfo {
    return {
      source: source.id,
      name: inLanguage(source.options.name ?? source.id, lang),
      hasChildren: below.length > 0,
      // It would tell that something happens to nodes that are not seen.
      lastChanged: this.#world.maySee ? undefined : timestampOf(source.lastChanged),
    }
  }

  /** What is told of a node. */
  async info(
    viewer: Viewer & Pick<Caller, 'lang'>,
    source: Source,
    view: NodeView,
    detail: NodeDetail,
  ): Promise<NodeInfo> {
    const { ref, options, parent, state, messages, lastChanged } = view
    const fields = Object.values(options.fields ?? {})
    return {
      ...ref,
      displayName: options.name === undefined ? undefined : inLanguage(options.name, viewer.lang),
      nodeType: options.type,
      localId: options.localId,
      logId: options.logId,
      state,
      hasChildren: await this.#hasChildren(viewer, source, view),
      childrenOrdered: options.childrenOrdered ?? false,
      isReadable: fields.length > 0,
      isControllable: fields.some(({ parameter }) => parameter !== undefined),
      hasCommands: Object.keys(options.commands ?? {}).length > 0,
      ...(options.isSniffable === true ? { isSniffable: true } : {}),
      parentId: parent?.id,
      parentPartition: parent?.partition,
      lastChanged: lastChanged && timestampOf(lastChanged),
      parameters: detail.parameters ? await this.parameters(options.parameters ?? {}) : [],
      messages: detail.messages ? messages : [],
    }
  }

  async #hasChildren(viewer: Viewer, source: Source, view: NodeView): Promise<boolean> {
    if (!view.hasChildren || !this.#world.maySee) return view.hasChildren
    const { views } = await this.children(viewer, source, view, undefined, 1)
    return views.length > 0
  }

  /** Values now; what cannot be read is left out. */
  async parameters(declared: Readonly<Record<string, DeclaredField>>): Promise<readonly NodeParameter[]> {
    const all = await Promise.all(
      Object.entries(declared).map(async ([id, field]) => this.#parameter(id, field)),
    )
    return all.filter(one => one !== undefined)
  }

  async #parameter(id: string, field: DeclaredField): Promise<NodeParameter | undefined> {
    const outcome = await this.#world.reads.read(field)
    if (outcome.kind !== 'sample') return undefined
    const { value } = outcome.sample
    const unit = value.kind === 'quantity' && value.unit !== undefined ? ` (${value.unit})` : ''
    const name = `${inLanguage(field.input.label ?? id, undefined)}${unit}`
    const isColor = field.input.kind === 'color' && /^[0-9A-Fa-f]{6}$/.test(value.text)
    return { kind: isColor ? 'color' : parameterKinds[value.kind], id, name, value: value.text }
  }
}
