/** What makes a node of a concentrator: fields, parameters, commands, and what may be created below it. */
import type { Jid } from '@waxwing/jid'
import type { NodeMessage, NodeRef, NodeState, ReadoutTokens, SensorValue } from '@waxwing/protocol'
import type { DeclaredField } from '../field-types.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { QueryReport } from './query-report.ts'

/** A text for people: the same for all, or by language; then the first one is for those who speak none of them. */
export type Localized = string | Readonly<Record<string, string>>

/** The text for a language such as `de` or `de-AT`. */
export function inLanguage(text: Localized, lang: string | undefined): string {
  if (typeof text === 'string') return text
  const known = new Map(Object.entries(text).map(([tag, one]) => [tag.toLowerCase(), one]))
  const wanted = (lang ?? '').toLowerCase()
  const [primary = ''] = wanted.split('-')
  return known.get(wanted) ?? known.get(primary) ?? known.values().next().value ?? ''
}

/** Who acts on a node. */
export interface NodeCall {
  readonly from: Jid
  readonly tokens: ReadoutTokens
  /** The language they would like; absent: any. */
  readonly lang: string | undefined
  /** The node acted on; of a creation the one it will stand below. */
  readonly node: NodeRef
}

/** What was filled in, by the type of each field; a field without value is told by what its `read` gives. */
export type ValuesOf<F extends DeclaredFields> = {
  readonly [N in keyof F]: F[N] extends DeclaredField<infer K>
    ? NonNullable<Extract<SensorValue, { readonly kind: K }>['value']>
    : never
}

/** What a node can be told to do; made by `command` and `query`. */
export interface NodeAction {
  readonly type: 'command' | 'query'
  readonly name: Localized
  /** What must be filled in first. */
  readonly arguments: DeclaredFields
  readonly sortCategory?: string | undefined
  readonly sortKey?: string | undefined
  /** To be answered with yes before. */
  readonly confirmation?: Localized | undefined
  readonly failure?: Localized | undefined
  readonly success?: Localized | undefined
  /** Throws to refuse it before anything is done; absent: there is nothing to refuse. */
  readonly check?: (call: NodeCall, values: Readonly<Record<string, unknown>>) => Promise<void>
  /** Values have been read by their declarations. */
  run(call: NodeCall, values: Readonly<Record<string, unknown>>, report?: QueryReport): Promise<void>
}

/** How a command or a query is shown. */
export interface ActionLook<F extends DeclaredFields> {
  /** Default: its id. */
  readonly name?: Localized
  readonly arguments?: F
  readonly sortCategory?: string
  readonly sortKey?: string
  readonly confirmation?: Localized
  readonly failure?: Localized
  readonly success?: Localized
}

/** What makes a command. */
export interface CommandSource<F extends DeclaredFields> extends ActionLook<F> {
  /** As that of a query. */
  check?(call: NodeCall & { readonly values: ValuesOf<F> }): void | Promise<void>
  /**
   * Does it; settles when it is done. Throw a `WriteError` to tell who asks what went wrong, or an `InputError` to tell
   * what is wrong with which argument.
   */
  run(call: NodeCall & { readonly values: ValuesOf<F> }): void | Promise<void>
}

/** What makes a query. */
export interface QuerySource<F extends DeclaredFields> extends ActionLook<F> {
  /**
   * Throws as a command does, before anything is done to any of the nodes. What is wrong with the arguments is wrong for
   * all of them; anything else for its node alone.
   */
  check?(call: NodeCall & { readonly values: ValuesOf<F> }): void | Promise<void>
  /**
   * Tells what it finds by the report; it is done when this settles. Stop when `report.signal` is aborted: nothing is
   * told any more. Throws as a command does.
   */
  run(call: NodeCall & { readonly values: ValuesOf<F>; readonly report: QueryReport }): void | Promise<void>
}

const noArguments: DeclaredFields = {}

/** Something a node does at once: `command({ name: 'Knock', run: () => door.knock() })`. */
export function command<const F extends DeclaredFields = Record<never, DeclaredField>>(
  source: CommandSource<F>,
): NodeAction {
  return {
    ...source,
    type: 'command',
    name: source.name ?? '',
    arguments: source.arguments ?? noArguments,
    check: async (call, values) => source.check?.({ ...call, values: values as ValuesOf<F> }),
    // What the arguments' declarations have read is what their types say.
    run: async (call, values) => source.run({ ...call, values: values as ValuesOf<F> }),
  }
}

/** Something a node finds out, and tells while it does. */
export function query<const F extends DeclaredFields = Record<never, DeclaredField>>(
  source: QuerySource<F>,
): NodeAction {
  return {
    ...source,
    type: 'query',
    name: source.name ?? '',
    arguments: source.arguments ?? noArguments,
    check: async (call, values) => source.check?.({ ...call, values: values as ValuesOf<F> }),
    run: async (call, values, report) => {
      if (report) await source.run({ ...call, values: values as ValuesOf<F>, report })
    },
  }
}

/** A type of nodes that others may create; made by `nodeType`. */
export interface CreatableType {
  readonly name: Localized
  readonly parameters: DeclaredFields
  create(call: NodeCall, values: Readonly<Record<string, unknown>>): Promise<NodeOptions>
}

/** What makes a type of nodes. */
export interface TypeSource<F extends DeclaredFields> {
  readonly name: Localized
  readonly parameters: F
  /** Makes the node; throws as a command does. */
  create(call: NodeCall & { readonly values: ValuesOf<F> }): NodeOptions | Promise<NodeOptions>
}

/** A type of nodes that others may create below a node. */
export function nodeType<const F extends DeclaredFields>(source: TypeSource<F>): CreatableType {
  return {
    name: source.name,
    parameters: source.parameters,
    create: async (call, values) => source.create({ ...call, values: values as ValuesOf<F> }),
  }
}

/** What makes a node: its address, and what there is to it. */
export interface NodeOptions extends NodeRef {
  /** Must be that of its source, or absent. */
  readonly source?: string | undefined
  /** For programs. */
  readonly type?: string | undefined
  /** Types that `type` is derived from, the nearest first. */
  readonly baseClasses?: readonly string[] | undefined
  readonly interfaces?: readonly string[] | undefined
  /** Absent: people see the id. */
  readonly name?: Localized | undefined
  /** Its id among its siblings. */
  readonly localId?: string | undefined
  /** Its id in logs. */
  readonly logId?: string | undefined
  /** Whether the order of its children says something; then others may move them. */
  readonly childrenOrdered?: boolean | undefined
  /** Whether others may listen to what it says to its device; then `sniffed` tells that. */
  readonly isSniffable?: boolean | undefined
  /** What can be read, and set if it has a `write`. */
  readonly fields?: DeclaredFields | undefined
  /** What is told of it, and edited if it has a `write`. */
  readonly parameters?: DeclaredFields | undefined
  readonly commands?: Readonly<Record<string, NodeAction>> | undefined
  /** Types that others may create below it. */
  readonly types?: Readonly<Record<string, CreatableType>> | undefined
  /** Removes whatever it stands for; absent: others cannot destroy it. */
  destroy?(call: NodeCall): void | Promise<void>
}

/** A node as functions give it, with what an object would know of it. */
export interface LazyNodeOptions extends NodeOptions {
  /** Absent: it is a root. */
  readonly parent?: NodeRef | undefined
  readonly hasChildren?: boolean | undefined
  /** Default: `None`. */
  readonly state?: NodeState | undefined
  readonly messages?: readonly NodeMessage[] | undefined
  readonly lastChanged?: Date | undefined
}

/** A node as it was at a moment. */
export interface NodeView {
  /** With its source. */
  readonly ref: NodeRef & { readonly source: string }
  readonly options: NodeOptions
  readonly parent: NodeRef | undefined
  /** Its parent as it was then; absent: look for it. */
  readonly above?: NodeView | undefined
  readonly state: NodeState
  /** The newest last. */
  readonly messages: readonly NodeMessage[]
  readonly lastChanged: Date | undefined
  readonly hasChildren: boolean
}

/** What is wrong with what was filled in, by the names of the fields. Throw it from commands and creations. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly faults: Readonly<Record<string, string>>

  constructor(faults: Readonly<Record<string, string>>) {
    super(Object.values(faults).join(' '))
    this.faults = faults
  }
}
