/** Forms that somebody is filling in: known by their session, told of what changes, and given up in time. XEP-0336 */
import type { Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type ControlFormRequest,
  type DataForm,
  DYNAMIC_FORMS_NS,
  FormUpdate,
  StanzaError,
  stanzaError,
  valueOf,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import type { ThingClient, Timer } from '../port.ts'
import type { ThingLimits } from '../thing-options.ts'
import { CommandError } from './command.ts'
import { markOf } from './command-memory.ts'
import { SESSION_FIELD } from './control-form.ts'

/** Names of sessions, in bytes. */
const idSize = 16

/** A form that is open somewhere. */
export interface HeldForm {
  readonly id: string
  readonly from: Jid
  /** Its language is that of who sent it back last. */
  request: ControlFormRequest
  /** Texts by name, as they came when it was sent back last. */
  filledIn: ReadonlyMap<string, string>
}

interface Kept extends HeldForm {
  usedAt: number
  /** What was shown last, in short. */
  mark: string
  pushedAt: number
  pushing: Timer | undefined
  /** An update is being made; and whether something has changed since. */
  isBusy: boolean
  isStale: boolean
  /** Whether who fills it in hears updates; absent: nobody has asked yet. */
  isHeard: boolean | undefined
}

export class HeldForms {
  readonly #client: ThingClient
  readonly #limits: Pick<ThingLimits, 'forms' | 'allForms' | 'formIdleMs' | 'formPushMs'>
  /** Makes a form as it is now, with whatever time that takes, and calls `shown`. */
  readonly #make: (open: HeldForm) => Promise<DataForm>
  /** By their ids; the one used last is at the end. */
  readonly #all = new Map<string, Kept>()

  constructor(client: ThingClient, limits: ThingLimits, make: (open: HeldForm) => Promise<DataForm>) {
    this.#client = client
    this.#limits = limits
    this.#make = make
  }

  get count(): number {
    return this.#all.size
  }

  /** Of too many forms those go that were left alone longest. §5.2 */
  begin(from: Jid, request: ControlFormRequest): HeldForm {
    const { forms, allForms, formIdleMs, formPushMs } = this.#limits
    const now = this.#now
    for (const one of this.#all.values()) {
      if (now - one.usedAt <= formIdleMs) break
      this.end(one)
    }
    const own = [...this.#all.values()].filter(one => one.from === from)
    for (const surplus of own.slice(0, Math.max(0, own.length - forms + 1))) this.end(surplus)
    for (const oldest of this.#all.values()) {
      if (this.#all.size < allForms) break
      this.end(oldest)
    }
    const id = idOf(this.#client.platform.random.bytes(idSize))
    const times = { usedAt: now, pushedAt: now - formPushMs, pushing: undefined, isHeard: undefined }
    const state = { isBusy: false, isStale: false }
    const open: Kept = { id, from, request, filledIn: new Map(), mark: '', ...times, ...state }
    this.#all.set(id, open)
    return open
  }

  /** The form that somebody sent back. Throws `item-not-found`. §3.7 */
  of(form: DataForm, from: Jid): HeldForm {
    const found = this.find(form, from)
    if (!found) throw stanzaError('item-not-found', 'There is no such form')
    return found
  }

  /** The same; `undefined`: there is none. */
  find(form: DataForm, from: Jid): HeldForm | undefined {
    const open = this.#all.get(valueOf(form, SESSION_FIELD) ?? '')
    if (open?.from !== from) return undefined
    if (this.#now - open.usedAt > this.#limits.formIdleMs) {
      this.end(open)
      return undefined
    }
    open.usedAt = this.#now
    this.#all.delete(open.id)
    this.#all.set(open.id, open)
    return open
  }

  /** This is what is shown of it. */
  shown({ id }: HeldForm, form: DataForm): void {
    const open = this.#all.get(id)
    if (open) open.mark = markOf(form)
  }

  end({ id }: HeldForm): void {
    this.#all.get(id)?.pushing?.cancel()
    this.#all.delete(id)
  }

  /** They may be able to do other things than before. */
  seen(from: Jid): void {
    for (const open of this.#all.values()) if (open.from === from) open.isHeard = undefined
  }

  /** They are gone. */
  drop(from: Jid): void {
    for (const open of this.#all.values()) if (open.from === from) this.end(open)
  }

  /** Something has changed: who has a form open is told, all of it at once. §3.9 */
  changed(): void {
    for (const open of this.#all.values()) this.changedIn(open)
  }

  /** The same, for one form. */
  changedIn({ id }: HeldForm): void {
    const open = this.#all.get(id)
    if (!open || open.pushing || open.isHeard === false) return
    open.isStale = open.isBusy
    if (open.isBusy) return
    const { clock } = this.#client.platform
    const wait = Math.max(0, open.pushedAt + this.#limits.formPushMs - this.#now)
    open.pushing = clock.after(wait, () => {
      open.pushing = undefined
      open.pushedAt = this.#now
      void this.#pushed(open)
    })
  }

  close(): void {
    for (const open of this.#all.values()) this.end(open)
  }

  /** Never rejects. */
  async #pushed(open: Kept): Promise<void> {
    open.isBusy = true
    try {
      await this.#push(open)
    } catch (fault) {
      this.#failed(open, fault)
    }
    open.isBusy = false
    if (open.isStale) this.changedIn(open)
  }

  async #push(open: Kept): Promise<void> {
    if (this.#now - open.usedAt > this.#limits.formIdleMs) return this.end(open)
    open.isHeard ??= await this.#hears(open.from)
    if (!open.isHeard) return
    const before = open.mark
    const form = await this.#make(open)
    // Nothing is new, or it was closed meanwhile.
    if (before === open.mark || this.#all.get(open.id) !== open) return
    const update = { sessionVariable: SESSION_FIELD, form, lang: open.request.lang }
    this.#client.raw.send(el(CLIENT_NS, 'message', { to: open.from }, toElement(FormUpdate, update)))
  }

  /** §4: who does not say so would not know what to make of it. */
  async #hears(jid: Jid): Promise<boolean> {
    try {
      const { features = [] } = await this.#client.disco.info(jid)
      return features.includes(DYNAMIC_FORMS_NS)
    } catch {
      return false
    }
  }

  /** Who may not see it any more hears no more of it. */
  #failed(open: Kept, fault: unknown): void {
    this.end(open)
    if (!(fault instanceof CommandError || fault instanceof StanzaError)) this.#client.platform.report(fault)
  }

  get #now(): number {
    return this.#client.platform.clock.wall()
  }
}

function idOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
