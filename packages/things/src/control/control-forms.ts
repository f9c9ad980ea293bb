/** The forms of a thing's parameters: shown, judged while they are filled in, told of what changes. XEP-0325 §3.3, XEP-0336 */
import type { Jid } from '@waxwing/jid'
import {
  type ControlFormRequest,
  type DataForm,
  type FormCancel,
  type FormPostBack,
  stanzaError,
} from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import type { Place } from '../readout/selection.ts'
import type { ThingLimits } from '../thing-options.ts'
import { CommandError } from './command.ts'
import { controlForm, SESSION_FIELD, type ShownParameter } from './control-form.ts'
import { type HeldForm, HeldForms } from './held-forms.ts'
import { shownParameters } from './shown.ts'
import { type ReadValues, settableOf, type Values } from './values-now.ts'

/** What somebody may set of some nodes: those parameters that all of them have. */
export interface Sight {
  readonly places: readonly Place[]
  readonly names: readonly string[]
}

export interface ControlFormsOptions {
  readonly client: ThingClient
  readonly limits: ThingLimits
  /** Minutes east of UTC for times that name no time zone. */
  readonly zone: number
  /** What the thing itself is called. */
  readonly nodeId: string
  /** Rejects with a `CommandError` when they may set nothing. */
  sight(request: ControlFormRequest, from: Jid): Promise<Sight>
  /** @param withinMs what comes later is left out; absent: everything is waited for */
  values(fields: ReturnType<typeof settableOf>, withinMs?: number): Promise<ReadValues>
}

export class ControlForms {
  readonly #options: ControlFormsOptions
  readonly #held: HeldForms

  constructor(options: ControlFormsOptions) {
    this.#options = options
    this.#held = new HeldForms(options.client, options.limits, held => this.#made(held))
  }

  get count(): number {
    return this.#held.count
  }

  /** Begins a form. Values that take their time come later, to those who hear of it. XEP-0336 §3.9 */
  async open(request: ControlFormRequest, from: Jid): Promise<DataForm> {
    const sight = await this.#options.sight(request, from)
    return this.#form(this.#held.begin(from, request), sight, this.#options.limits.formWithinMs)
  }

  /** A form that somebody is filling in, as it is to be shown now; nothing is set. XEP-0336 §3.2, §3.7 */
  async judged({ form, lang }: FormPostBack, from: Jid): Promise<DataForm> {
    if (form.type !== 'submit') throw stanzaError('bad-request', 'The form was not submitted')
    const held = this.#held.of(form, from)
    held.request = { ...held.request, lang: lang ?? held.request.lang }
    try {
      const sight = await this.#options.sight(held.request, from)
      held.filledIn = new Map(valuesIn(form).filter(([name]) => sight.names.includes(name)))
      return await this.#form(held, sight, this.#options.limits.formWithinMs)
    } catch (error) {
      throw error instanceof CommandError ? error.error : error
    }
  }

  /** Throws `item-not-found`. XEP-0336 §3.6 */
  cancel({ form }: FormCancel, from: Jid): void {
    this.#held.end(this.#held.of(form, from))
  }

  /** What was submitted is not filled in any further. XEP-0336 §5.1 */
  submitted(form: DataForm, from: Jid): void {
    const held = this.#held.find(form, from)
    if (held) this.#held.end(held)
  }

  /** What somebody may set, with values of now; or with those they fill in, and what becomes of the others by that. */
  async shown(
    request: ControlFormRequest,
    from: Jid,
    filledIn: ReadonlyMap<string, string>,
  ): Promise<readonly ShownParameter[]> {
    const sight = await this.#options.sight(request, from)
    const { values } = await this.#options.values(fieldsOf(sight))
    return this.#shown(sight, values, filledIn)
  }

  /** Parameters may have new values. */
  changed(): void {
    this.#held.changed()
  }

  /** They may be able to do other things than before. */
  seen(from: Jid): void {
    this.#held.seen(from)
  }

  /** They are gone. */
  drop(from: Jid): void {
    this.#held.drop(from)
  }

  close(): void {
    this.#held.close()
  }

  async #made(held: HeldForm): Promise<DataForm> {
    return this.#form(held, await this.#options.sight(held.request, held.from))
  }

  /** @param withinMs values that come later are told when they are there; absent: they are waited for */
  async #form(held: HeldForm, sight: Sight, withinMs?: number): Promise<DataForm> {
    const { values, late } = await this.#options.values(fieldsOf(sight), withinMs)
    void late?.then(() => this.#held.changedIn(held))
    const shown = this.#shown(sight, values, held.filledIn)
    const { generation, lang } = held.request
    const form = controlForm(generation, this.#titleOf(sight), shown, { lang, session: held.id })
    this.#held.shown(held, form)
    return form
  }

  #titleOf({ places }: Sight): string {
    const [first, second, ...others] = places.map(({ node }) => node?.id ?? this.#options.nodeId)
    return [first, second, others.length > 0 ? '...' : undefined].filter(Boolean).join(', ')
  }

  #shown(sight: Sight, now: Values, filledIn: ReadonlyMap<string, string>): readonly ShownParameter[] {
    const { zone } = this.#options
    return shownParameters({ fields: sight.places[0]?.fields ?? {}, names: sight.names, now, filledIn, zone })
  }
}

function fieldsOf({ places }: Sight): ReturnType<typeof settableOf> {
  return settableOf(places[0]?.fields ?? {})
}

/** Values by the names of fields; of several, the first. */
function valuesIn({ fields = [] }: DataForm): readonly (readonly [name: string, text: string])[] {
  return fields.flatMap(({ var: name, values: [text] }) =>
    name === undefined || name === SESSION_FIELD || text === undefined ? [] : [[name, text] as const],
  )
}
