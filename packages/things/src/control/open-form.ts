/** A form of a thing's parameters that is being filled in: it follows the thing, and the thing follows it. XEP-0336 */
import type { Jid } from '@waxwing/jid'
import {
  conditionOf,
  DataForm,
  DYNAMIC_FORMS_NS,
  FormCancel,
  type FormField,
  FormPostBack,
  FormUpdate,
  fieldMarks,
  fieldOf,
  isAbout,
  type ParameterFault,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import { ControlError, FieldError } from '../errors.ts'
import type { Off, ThingClient } from '../port.ts'
import { type Parameter, parametersIn } from './parameter-form.ts'
import {
  type Asked,
  asked,
  type ControlOptions,
  type ControlResult,
  type PlainValue,
  refused,
  submitted,
  textOf,
} from './set.ts'

/** A parameter in a form that is open. */
export interface FormParameter extends Parameter {
  /** What is wrong with its value, for people; `undefined`: nothing is known to be. §3.5 */
  readonly error: string | undefined
  /** The value is the one filled in here, not the thing's. */
  readonly isEdited: boolean
}

/**
 * Opens the form of what can be set of a thing, to be filled in by a person: others may change along with what is
 * edited, and with the thing. Submit or cancel it, or have it disposed of.
 *
 * @throws as `parameters`
 */
export async function openForm(
  client: ThingClient,
  jid: string,
  options: ControlOptions = {},
): Promise<OpenForm> {
  announce(client)
  const to = await asked(client, jid, options)
  const { peer, format } = to
  try {
    return new OpenForm({ client, to, options }, await blank(client, to, options))
  } catch (error) {
    throw refused(error, peer, format)
  }
}

const announcing = new WeakSet<ThingClient>()

/** Who does not say so hears no updates; once for each client, and before a thing could ask. §4 */
function announce(client: ThingClient): void {
  if (announcing.has(client)) return
  announcing.add(client)
  client.disco.addFeatures(DYNAMIC_FORMS_NS)
}

async function blank(
  client: ThingClient,
  { peer, format, nodes, tokens }: Asked,
  options: ControlOptions,
): Promise<DataForm> {
  const request = { generation: format.generation, nodes, tokens, lang: options.lang }
  const { outcome, form } = await client.iq.get(format.getForm, peer, request, format.form, options)
  if (outcome !== 'OK') throw stanzaError(conditionOf(outcome))
  return form ?? { type: 'form' }
}

interface Opening {
  readonly client: ThingClient
  readonly to: Asked
  readonly options: ControlOptions
}

export class OpenForm {
  readonly #opening: Opening
  #form: DataForm
  /** Texts filled in here, by name. */
  readonly #edited = new Map<string, string>()
  /** What submitting said of the values, until they are edited. */
  readonly #faults = new Map<string, string>()
  readonly #listeners = new Set<() => void>()
  readonly #offs: readonly Off[]
  /** Answers are taken in the order of their questions. */
  #sent = 0
  #taken = 0
  #isOpen = true

  constructor(opening: Opening, form: DataForm) {
    const { client, to } = opening
    this.#opening = opening
    this.#form = form
    this.#offs = [
      client.onMessage(FormUpdate, (update, { from, type }) => {
        if (type !== 'error' && from === to.peer && isAbout(update, this.#form)) this.#show(update.form)
      }),
    ]
  }

  /** The thing, with its resource. */
  get thing(): Jid {
    return this.#opening.to.peer
  }

  /** For people. */
  get title(): string | undefined {
    return this.#form.title
  }

  /** `false` once it was submitted or cancelled. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** As they are to be shown now, in their order. */
  get parameters(): readonly FormParameter[] {
    return parametersIn(this.#form).map(parameter => {
      const { name } = parameter
      const text = this.#edited.get(name)
      const field = fieldOf(this.#form, name)
      const error = this.#faults.get(name) ?? (field && fieldMarks(field).error)
      return { ...parameter, value: text ?? parameter.value, error, isEdited: text !== undefined }
    })
  }

  /** One of them; `undefined`: it is not there as things are. */
  parameter(name: string): FormParameter | undefined {
    return this.parameters.find(one => one.name === name)
  }

  /** Called whenever something is to be shown anew. Call what it gives to stop. */
  onChange(listener: () => void): Off {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Fills in values. Where others depend on them it settles when the thing has said what becomes of those, and what is
   * wrong. §3.2
   *
   * @throws FieldError for what is not there or cannot be set as things are; else as `parameters`
   */
  async edit(values: Readonly<Record<string, PlainValue>>): Promise<void> {
    const known = new Map(this.parameters.map(one => [one.name, one]))
    for (const name of Object.keys(values))
      if (known.get(name)?.readOnly !== false)
        throw new FieldError(`${name} cannot be set as things are`, name)
    for (const [name, value] of Object.entries(values)) {
      this.#edited.set(name, textOf(value))
      this.#faults.delete(name)
      // What was wrong with another value. §3.5
      this.#form = withoutError(this.#form, name)
    }
    this.#changed()
    const isAsked = Object.keys(values).some(name => this.#marksOf(name)?.postBack)
    if (isAsked) await this.#postBack()
  }

  /**
   * Sets what was filled in, and nothing else; the form is closed then. When that is refused it stays open, and tells
   * what is wrong with which parameter.
   *
   * @throws ControlError, NotSupportedError, UnreachableError, TimeoutError, or the signal's reason
   */
  async submit(): Promise<ControlResult> {
    const { client, to, options } = this.#opening
    try {
      const form = this.#submission()
      const names = form.fields?.flatMap(({ var: name = '' }) => (this.#edited.has(name) ? [name] : []))
      const done = await submitted(client, to, form, names ?? [], options)
      this.#close()
      return done
    } catch (error) {
      const told = refused(error, to.peer, to.format)
      if (told instanceof ControlError) this.#blame(told.faults)
      throw told
    }
  }

  /** Gives it up; nothing is set. Never rejects: a thing that cannot be reached forgets the form by itself. §3.6 */
  async cancel(): Promise<void> {
    if (!this.#isOpen) return
    this.#close()
    const { client, to, options } = this.#opening
    const about = { form: this.#submission() }
    await client.iq.set(FormCancel, to.peer, about, undefined, options).catch(() => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel()
  }

  #close(): void {
    this.#isOpen = false
    this.#listeners.clear()
    for (const off of this.#offs) off()
  }

  /** What is hidden goes back always, of the rest what was edited. §5.1, XEP-0325 §3.3.3 */
  #submission(): DataForm {
    const { fields = [] } = this.#form
    return {
      type: 'submit',
      fields: fields.flatMap(({ var: name, type, values }): FormField[] => {
        const text = this.#edited.get(name ?? '')
        if (type === 'hidden') return [{ var: name, values }]
        return text === undefined ? [] : [{ var: name, values: [text] }]
      }),
    }
  }

  async #postBack(): Promise<void> {
    const { client, to, options } = this.#opening
    const turn = ++this.#sent
    try {
      const form = await this.#judged().catch(async (error: unknown) => {
        // It was left alone for too long. §3.7
        if (!(error instanceof StanzaError) || error.condition !== 'item-not-found') throw error
        this.#show(await blank(client, to, options))
        return this.#judged()
      })
      if (turn < this.#taken) return
      this.#taken = turn
      this.#show(form)
    } catch (error) {
      throw refused(error, to.peer, to.format)
    }
  }

  #judged(): Promise<DataForm> {
    const { client, to, options } = this.#opening
    const filled = { form: this.#submission(), lang: options.lang }
    return client.iq.set(FormPostBack, to.peer, filled, DataForm, options)
  }

  /** What was edited stays, as far as it is still there; everything else is as the thing says. §5.3 */
  #show(form: DataForm): void {
    if (!this.#isOpen) return
    this.#form = form
    for (const [name, text] of this.#edited) {
      const field = fieldOf(form, name)
      const isTheThings = field?.values[0] === text && fieldMarks(field).notSame
      if (!field || isTheThings || fieldMarks(field).readOnly) this.#edited.delete(name)
    }
    this.#changed()
  }

  #blame(faults: readonly ParameterFault[]): void {
    for (const { name, text } of faults) this.#faults.set(name, text)
    this.#changed()
  }

  #marksOf(name: string): ReturnType<typeof fieldMarks> | undefined {
    const field = fieldOf(this.#form, name)
    return field && fieldMarks(field)
  }

  #changed(): void {
    for (const listener of Array.from(this.#listeners)) listener()
  }
}

function withoutError({ fields = [], ...form }: DataForm, name: string): DataForm {
  const mended = fields.map(field => {
    if (field.var !== name) return field
    const isError = (one: { readonly ns: string; readonly name: string }): boolean =>
      one.ns === DYNAMIC_FORMS_NS && one.name === 'error'
    return { ...field, extensions: field.extensions?.filter(one => !isError(one)) }
  })
  return { ...form, fields: mended }
}
