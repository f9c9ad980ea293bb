/** The control of a thing: sets parameters and shows their form, in every generation. XEP-0325, IEEE 1451.99. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  type ControlAnswer,
  type ControlForm,
  type ControlFormat,
  type ControlFormRequest,
  type ControlRequest,
  control,
  DataForm,
  DYNAMIC_FORMS_NS,
  FormCancel,
  FormPostBack,
  type Generation,
  type NodeRef,
  outcomeOf,
  StanzaError,
} from '@waxwing/protocol'
import { toElement } from '@waxwing/xml'
import type { Off, ThingClient } from '../port.ts'
import { receiveTokens } from '../provisioning/token-desk.ts'
import { type Place, placesOf, type Readable, readableFor } from '../readout/selection.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { DeclaredFields, ThingLimits, ThingOptions } from '../thing-options.ts'
import { CommandError, givenIn, permitted } from './command.ts'
import { CommandMemory } from './command-memory.ts'
import type { ShownParameter } from './control-form.ts'
import { ControlForms, type Sight } from './control-forms.ts'
import type { ControlPermission, ControlQuestion, ControlWay } from './control-options.ts'
import { Outputs } from './outputs.ts'
import { isBound, planned } from './plan.ts'
import { type ReadValues, settableOf, type Values, valuesNow } from './values-now.ts'

const noTokens = { service: [], device: [], user: [] }
const nothing: ReadonlyMap<string, string> = new Map()

/** Texts for parameters, as a person would write them. */
export interface PlainCommand {
  readonly values: Readonly<Record<string, string>>
  readonly nodes: readonly NodeRef[]
  readonly way: ControlWay
}

export class Controls {
  readonly #client: ThingClient
  readonly #options: ThingOptions
  readonly #thing: Readable
  readonly #reads: SharedReads
  readonly #memory = new CommandMemory()
  readonly #outputs: Outputs
  readonly #forms: ControlForms

  constructor(
    client: ThingClient,
    options: ThingOptions,
    limits: ThingLimits,
    thing: Readable,
    reads: SharedReads,
  ) {
    this.#client = client
    this.#options = options
    this.#thing = thing
    this.#reads = reads
    this.#outputs = new Outputs({ client, limits, reads, note: record => options.onControl?.(record) })
    this.#forms = new ControlForms({
      client,
      limits,
      zone: this.#zone,
      nodeId: thing.nodeId,
      sight: (request, from) => this.#sight(request, from),
      values: (fields, withinMs) => this.#values(fields, withinMs),
    })
  }

  /** Forms that somebody is filling in. */
  get openForms(): number {
    return this.#forms.count
  }

  /** Parameters may have new values: who has a form of them open is told. */
  changed(): void {
    this.#forms.changed()
  }

  /** Nobody is told anything more. */
  close(): void {
    this.#forms.close()
  }

  /** Whether anything can be set at all. */
  static isWanted({ fields, nodes }: Readable): boolean {
    return [fields, ...nodes.map(node => node.fields)].some(some =>
      Object.values(some).some(({ parameter }) => parameter),
    )
  }

  listen(generations: readonly Generation[]): readonly Off[] {
    const formats = generations.map(control)
    return [
      ...formats.flatMap(format => this.#listenIn(format)),
      this.#client.disco.addFeatures(...formats.map(({ ns }) => ns), DYNAMIC_FORMS_NS),
      this.#client.handle(FormPostBack, 'set', DataForm, (asked, { from, lang }) =>
        this.#forms.judged({ ...asked, lang: asked.lang ?? lang }, from),
      ),
      // §3.6
      this.#client.handle(FormCancel, 'set', DataForm, async (cancelled, { from }) => {
        this.#forms.cancel(cancelled, from)
        return undefined
      }),
      this.#client.presence.on('change', ({ jid, presence }) => {
        if (presence) return this.#forms.seen(jid)
        this.#memory.forget(jid)
        this.#forms.drop(jid)
      }),
    ]
  }

  #listenIn(format: ControlFormat): readonly Off[] {
    const offs = [
      this.#client.handle(format.set, 'set', format.answer, (request, { from, id }) =>
        this.#told(format, this.#once(request, from, id), fault => ({
          generation: format.generation,
          nodes: [],
          parameters: [],
          ...fault,
        })),
      ),
      this.#client.handle(format.getForm, 'get', format.form, (request, { from, lang }) =>
        this.#told(format, this.#opened({ ...request, lang: request.lang ?? lang }, from), ({ outcome }) => ({
          generation: format.generation,
          outcome,
          form: undefined,
        })),
      ),
    ]
    if (format.hasMessages)
      offs.push(
        this.#client.onMessage(format.set, (request, { from, type }) => {
          // Nobody is told how it went. XEP-0325 §3.1.1
          if (type !== 'error') this.#set(request, from, 'message').catch(fault => this.#unlessRefused(fault))
        }),
      )
    return offs
  }

  get #zone(): number {
    return this.#options.zone ?? 0
  }

  #unlessRefused(fault: unknown): void {
    if (!(fault instanceof CommandError)) this.#client.platform.report(fault)
  }

  /** Refusals as the generation tells them: `sn` within its answer, all others beside a stanza error. */
  async #told<T>(
    format: ControlFormat,
    doing: Promise<T>,
    refused: (fault: Pick<ControlAnswer, 'outcome' | 'faults'>) => T,
  ): Promise<T> {
    try {
      return await doing
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      const { condition, type, text } = error.error
      if (format.generation === 'sn') return refused({ outcome: outcomeOf(condition), faults: error.faults })
      const [app, ...others] = error.faults.map(fault => toElement(format.fault, fault))
      throw new StanzaError({ condition, type, text, app, others })
    }
  }

  #once(request: ControlRequest, from: Jid, id: string | undefined): Promise<ControlAnswer> {
    const act = (): Promise<ControlAnswer> => this.#set(request, from, request.form ? 'form' : 'iq')
    return id === undefined
      ? act()
      : this.#memory.once(request, { from, id }, this.#client.platform.clock.wall(), act)
  }

  async #set(request: ControlRequest, from: Jid, way: ControlWay): Promise<ControlAnswer> {
    const given = givenIn(request)
    const places = await this.#placesOf(request, from)
    const names = given.map(({ name }) => name)
    const permission = await this.#permission(request, from, names)
    const allowed = permitted(places, given, permission)
    const now = async (fields: DeclaredFields): Promise<Values> =>
      (await this.#values(settableOf(fields))).values
    const planning = { zone: this.#zone, now }
    const plan = await planned(allowed.places, allowed.given, planning)
    // What it depends on may be another thing when its turn has come.
    const inTurn = isBound(plan)
      ? (): Promise<typeof plan> => planned(allowed.places, allowed.given, planning)
      : async (): Promise<typeof plan> => plan
    const decision = typeof permission === 'object' ? permission.decision : undefined
    await this.#outputs.carryOut(inTurn, { from, way, decision })
    if (request.form) this.#forms.submitted(request.form, from)
    const isLess = allowed.places.length < places.length || allowed.given.length < given.length
    return {
      generation: request.generation,
      nodes: isLess ? allowed.places.flatMap(({ node }) => (node ? [node] : [])) : [],
      parameters: isLess ? allowed.given.map(({ name }) => name) : [],
      outcome: 'OK',
      faults: [],
    }
  }

  #values(fields: ReturnType<typeof settableOf>, withinMs?: number): Promise<ReadValues> {
    return valuesNow(this.#reads, this.#client.platform.clock, fields, withinMs)
  }

  async #placesOf(request: ControlFormRequest, from: Jid): Promise<readonly Place[]> {
    try {
      return placesOf(await readableFor(this.#thing, request, from), request.nodes)
    } catch (error) {
      throw error instanceof StanzaError ? new CommandError(error) : error
    }
  }

  async #permission(
    { nodes, tokens }: ControlRequest | ControlFormRequest,
    from: Jid,
    parameters: readonly string[],
  ): Promise<ControlPermission> {
    receiveTokens(this.#client, tokens, from)
    const question: ControlQuestion = { from, nodes, parameters, tokens }
    if (this.#options.mayControl) return this.#options.mayControl(question)
    // Who may see a thing may read it; setting it is for its own account alone, unless it says otherwise.
    return bareOf(from) === bareOf(parseJid(this.#client.jid)) ? 'all' : 'none'
  }

  /** A command in texts, as a person would write it. */
  async command(from: Jid, { values, nodes, way }: PlainCommand): Promise<void> {
    const fields = Object.entries(values).map(([name, value]) => ({ var: name, values: [value] }))
    const form = { type: 'submit', fields } as const
    await this.#set({ generation: 'nfi', nodes, tokens: noTokens, parameters: [], form }, from, way)
  }

  async #opened(request: ControlFormRequest, from: Jid): Promise<ControlForm> {
    return { generation: request.generation, outcome: 'OK', form: await this.#forms.open(request, from) }
  }

  /** What somebody may set, in the order of the form. */
  shown(
    from: Jid,
    nodes: readonly NodeRef[],
    filledIn: ReadonlyMap<string, string> = nothing,
  ): Promise<readonly ShownParameter[]> {
    return this.#forms.shown({ generation: 'nfi', nodes, tokens: noTokens }, from, filledIn)
  }

  async #sight(request: ControlFormRequest, from: Jid): Promise<Sight> {
    const permission = await this.#permission(request, from, [])
    const { places } = permitted(await this.#placesOf(request, from), [], permission)
    const allowed = typeof permission === 'object' ? permission.parameters : undefined
    const [first, ...others] = places
    const names = settableOf(first?.fields ?? {}).flatMap(([name, { parameter }]) => {
      // Only what all nodes have in common can be set of all. §3.4.4
      const isCommon = others.every(({ fields }) => fields[name]?.parameter?.kind === parameter?.kind)
      return isCommon && (allowed?.includes(name) ?? true) ? [name] : []
    })
    return { places, names }
  }
}
