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
  stanzaError,
} from '@waxwing/protocol'
import { toElement } from '@waxwing/xml'
import type { Off, ThingClient } from '../port.ts'
import { receiveTokens } from '../provisioning/token-desk.ts'
import { type Place, placesOf, type Readable, readableFor } from '../readout/selection.ts'
import { SharedReads } from '../readout/shared-reads.ts'
import type { ThingLimits, ThingOptions } from '../thing-options.ts'
import { CommandError, givenIn, type PlannedWrite, permitted, planned } from './command.ts'
import { CommandMemory } from './command-memory.ts'
import { filled, formRequestIn, sessionOf, valuesIn } from './control-drafts.ts'
import { controlForm, type ShownParameter } from './control-form.ts'
import type { ControlPermission, ControlQuestion } from './control-options.ts'
import { WriteError } from './parameters.ts'

const noTokens = { service: [], device: [], user: [] }

export class Controls {
  readonly #client: ThingClient
  readonly #options: ThingOptions
  readonly #limits: ThingLimits
  readonly #thing: Readable
  readonly #reads: SharedReads
  readonly #memory = new CommandMemory()
  /** Commands are carried out one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Map<Jid, number>()

  constructor(
    client: ThingClient,
    options: ThingOptions,
    limits: ThingLimits,
    thing: Readable,
    reads: SharedReads,
  ) {
    this.#client = client
    this.#options = options
    this.#limits = limits
    this.#thing = thing
    this.#reads = reads
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
        this.#judged({ ...asked, lang: asked.lang ?? lang }, from),
      ),
      // Nothing is held that could be given up. XEP-0336 §3.6
      this.#client.handle(FormCancel, 'set', DataForm, async ({ form }) => {
        formRequestIn(form)
        return undefined
      }),
      this.#client.presence.on('change', ({ jid, presence }) => {
        if (!presence) this.#memory.forget(jid)
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
        this.#told(format, this.#form({ ...request, lang: request.lang ?? lang }, from), ({ outcome }) => ({
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
          if (type !== 'error') this.#set(request, from).catch(fault => this.#unlessRefused(fault))
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
    if (id === undefined) return this.#set(request, from)
    const now = this.#client.platform.clock.wall()
    return this.#memory.once(request, { from, id }, now, () => this.#set(request, from))
  }

  async #set(request: ControlRequest, from: Jid): Promise<ControlAnswer> {
    const given = givenIn(request)
    const places = await this.#placesOf(request, from)
    const permission = await this.#permission(
      request,
      from,
      given.map(({ name }) => name),
    )
    const allowed = permitted(places, given, permission)
    const plan = planned(allowed.places, allowed.given, this.#zone)
    await this.#inTurn(from, () => this.#carryOut(plan, from))
    const isLess = allowed.places.length < places.length || allowed.given.length < given.length
    return {
      generation: request.generation,
      nodes: isLess ? allowed.places.flatMap(({ node }) => (node ? [node] : [])) : [],
      parameters: isLess ? allowed.given.map(({ name }) => name) : [],
      outcome: 'OK',
      faults: [],
    }
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

  /** One command after the other: the order in which they came is kept. */
  async #inTurn(from: Jid, act: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(from) ?? 0
    if (waiting >= this.#limits.queued)
      throw new CommandError(stanzaError('resource-constraint', 'Too many commands wait'))
    this.#waiting.set(from, waiting + 1)
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => {})
    try {
      await turn
    } finally {
      const left = (this.#waiting.get(from) ?? 1) - 1
      if (left === 0) this.#waiting.delete(from)
      else this.#waiting.set(from, left)
    }
  }

  async #carryOut(plan: readonly PlannedWrite[], from: Jid): Promise<void> {
    const done: string[] = []
    for (const write of plan) {
      const { node, name, text, parameter, value } = write
      const record = (error: unknown): void =>
        this.#options.onControl?.({
          at: new Date(this.#client.platform.clock.wall()),
          from,
          node,
          name,
          value: text,
          error,
        })
      try {
        await this.#reads.within(parameter.write(value))
        done.push(node === undefined ? name : `${name} of ${node.id}`)
        record(undefined)
      } catch (error) {
        record(error)
        throw this.#failed(write, error, done)
      }
    }
  }

  /** What was done before stays done, and is told. */
  #failed({ name }: PlannedWrite, error: unknown, done: readonly string[]): CommandError {
    const isToTell = error instanceof WriteError
    if (!isToTell) this.#client.platform.report(error)
    const why = isToTell ? error.message : 'Writing failed.'
    const before = done.length === 0 ? 'Nothing was set.' : `Set before it failed: ${done.join(', ')}.`
    return new CommandError(stanzaError('undefined-condition', before, { type: 'cancel' }), [
      { name, text: why },
    ])
  }

  /** A command in texts, as a person would write it. */
  async command(
    from: Jid,
    values: Readonly<Record<string, string>>,
    nodes: readonly NodeRef[],
  ): Promise<void> {
    const fields = Object.entries(values).map(([name, value]) => ({ var: name, values: [value] }))
    const form = { type: 'submit', fields } as const
    await this.#set({ generation: 'nfi', nodes, tokens: noTokens, parameters: [], form }, from)
  }

  async #form(
    request: ControlFormRequest,
    from: Jid,
    filledIn: ReadonlyMap<string, string> = new Map(),
  ): Promise<ControlForm> {
    const places = await this.#placesOf(request, from)
    const title = places.map(({ node }) => node?.id ?? this.#thing.nodeId).slice(0, 2)
    const more = places.length > 2 ? [...title, '...'] : title
    const shown = (await this.#shown(request, from)).map(one =>
      filled(one, filledIn.get(one.name), this.#zone),
    )
    const { generation, lang } = request
    const about = { lang, session: sessionOf(request) }
    return { generation, outcome: 'OK', form: controlForm(generation, more.join(', '), shown, about) }
  }

  /** A form that somebody is filling in, as it is to be shown now; nothing is set. XEP-0336 §3.2 */
  async #judged({ form, lang }: FormPostBack, from: Jid): Promise<DataForm> {
    const request = { ...formRequestIn(form), lang }
    try {
      const answer = await this.#form(request, from, new Map(valuesIn(form)))
      return answer.form ?? { type: 'form' }
    } catch (error) {
      throw error instanceof CommandError ? error.error : error
    }
  }

  /** What somebody may set. */
  shown(from: Jid, nodes: readonly NodeRef[]): Promise<readonly ShownParameter[]> {
    return this.#shown({ generation: 'nfi', nodes, tokens: noTokens }, from)
  }

  async #shown(request: ControlFormRequest, from: Jid): Promise<readonly ShownParameter[]> {
    const permission = await this.#permission(request, from, [])
    const { places } = permitted(await this.#placesOf(request, from), [], permission)
    const names = typeof permission === 'object' ? permission.parameters : undefined
    const shown: ShownParameter[] = []
    const [first, ...others] = places
    for (const [name, field] of Object.entries(first?.fields ?? {})) {
      const { parameter } = field
      if (!parameter || !(names?.includes(name) ?? true)) continue
      // Only what all nodes have in common can be set of all. §3.4.4
      if (!others.every(({ fields }) => fields[name]?.parameter?.kind === parameter.kind)) continue
      const now = await this.#reads.read(field)
      const value = now.kind === 'sample' ? now.sample.value.text : undefined
      shown.push({ name, parameter, value })
    }
    return shown
  }
}
