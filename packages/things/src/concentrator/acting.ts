/** The operations that have nodes do something: commands and queries. XEP-0326 §3.6 */
import type { ConcentratorOperation, DataForm, NodeCommand, NodeRef, PartialResult } from '@waxwing/protocol'
import type { CommandError } from '../control/command.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import { badRequest, type Caller, type Handlers, notFound, refusalIn } from './call.ts'
import { callOf, type Managing } from './managing.ts'
import { common, Faults, filled, givenIn, inputForm, inputs, sendable } from './node-forms.ts'
import { inLanguage, type NodeAction, type NodeView } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Order, Queries } from './queries.ts'
import type { Sight } from './sight.ts'

export interface ActingWorld {
  readonly sight: Sight
  readonly managing: Managing
  readonly reads: SharedReads
  readonly limits: ConcentratorLimits
  readonly queries: Queries
  /** Minutes east of UTC for times without zone. */
  readonly zone: number
}

export class Acting {
  readonly #world: ActingWorld

  constructor(world: ActingWorld) {
    this.#world = world
  }

  readonly handlers: Handlers = {
    getNodeCommands: async (ref, caller) => {
      const { view } = await this.#world.sight.node(caller, ref)
      return { commands: await this.#commands(caller, view) }
    },
    getCommandParameters: async ({ command, ...ref }, caller) => {
      const [view, action] = await this.#one(caller, 'getCommandParameters', ref, command)
      return { form: await this.#form(caller, command, [view], [action]) }
    },
    executeNodeCommand: async ({ command, form, ...ref }, caller) => {
      const [view, action] = await this.#one(caller, 'executeNodeCommand', ref, command)
      for (const order of await this.#orders([[view, action]], 'command', form)) {
        await this.#check(caller, 'executeNodeCommand', command, order)
        await this.#execute(caller, 'executeNodeCommand', command, order)
      }
      return {}
    },
    executeNodeQuery: async ({ command, form, queryId, ...ref }, caller) => {
      const [view, action] = await this.#one(caller, 'executeNodeQuery', ref, command)
      const orders = await this.#orders([[view, action]], 'query', form)
      for (const order of orders) await this.#check(caller, 'executeNodeQuery', command, order)
      return { queryId: this.#world.queries.begin(caller, 'executeNodeQuery', command, orders, queryId) }
    },
    abortNodeQuery: async ({ queryId, ...ref }, caller) => {
      await this.#world.sight.node(caller, ref)
      if (!this.#world.queries.abort(caller.from, queryId)) throw notFound()
      return {}
    },
    getCommonNodeCommands: async ({ nodes }, caller) => {
      const [first = [], ...others] = await this.#commandsOfAll(caller, nodes)
      const isCommon = ({ command, type }: NodeCommand): boolean =>
        others.every(all => all.some(one => one.command === command && one.type === type))
      return { commands: first.filter(isCommon) }
    },
    getCommonCommandParameters: async ({ nodes, command }, caller) => {
      const found = await this.#all(caller, 'getCommonCommandParameters', nodes, command)
      const views = found.map(([view]) => view)
      const actions = found.map(([, action]) => action)
      return { form: await this.#form(caller, command, views, actions) }
    },
    executeCommonNodeCommand: async ({ nodes, command, form }, caller) => {
      const found = await this.#all(caller, 'executeCommonNodeCommand', nodes, command)
      const orders = await this.#orders(found, 'command', form)
      const results = await this.#checkAll(caller, 'executeCommonNodeCommand', command, orders)
      for (const [index, order] of orders.entries())
        if (results[index]?.isDone)
          results[index] = await tried(this.#execute(caller, 'executeCommonNodeCommand', command, order))
      return { results }
    },
    executeCommonNodeQuery: async ({ nodes, command, form, queryId }, caller) => {
      const found = await this.#all(caller, 'executeCommonNodeQuery', nodes, command)
      const orders = await this.#orders(found, 'query', form)
      const results = await this.#checkAll(caller, 'executeCommonNodeQuery', command, orders)
      const accepted = orders.filter((_, index) => results[index]?.isDone)
      const id = this.#world.queries.begin(caller, 'executeCommonNodeQuery', command, accepted, queryId)
      return { queryId: id, results }
    },
    abortCommonNodeQuery: async ({ nodes, queryId }, caller) => {
      await this.#world.sight.nodes(caller, nodes)
      if (!this.#world.queries.abort(caller.from, queryId)) throw notFound()
      return {}
    },
  }

  async #commands(caller: Caller, view: NodeView): Promise<readonly NodeCommand[]> {
    const shown: NodeCommand[] = []
    for (const [command, action] of Object.entries(view.options.commands ?? {})) {
      // The first generation has no queries.
      if (action.type === 'query' && caller.format.generation === 'sn') continue
      const operation = action.type === 'query' ? 'executeNodeQuery' : 'executeNodeCommand'
      if (await this.#world.managing.may(caller, operation, { node: view.ref, command }))
        shown.push(commandOf(command, action, caller.lang))
    }
    return shown
  }

  async #commandsOfAll(
    caller: Caller,
    refs: readonly NodeRef[],
  ): Promise<readonly (readonly NodeCommand[])[]> {
    const all: (readonly NodeCommand[])[] = []
    for (const { view } of await this.#world.sight.nodes(caller, refs))
      all.push(await this.#commands(caller, view))
    return all
  }

  async #one(
    caller: Caller,
    operation: ConcentratorOperation,
    ref: NodeRef,
    command: string,
  ): Promise<readonly [NodeView, NodeAction]> {
    const { view } = await this.#world.sight.node(caller, ref)
    const action = actionOf(view, command)
    await this.#world.managing.must(caller, operation, [view], command)
    return [view, action]
  }

  async #all(
    caller: Caller,
    operation: ConcentratorOperation,
    refs: readonly NodeRef[],
    command: string,
  ): Promise<readonly (readonly [NodeView, NodeAction])[]> {
    if (refs.length === 0) throw badRequest('Name the nodes')
    const found = await this.#world.sight.nodes(caller, refs)
    const views = found.map(({ view }) => view)
    const all = views.map(view => [view, actionOf(view, command)] as const)
    await this.#world.managing.must(caller, operation, views, command)
    return all
  }

  async #form(
    caller: Caller,
    command: string,
    views: readonly NodeView[],
    actions: readonly NodeAction[],
  ): Promise<DataForm> {
    const { reads } = this.#world
    const all = await Promise.all(actions.map(async action => filled(reads, action.arguments)))
    const title = inLanguage(actions[0]?.name ?? '', caller.lang) || command
    return sendable(inputForm(title, views.length > 1 ? common(all) : (all[0] ?? [])), this.#world.limits)
  }

  /** What is to be done; everything is read before anything is done. */
  async #orders(
    found: readonly (readonly [NodeView, NodeAction])[],
    type: NodeAction['type'],
    form: DataForm | undefined,
  ): Promise<readonly Order[]> {
    const given = givenIn(form, this.#world.limits)
    const faults = new Faults(this.#world.zone)
    const orders: Order[] = []
    for (const [view, action] of found) {
      if (action.type !== type)
        throw badRequest(type === 'query' ? 'That is no query' : 'That is a query: execute it as one')
      orders.push({ view, action, values: await inputs(this.#world.reads, given, action.arguments, faults) })
    }
    faults.check()
    return orders
  }

  async #execute(
    caller: Caller,
    operation: ConcentratorOperation,
    command: string,
    { view, action, values }: Order,
  ): Promise<void> {
    const { managing, reads } = this.#world
    const act = (): Promise<void> => reads.within(action.run(callOf(caller, view), values))
    await managing.record(caller, operation, view, act, command)
  }

  /** Before anything is done. Throws what is wrong with the form, for it is wrong for all. */
  async #checkAll(
    caller: Caller,
    operation: ConcentratorOperation,
    command: string,
    orders: readonly Order[],
  ): Promise<PartialResult[]> {
    const results: PartialResult[] = []
    for (const order of orders) {
      const checking = this.#check(caller, operation, command, order)
      results.push(await tried(checking, refusal => refusal.faults.length === 0))
    }
    return results
  }

  async #check(
    caller: Caller,
    operation: ConcentratorOperation,
    command: string,
    { view, action, values }: Order,
  ): Promise<void> {
    const { check } = action
    if (!check) return
    const { managing, reads } = this.#world
    const run = (): Promise<void> => reads.within(check(callOf(caller, view), values))
    await managing.refusing(caller, operation, view, run, command)
  }
}

/** On each of several nodes it may go differently. XEP-0326 §3.6.14 */
async function tried(
  doing: Promise<void>,
  isForNode: (refusal: CommandError) => boolean = () => true,
): Promise<PartialResult> {
  try {
    await doing
    return { isDone: true }
  } catch (error) {
    const refusal = refusalIn(error)
    if (!refusal || !isForNode(refusal)) throw error
    const { error: known, faults } = refusal
    const why = faults.length > 0 ? faults.map(({ text }) => text).join(' ') : known.text
    return { isDone: false, error: why ?? known.condition }
  }
}

function actionOf({ options: { commands = {} } }: NodeView, name: string): NodeAction {
  const action = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!action) throw notFound()
  return action
}

function commandOf(command: string, action: NodeAction, lang: string | undefined): NodeCommand {
  const { name, type, confirmation, failure, success, sortCategory, sortKey } = action
  const said = (text: NodeAction['failure']): string | undefined =>
    text === undefined ? undefined : inLanguage(text, lang)
  const hasArguments = Object.keys(action.arguments).length > 0
  return {
    command,
    name: inLanguage(name, lang) || command,
    type: type === 'query' ? 'Query' : hasArguments ? 'Parameterized' : 'Simple',
    sortCategory,
    sortKey,
    confirmation: said(confirmation),
    failure: said(failure),
    success: said(success),
  }
}
