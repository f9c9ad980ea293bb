/** The other side of concentrators: `for await (const node of concentrator(client, jid).walk()) …`. XEP-0326 */
import type { DataSourceInfo, NodeInfo, NodeRef } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { Asking, type ConcentratorClientOptions } from './asking.ts'
import { FieldDatabase } from './field-database.ts'
import { Following, type FollowOptions, type SourceNews } from './following.ts'
import { ConcentratorNode, type DetailOptions } from './node.ts'
import { NodeGroup } from './node-group.ts'
import { type WalkedNode, type WalkOptions, walkSource } from './walking.ts'

/** A database of a concentrator. */
export interface DatabaseInfo {
  readonly id: string
  /** For people. */
  readonly name: string
}

/** An index and a value in it. XEP-0326 §3.3.17 */
export interface IndexedValue {
  readonly source: string
  readonly index: string
  readonly value: string
}

/**
 * A concentrator as its client sees it. Nothing is sent before something is asked. Everything rejects with
 * `ConcentratorError` (condition `item-not-found` also for what we may not see), `NotSupportedError` for what it or its
 * generation cannot do, `UnreachableError`, `TimeoutError`, `JidError`, or the signal's reason.
 */
export class Concentrator {
  readonly #asking: Asking

  constructor(asking: Asking) {
    this.#asking = asking
  }

  /** Names of the operations that it says it has for us. Some have more than they say. */
  async capabilities(): Promise<ReadonlySet<string>> {
    return new Set((await this.#asking.ask('getCapabilities', {})).values)
  }

  /**
   * Its data sources that we may see, in one list.
   *
   * @param below only those below this source; `null`: only those that stand below none
   */
  async sources(below?: string | null): Promise<readonly DataSourceInfo[]> {
    if (below === undefined) return (await this.#asking.ask('getAllDataSources', {})).sources
    if (below === null) return (await this.#asking.ask('getRootDataSources', {})).sources
    return (await this.#asking.ask('getChildDataSources', { source: below })).sources
  }

  /**
   * Nodes, each followed by those below it. No more of the tree is held than a page for each level, and nothing is asked
   * for before the loop wants it.
   */
  async *walk(options: WalkOptions = {}): AsyncGenerator<WalkedNode, void, undefined> {
    const parent = options.parent === undefined ? undefined : this.#whole(options.parent)
    const known = options.source ?? parent?.source
    const sources = known === undefined ? (await this.sources()).map(({ source }) => source) : [known]
    for (const source of sources) {
      const ref = parent && { ...parent, source }
      // Nobody said where it is.
      if (ref && known === undefined && !(await this.node(ref).exists())) continue
      yield* walkSource(this.#asking, source, ref, options)
    }
  }

  /** One node, by its id, or with its source. Nothing is asked yet. */
  node(ref: NodeRef | string): ConcentratorNode {
    return new ConcentratorNode(this.#asking, this.#whole(ref))
  }

  /** Several nodes to be asked, told or edited at once. */
  together(nodes: readonly (NodeRef | string)[]): NodeGroup {
    return new NodeGroup(
      this.#asking,
      nodes.map(ref => this.#whole(ref)),
    )
  }

  /**
   * What happens in a source. Settles when it is subscribed, so that what is looked at after that cannot be outdated
   * unnoticed; it goes on over lost connections and restarts. Leaving the loop, or the signal, ends it.
   */
  async subscribe(options: FollowOptions): Promise<AsyncIterableIterator<SourceNews, undefined>> {
    options.signal?.throwIfAborted()
    const following = new Following(this.#asking, options)
    await following.begin()
    return following.feed
  }

  /** Names of the indices of a source; asked in the long family, which alone knows them. */
  async indices(source: string): Promise<readonly string[]> {
    return (await this.#asking.within('long').ask('getIndices', { source })).values
  }

  /** The values in an index; asked in the long family, which alone knows them. */
  async valuesOf(source: string, index: string): Promise<readonly string[]> {
    return (await this.#asking.within('long').ask('getAllIndexValues', { source, index })).values
  }

  /** Nodes that an index has for any of these values; asked in the long family, which alone knows them. */
  async find(
    indices: readonly IndexedValue[],
    { parameters = false, messages = false }: DetailOptions = {},
  ): Promise<readonly NodeInfo[]> {
    return (await this.#asking.within('long').ask('getNodesFromIndices', { indices, parameters, messages }))
      .nodes
  }

  /** Its databases that we may see. */
  async databases(): Promise<readonly DatabaseInfo[]> {
    const { databases } = await this.#asking.within('long').ask('getDatabases', {})
    return databases.map(({ database, name = database }) => ({ id: database, name }))
  }

  /** One of its databases. Nothing is asked yet. */
  database(id: string): FieldDatabase {
    return new FieldDatabase(this.#asking.within('long'), id, ref => this.#whole(ref))
  }

  #whole(ref: NodeRef | string): NodeRef {
    const { source } = this.#asking.options
    const { source: own = source, ...address } = typeof ref === 'string' ? { id: ref } : ref
    return own === undefined ? address : { ...address, source: own }
  }
}

/**
 * A concentrator that somebody else has.
 *
 * @param jid a full JID, or a bare one whose presence we see
 */
export function concentrator(
  client: ThingClient,
  jid: string,
  options: ConcentratorClientOptions = {},
): Concentrator {
  return new Concentrator(new Asking(client, jid, options))
}
