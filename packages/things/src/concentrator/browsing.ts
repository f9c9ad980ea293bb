/** The operations that look at sources and nodes. XEP-0326 §3.2, §3.3 */
import type { NodeDetail, NodeInfo, ResultSet } from '@waxwing/protocol'
import { type Caller, type Handlers, notFound, notImplemented, tooMuch } from './call.ts'
import type { NodeView } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Sight } from './sight.ts'
import type { NodeIndex, Source } from './source.ts'
import { weightOf } from './weight.ts'

type Found = readonly { readonly source: Source; readonly view: NodeView }[]

const walkInstead = 'That is too much for one answer: walk the tree, or ask for less of its nodes'

export class Browsing {
  readonly #sight: Sight
  readonly #limits: ConcentratorLimits

  constructor(sight: Sight, limits: ConcentratorLimits) {
    this.#sight = sight
    this.#limits = limits
  }

  readonly handlers: Handlers = {
    getAllDataSources: async (_, caller) => this.#sources(caller, await this.#sight.sources(caller)),
    getRootDataSources: async (_, caller) =>
      this.#sources(caller, await this.#sight.sources(caller, this.#sight.sourcesBelow(undefined))),
    getChildDataSources: async ({ source }, caller) => {
      const parent = await this.#sight.source(caller, source)
      return this.#sources(caller, await this.#sight.sources(caller, this.#sight.sourcesBelow(parent)))
    },
    containsNode: async (ref, caller) => ({ found: (await this.#sight.find(caller, ref)) !== undefined }),
    containsNodes: async ({ nodes }, caller) => {
      this.#sight.mustBeFew(nodes)
      const each: boolean[] = []
      for (const ref of nodes) each.push((await this.#sight.find(caller, ref)) !== undefined)
      return { each }
    },
    getNode: async (asked, caller) => {
      const { nodes } = await this.told(caller, [await this.#sight.node(caller, asked)], asked)
      return { node: nodes[0] }
    },
    getNodes: async (asked, caller) => this.told(caller, await this.#sight.nodes(caller, asked.nodes), asked),
    getAllNodes: async (asked, caller) => {
      const source = await this.#sight.source(caller, asked.source)
      return this.told(caller, await this.#all(caller, source, asked.derivedFrom), asked)
    },
    getNodeInheritance: async (asked, caller) => {
      const { baseClasses = [], interfaces = [] } = (await this.#sight.node(caller, asked)).view.options
      return { baseClasses, interfaces }
    },
    getRootNodes: async (asked, caller) => {
      const source = await this.#sight.source(caller, asked.source)
      return this.#children(caller, source, undefined, asked)
    },
    getChildNodes: async (asked, caller) => {
      const { source, view } = await this.#sight.node(caller, asked)
      if (asked.order.length === 0 || asked.page) return this.#children(caller, source, view, asked)
      const { nodes } = await this.#children(caller, source, view, { ...asked, parameters: true })
      const inOrder = sorted(nodes, asked.order)
      return { nodes: asked.parameters ? inOrder : inOrder.map(one => ({ ...one, parameters: [] })) }
    },
    getAncestors: async (asked, caller) => {
      const { source, view } = await this.#sight.node(caller, asked)
      const line = await this.#ancestors(source, view)
      return this.told(
        caller,
        line.map(one => ({ source, view: one })),
        asked,
      )
    },
    getIndices: async (asked, caller) => {
      const { options } = await this.#sight.source(caller, asked.source)
      return { values: Object.keys(options.indices ?? {}) }
    },
    getNodesFromIndex: async (asked, caller) => this.#fromIndices(caller, [asked], asked),
    getNodesFromIndices: async (asked, caller) => this.#fromIndices(caller, asked.indices, asked),
    getAllIndexValues: async (asked, caller) => {
      const source = await this.#sight.source(caller, asked.source)
      const values: string[] = []
      for (const value of await indexOf(source, asked.index).values()) {
        if (values.length === this.#limits.page) throw tooMuch('There are too many values for one answer')
        values.push(value)
      }
      return { values }
    },
  }

  async #sources(
    caller: Caller,
    seen: readonly Source[],
  ): Promise<{ sources: ReturnType<Sight['sourceInfo']>[] }> {
    const sources: ReturnType<Sight['sourceInfo']>[] = []
    for (const source of seen) {
      const below = await this.#sight.sources(caller, this.#sight.sourcesBelow(source))
      sources.push(this.#sight.sourceInfo(caller, source, below))
    }
    return { sources }
  }

  /** Everything about some nodes, in one answer. Throws `resource-constraint`. */
  async told(caller: Caller, found: Found, detail: NodeDetail): Promise<{ nodes: NodeInfo[] }> {
    const nodes: NodeInfo[] = []
    let weight = 0
    for (const { source, view } of found) {
      const info = await this.#sight.info(caller, source, view, detail)
      weight += weightOf(info)
      if (weight > this.#limits.answerSize) throw tooMuch(walkInstead)
      nodes.push(info)
    }
    return { nodes }
  }

  async #children(
    caller: Caller,
    source: Source,
    parent: NodeView | undefined,
    asked: NodeDetail & { readonly page?: ResultSet | undefined },
  ): Promise<{ nodes: NodeInfo[]; page?: ResultSet }> {
    const { page } = asked
    if (page?.before !== undefined || page?.index !== undefined)
      throw notImplemented('Pages begin behind a node')
    const max = Math.min(page?.max ?? this.#limits.page, this.#limits.page)
    const seen = await this.#sight.children(caller, source, parent, page?.after, max)
    if (!page) {
      if (seen.count === undefined) throw tooMuch('There are too many nodes for one answer: ask for pages')
      return this.told(caller, pairs(source, seen.views), asked)
    }
    const nodes: NodeInfo[] = []
    let weight = 0
    for (const view of seen.views) {
      const info = await this.#sight.info(caller, source, view, asked)
      weight += weightOf(info)
      // What does not fit begins the next page.
      if (weight > this.#limits.answerSize && nodes.length === 0) throw tooMuch(walkInstead)
      if (weight > this.#limits.answerSize)
        return this.#children(caller, source, parent, { ...asked, page: { ...page, max: nodes.length } })
      nodes.push(info)
    }
    return { nodes, page: { last: seen.last, count: seen.count } }
  }

  /** Everything somebody sees in a source, if that is not too much. */
  async #all(caller: Caller, source: Source, derivedFrom: readonly string[]): Promise<Found> {
    const { page, depth } = this.#limits
    const kept: NodeView[] = []
    let looked = 0
    const below = async (parent: NodeView | undefined, level: number): Promise<void> => {
      const { views, count } = await this.#sight.children(caller, source, parent, undefined, page)
      looked += views.length
      if (count === undefined || looked > page || level > depth) throw tooMuch(walkInstead)
      for (const view of views) {
        if (isDerived(view, derivedFrom)) kept.push(view)
        if (view.hasChildren) await below(view, level + 1)
      }
    }
    await below(undefined, 1)
    return pairs(source, kept)
  }

  /** The node and those above it. */
  async #ancestors(source: Source, view: NodeView): Promise<readonly NodeView[]> {
    const line: NodeView[] = []
    let one: NodeView | undefined = view
    while (one) {
      if (line.length === this.#limits.depth) throw tooMuch('The tree is too deep')
      line.push(one)
      one = one.parent && (await source.find(one.parent))
    }
    return line
  }

  async #fromIndices(
    caller: Caller,
    refs: readonly { readonly source: string; readonly index: string; readonly value: string }[],
    detail: NodeDetail,
  ): Promise<{ nodes: NodeInfo[] }> {
    this.#sight.mustBeFew(refs)
    const found: { source: Source; view: NodeView }[] = []
    for (const { source: id, index, value } of refs) {
      const source = await this.#sight.source(caller, id)
      for (const ref of await indexOf(source, index).find(value)) {
        if (found.length === this.#limits.page) throw tooMuch(walkInstead)
        const one = await this.#sight.find(caller, { ...ref, source: id })
        if (one) found.push(one)
      }
    }
    return this.told(caller, found, detail)
  }
}

function pairs(source: Source, views: readonly NodeView[]): Found {
  return views.map(view => ({ source, view }))
}

function indexOf({ options: { indices = {} } }: Source, name: string): NodeIndex {
  const index = Object.hasOwn(indices, name) ? indices[name] : undefined
  if (!index) throw notFound()
  return index
}

/** All that are named must be among what a node is. XEP-0326 §3.3.9 */
function isDerived({ options }: NodeView, names: readonly string[]): boolean {
  const { type, baseClasses = [], interfaces = [] } = options
  return names.every(name => name === type || baseClasses.includes(name) || interfaces.includes(name))
}

/** By parameters as they were told; numbers as numbers. Nodes without such a parameter come last. */
function sorted(
  nodes: readonly NodeInfo[],
  order: readonly { readonly parameter: string; readonly ascending: boolean }[],
): readonly NodeInfo[] {
  const valueOf = (node: NodeInfo, id: string): string | undefined =>
    node.parameters.find(one => one.id === id)?.value
  const compare = (a: string | undefined, b: string | undefined): number => {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    const difference = Number(a) - Number(b)
    return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference
  }
  return nodes.toSorted((a, b) => {
    for (const { parameter, ascending } of order) {
      const result = compare(valueOf(a, parameter), valueOf(b, parameter))
      if (result !== 0) return ascending ? result : -result
    }
    return 0
  })
}
