/** A part of what somebody sees of a concentrator, for people to choose from: a page of what stands below one place. */
import type { Jid } from '@waxwing/jid'
import type { NodeRef } from '@waxwing/protocol'
import { inLanguage } from './node-options.ts'
import type { Sight } from './sight.ts'
import type { Source } from './source.ts'

/** Above all sources; or a source; or a node. */
export interface Place {
  readonly source?: string
  readonly node?: NodeRef
}

/** Something that stands at a place. */
export interface Twig {
  readonly place: Place
  /** For people. */
  readonly name: string
  readonly hasMore: boolean
}

export interface Branch {
  /** Where one is; with the only source there is one is in it. */
  readonly at: Place
  /** For people. */
  readonly name: string
  /** The place above; absent: this is the top. */
  readonly above?: Place
  readonly twigs: readonly Twig[]
  /** Where the next page begins; absent: this is the last one. */
  readonly next?: string
}

/** Who looks. */
export interface Looker {
  readonly from: Jid
  readonly lang: string | undefined
}

/** Where it begins, as the page before said, and how much is wanted. */
export interface PageWanted {
  readonly begin: string | undefined
  readonly max: number
}

const noTokens = { service: [], device: [], user: [] }
const briefly = { parameters: false, messages: false }

/** @throws CommandError `item-not-found` for what somebody does not see */
export async function branchOf(
  sight: Sight,
  { from, lang }: Looker,
  { source: id, node }: Place,
  page: PageWanted,
): Promise<Branch> {
  const viewer = { from, lang, tokens: noTokens }
  const sources = await sight.sources(viewer)
  const [only] = sources
  if (node) {
    const found = await sight.node(viewer, node)
    const isAlone = sources.length === 1
    const { parent } = found.view
    const above = parent
      ? { node: { ...parent, source: found.source.id } }
      : isAlone
        ? {}
        : { source: found.source.id }
    const { id: nodeId } = found.view.ref
    return { ...(await nodesIn(found.source, found)), at: { node: found.view.ref }, name: nodeId, above }
  }
  if (id !== undefined || (only && sources.length === 1)) {
    const source = id === undefined ? only : await sight.source(viewer, id)
    if (source) {
      const at = { source: source.id }
      const name = inLanguage(source.options.name ?? source.id, lang)
      const above = sources.length > 1 ? { above: {} } : {}
      return { ...(await nodesIn(source)), at, name, ...above }
    }
  }
  return { at: {}, name: '', twigs: sources.map(twigOf) }

  function twigOf(source: Source): Twig {
    const name = inLanguage(source.options.name ?? source.id, lang)
    return { place: { source: source.id }, name, hasMore: true }
  }

  async function nodesIn(
    source: Source,
    below?: Awaited<ReturnType<Sight['node']>>,
  ): Promise<Pick<Branch, 'twigs' | 'next'>> {
    const { views, last, count } = await sight.children(viewer, source, below?.view, page.begin, page.max)
    const twigs: Twig[] = []
    for (const view of views) {
      const { displayName = view.ref.id, hasChildren } = await sight.info(viewer, source, view, briefly)
      const name = displayName === view.ref.id ? displayName : `${displayName} (${view.ref.id})`
      twigs.push({ place: { node: view.ref }, name, hasMore: hasChildren })
    }
    return count === undefined && last !== undefined ? { twigs, next: last } : { twigs }
  }
}
