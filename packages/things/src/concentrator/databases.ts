/** The operations on field databases: what is found comes as sensor data, behind the answer. XEP-0326 §3.9 */
import type { Jid } from '@waxwing/jid'
import { type DataForm, type ReadoutRequest, sameNode } from '@waxwing/protocol'
import type { Clock } from '../port.ts'
import type { FoundValue, Selection } from '../readout/selection.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { Permission } from '../thing-options.ts'
import { badRequest, type Caller, type Handlers, notAllowed, notFound } from './call.ts'
import {
  type Database,
  type DatabaseCall,
  type DatabaseValue,
  type DatabaseValues,
  foundIn,
} from './database.ts'
import type { Managing } from './managing.ts'
import { Faults, filled, givenIn, inputForm, inputs, sendable } from './node-forms.ts'
import { inLanguage } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Sight } from './sight.ts'

/** What a concentrator needs of its thing to tell values. */
export interface Telling {
  /** What somebody may read of a request. Throws the `StanzaError` to answer with. */
  permission(request: ReadoutRequest, from: Jid): Permission | Promise<Permission>
  /** The same as fields to tell. */
  select(request: ReadoutRequest, from: Jid): Promise<Selection>
  /** Tells it behind the answer. Throws the `StanzaError` to answer with. */
  tell(request: ReadoutRequest, from: Jid, selection: Selection): void
}

export interface DatabasesWorld {
  readonly clock: Clock
  readonly databases: ReadonlyMap<string, Database>
  readonly sight: Sight
  readonly managing: Managing
  readonly reads: SharedReads
  readonly limits: ConcentratorLimits
  readonly telling: Telling
  /** Minutes east of UTC for times without zone. */
  readonly zone: number
  isTrusted(from: Jid): boolean
  fault(error: unknown): void
}

export class Databases {
  readonly #world: DatabasesWorld

  constructor(world: DatabasesWorld) {
    this.#world = world
  }

  readonly handlers: Handlers = {
    getDatabases: async (_, caller) => {
      const databases: { readonly database: string; readonly name: string }[] = []
      for (const [database, one] of this.#world.databases)
        if (await this.#sees(caller, one))
          databases.push({ database, name: inLanguage(one.name, caller.lang) })
      return { databases }
    },
    getDatabaseReadoutParameters: async ({ database }, caller) => {
      const { name, parameters, lists } = await this.#one(caller, database)
      const form = inputForm(inLanguage(name, caller.lang), await filled(this.#world.reads, parameters))
      return { form: sendable(withLists(form, lists), this.#world.limits) }
    },
    startDatabaseReadout: async ({ database: id, nodes, form, readoutId }, caller) => {
      const database = await this.#one(caller, id)
      if (nodes.length === 0) throw badRequest('Name the nodes')
      const views = (await this.#world.sight.nodes(caller, nodes)).map(({ view }) => view)
      const { from, tokens, lang } = caller
      const call = { from, tokens, lang, nodes: views.map(({ ref }) => ref) }
      const request = requestOf(caller, call, readoutId)
      const permission = await this.#world.telling.permission(request, from)
      if (permission === 'none') throw notAllowed()
      const values = await this.#valuesIn(database, form)
      await this.#world.managing.refusable(this.#world.reads.within(database.check(call, values)))
      await this.#begin({ id, database, call, request, permission, values })
      return {}
    },
  }

  async #begin({ id, database: { gives }, call, request, permission, values }: Reading): Promise<void> {
    const { telling } = this.#world
    if ('wanted' in gives) {
      const kept = { ...request, all: false, categories: ['historical'] as const, ...gives.wanted(values) }
      return telling.tell(kept, call.from, await telling.select(kept, call.from))
    }
    const found = (signal: AbortSignal): AsyncIterable<FoundValue> =>
      this.#allowed(() => gives.read(call, values, signal), call, permission)
    telling.tell(request, call.from, { ...nothing, found: { name: id, values: found } })
  }

  /** Nothing is told but what was asked for and may be read. */
  async *#allowed(
    read: () => DatabaseValues,
    { nodes }: DatabaseCall,
    permission: Permission,
  ): AsyncGenerator<FoundValue, void, undefined> {
    const may = typeof permission === 'object' ? permission : {}
    let passedOver = 0
    for await (const value of read()) {
      const node = nodes.find(one => isNode(value, one))
      const found = node && { ...foundIn(value), node }
      if (found && isAllowed(found, may)) yield found
      else if (++passedOver % passedAtOnce === 0) await this.#turn()
    }
  }

  /** Others get their turn while nothing is found. */
  #turn(): Promise<void> {
    return new Promise(resolve => this.#world.clock.after(0, resolve))
  }

  async #valuesIn(
    { parameters }: Database,
    form: DataForm | undefined,
  ): Promise<Readonly<Record<string, unknown>>> {
    const faults = new Faults(this.#world.zone)
    const given = givenIn(form && inLines(form), this.#world.limits)
    const values = await inputs(this.#world.reads, given, parameters, faults)
    faults.check()
    return values
  }

  /** Throws `item-not-found` also for what somebody may not see. */
  async #one(caller: Caller, id: string): Promise<Database> {
    const database = this.#world.databases.get(id)
    if (!database || !(await this.#sees(caller, database))) throw notFound()
    return database
  }

  /** Whether somebody sees any: for others nobody has databases here. */
  async isFor(caller: Caller): Promise<boolean> {
    for (const one of this.#world.databases.values()) if (await this.#sees(caller, one)) return true
    return false
  }

  /** A throw hides. */
  async #sees({ from, tokens }: Caller, { maySee }: Database): Promise<boolean> {
    if (!maySee) return this.#world.isTrusted(from)
    try {
      return await this.#world.reads.within(Promise.resolve(maySee({ from, tokens })))
    } catch (error) {
      this.#world.fault(error)
      return false
    }
  }
}

const nothing = { current: [], past: [], window: { from: undefined, to: undefined }, periods: [] }

/** A readout of everything there is of these nodes. */
function requestOf({ format }: Caller, { nodes, tokens }: DatabaseCall, id: string): ReadoutRequest {
  return {
    generation: format.generation,
    id,
    nodes,
    fields: [],
    categories: [],
    periods: [],
    all: true,
    tokens,
  }
}

/** A list that was filled in is a text with a line for each. XEP-0004 §3.3 */
function inLines(form: DataForm): DataForm {
  const fields = (form.fields ?? []).map(field =>
    field.values.length > 1 ? { ...field, values: [field.values.join('\n')] } : field,
  )
  return { ...form, fields }
}

/** Values that are passed over between two looks whether somebody else wants something. */
const passedAtOnce = 1000

interface Reading {
  readonly id: string
  readonly database: Database
  readonly call: DatabaseCall
  readonly request: ReadoutRequest
  readonly permission: Permission
  readonly values: Readonly<Record<string, unknown>>
}

function isAllowed({ node, name, categories }: FoundValue, may: Exclude<Permission, string>): boolean {
  return (
    (may.nodes?.some(one => one !== undefined && sameNode(one, node)) ?? true) &&
    (may.fields?.includes(name) ?? true) &&
    (may.categories?.some(one => categories.includes(one)) ?? true)
  )
}

function withLists(form: DataForm, lists: readonly string[]): DataForm {
  const fields = (form.fields ?? []).map(field =>
    lists.includes(field.var ?? '') ? { ...field, type: 'text-multi' as const, required: false } : field,
  )
  return { ...form, fields }
}

function isNode(
  { node: { id, source, partition } }: DatabaseValue,
  one: DatabaseCall['nodes'][number],
): boolean {
  return id === one.id && (source === undefined || source === one.source) && partition === one.partition
}
