/** The operations that change nodes: their parameters, their order, and which there are. XEP-0326 §3.3.23–26, §3.4, §3.5 */
import {
  type ConcentratorOperation,
  type DataForm,
  type NodeInfo,
  type NodeRef,
  stanzaError,
} from '@waxwing/protocol'
import { CommandError } from '../control/command.ts'
import { WriteError } from '../control/parameters.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { Browsing } from './browsing.ts'
import {
  badRequest,
  type Caller,
  type Handlers,
  notAllowed,
  notFound,
  notImplemented,
  refusalIn,
} from './call.ts'
import { callOf, type Managing } from './managing.ts'
import {
  common,
  type Entry,
  edited,
  editForm,
  Faults,
  filled,
  givenIn,
  inputForm,
  inputs,
  refusedForm,
  sendable,
  sessionIn,
} from './node-forms.ts'
import { type CreatableType, inLanguage, type NodeView } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Sight } from './sight.ts'
import type { Source } from './source.ts'

interface Placed {
  readonly source: Source
  readonly view: NodeView
}

export class Editing {
  readonly #sight: Sight
  readonly #browsing: Browsing
  readonly #managing: Managing
  readonly #reads: SharedReads
  readonly #limits: ConcentratorLimits
  readonly #zone: number

  constructor(
    sight: Sight,
    browsing: Browsing,
    managing: Managing,
    reads: SharedReads,
    limits: ConcentratorLimits,
    zone: number,
  ) {
    this.#sight = sight
    this.#browsing = browsing
    this.#managing = managing
    this.#reads = reads
    this.#limits = limits
    this.#zone = zone
  }

  readonly handlers: Handlers = {
    moveNodeUp: async (ref, caller) => this.#move(caller, 'moveNodeUp', [ref], 'up'),
    moveNodeDown: async (ref, caller) => this.#move(caller, 'moveNodeDown', [ref], 'down'),
    moveNodesUp: async ({ nodes }, caller) => this.#move(caller, 'moveNodesUp', nodes, 'up'),
    moveNodesDown: async ({ nodes }, caller) => this.#move(caller, 'moveNodesDown', nodes, 'down'),
    getNodeParametersForEdit: async (ref, caller) => {
      const { view } = await this.#managed(caller, 'getNodeParametersForEdit', ref)
      const fields = await filled(this.#reads, view.options.parameters ?? {})
      return { form: sendable(editForm(titleOf(view, caller), fields, sessionOf(view)), this.#limits) }
    },
    setNodeParametersAfterEdit: async ({ form, ...ref }, caller) => {
      const placed = await this.#managed(caller, 'setNodeParametersAfterEdit', ref)
      return this.#set(caller, 'setNodeParametersAfterEdit', [placed], form)
    },
    getCommonNodeParametersForEdit: async ({ nodes }, caller) => {
      const placed = await this.#allManaged(caller, 'getCommonNodeParametersForEdit', nodes)
      const all = await Promise.all(
        placed.map(async ({ view }) => filled(this.#reads, editable(view, placed.length))),
      )
      const titles = placed.slice(0, 3).map(({ view }) => titleOf(view, caller))
      const title = (placed.length > 3 ? [...titles, '...'] : titles).join(', ')
      return { form: sendable(editForm(title, common(all), undefined), this.#limits) }
    },
    setCommonNodeParametersAfterEdit: async ({ nodes, form }, caller) =>
      this.#set(
        caller,
        'setCommonNodeParametersAfterEdit',
        await this.#allManaged(caller, 'setCommonNodeParametersAfterEdit', nodes),
        form,
      ),
    getAddableNodeTypes: async (ref, caller) => {
      const { view } = await this.#managed(caller, 'getAddableNodeTypes', ref)
      const types = Object.entries(view.options.types ?? {})
      return { types: types.map(([type, { name }]) => ({ type, name: inLanguage(name, caller.lang) })) }
    },
    getParametersForNewNode: async ({ type, ...ref }, caller) => {
      const { view } = await this.#managed(caller, 'getParametersForNewNode', ref)
      const [, { name, parameters }] = typeOf(view, type)
      const form = inputForm(inLanguage(name, caller.lang), await filled(this.#reads, parameters))
      return { form: sendable(form, this.#limits) }
    },
    createNewNode: async ({ type, form, ...ref }, caller) => {
      const placed = await this.#managed(caller, 'createNewNode', ref)
      return this.#create(caller, placed, typeOf(placed.view, type), form)
    },
    destroyNode: async (ref, caller) => {
      await this.#destroy(caller, await this.#managed(caller, 'destroyNode', ref))
      return {}
    },
  }

  async #managed(caller: Caller, operation: ConcentratorOperation, ref: NodeRef): Promise<Placed> {
    const placed = await this.#sight.node(caller, ref)
    await this.#managing.must(caller, operation, [placed.view])
    return placed
  }

  async #allManaged(
    caller: Caller,
    operation: ConcentratorOperation,
    refs: readonly NodeRef[],
  ): Promise<readonly Placed[]> {
    if (refs.length === 0) throw badRequest('Name the nodes')
    const placed = await this.#sight.nodes(caller, refs)
    await this.#managing.must(
      caller,
      operation,
      placed.map(({ view }) => view),
    )
    return placed
  }

  /** XEP-0326 §3.3.23–26 */
  async #move(
    caller: Caller,
    operation: ConcentratorOperation,
    refs: readonly NodeRef[],
    direction: 'up' | 'down',
  ): Promise<Record<never, never>> {
    const placed = await this.#allManaged(caller, operation, refs)
    const views = (source: Source): readonly NodeView[] =>
      placed.filter(one => one.source === source).map(({ view }) => view)
    for (const source of new Set(placed.map(one => one.source))) {
      const [first, ...others] = views(source)
      if (!first) continue
      await this.#managing.record(caller, operation, first, async () => {
        if (!(await source.moveAll([first, ...others], direction)))
          throw notImplemented('These nodes have no order')
      })
      for (const view of others) await this.#managing.record(caller, operation, view, async () => {})
    }
    return {}
  }

  /** Everything is read before anything is written. */
  async #set(
    caller: Caller,
    operation: ConcentratorOperation,
    placed: readonly Placed[],
    form: DataForm | undefined,
  ): Promise<{ nodes: NodeInfo[] }> {
    if (!form) throw badRequest('There is no form')
    const given = givenIn(form, this.#limits)
    const faults = new Faults(this.#zone)
    const plan = placed.map(({ source, view }) => {
      const entries = edited(given, editable(view, placed.length), faults)
      return { source, view, entries }
    })
    faults.check()
    const [only, ...others] = placed
    if (only && others.length === 0) mustBeFresh(only.view, sessionIn(form))
    const now: Placed[] = []
    for (const { source, view, entries } of plan) {
      const changed = await this.#managing.record(caller, operation, view, () =>
        source.change(view, () => this.#write(entries)),
      )
      now.push({ source, view: changed })
    }
    return this.#told(caller, now)
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    for (const { name, parameter, value } of entries) {
      try {
        await this.#reads.within(parameter.write(value))
      } catch (error) {
        if (error instanceof WriteError) throw refusedForm([{ name, text: error.message }])
        throw error
      }
    }
  }

  async #create(
    caller: Caller,
    { source, view }: Placed,
    [type, creatable]: readonly [string, CreatableType],
    form: DataForm | undefined,
  ): Promise<{ nodes: NodeInfo[] }> {
    const given = givenIn(form, this.#limits)
    const faults = new Faults(this.#zone)
    const values = await inputs(this.#reads, given, creatable.parameters, faults)
    faults.check()
    const created = await this.#managing.record(caller, 'createNewNode', view, async () => {
      const options = await this.#reads.within(creatable.create(callOf(caller, view), values))
      if (await source.find(options)) throw taken()
      return source.created(view, { type, ...options })
    })
    return this.#told(caller, [{ source, view: created }])
  }

  /** What was done is not undone by having too much to say. */
  async #told(caller: Caller, placed: readonly Placed[]): Promise<{ nodes: NodeInfo[] }> {
    try {
      return await this.#browsing.told(caller, placed, { parameters: true, messages: false })
    } catch (error) {
      if (refusalIn(error)?.error.condition !== 'resource-constraint') throw error
      return this.#browsing.told(caller, placed, { parameters: false, messages: false })
    }
  }

  async #destroy(caller: Caller, { source, view }: Placed): Promise<void> {
    const { options } = view
    await this.#managing.record(caller, 'destroyNode', view, async () => {
      if (!options.destroy) throw notAllowed()
      if (view.hasChildren)
        throw new CommandError(stanzaError('conflict', 'There are nodes below it: destroy them before'))
      await this.#reads.within(Promise.resolve(options.destroy(callOf(caller, view))))
      source.destroyed(view)
    })
  }
}

/** Several nodes cannot have one id. XEP-0326 §3.4.4 */
function editable({ options: { parameters = {} } }: NodeView, count: number): DeclaredFields {
  if (count < 2) return parameters
  const { id: _, ...others } = parameters
  return others
}

function typeOf({ options: { types = {} } }: NodeView, name: string): readonly [string, CreatableType] {
  const type = Object.hasOwn(types, name) ? types[name] : undefined
  if (!type) throw notFound()
  return [name, type]
}

function taken(): CommandError {
  return new CommandError(stanzaError('conflict'), [
    { name: 'id', text: 'There already exists a node with this ID.' },
  ])
}

function titleOf({ ref, options }: NodeView, { lang }: Caller): string {
  return options.name === undefined ? ref.id : inLanguage(options.name, lang)
}

function aboutNode({ ref: { id, partition = '' } }: NodeView): string {
  return JSON.stringify([id, partition])
}

/** Which state of a node a form shows; `undefined`: nobody knows when it changes. */
function sessionOf(view: NodeView): string | undefined {
  return view.lastChanged && `${aboutNode(view)}@${view.lastChanged.getTime()}`
}

/** A form of another node may be used for this one, too. XEP-0326 §3.4.2 */
function mustBeFresh(view: NodeView, session: string | undefined): void {
  if (session === undefined || session === sessionOf(view) || !session.startsWith(`${aboutNode(view)}@`))
    return
  throw new CommandError(stanzaError('conflict', 'Somebody has changed it meanwhile: look again'))
}
