/** Presence: our own, and that of everybody we hear of. RFC 6121 §4. */
import { type BareJid, bareOf, isFull, type Jid, parseJid, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type Presence as PresenceStanza,
  type PresenceType,
  presenceIn,
  presenceTypes,
  type Show,
  textFor,
} from '@waxwing/protocol'
import { type Element, type Slice, writeWire } from '@waxwing/xml'
import { Emitter, type Off } from './events.ts'

/** How we wish to be seen. */
export interface OwnPresence {
  /** Absent: simply available. */
  readonly show?: Show | undefined
  /** For people. */
  readonly status?: string | undefined
  /** −128 … 127, default 0; below zero no messages to the bare JID are wanted. RFC 6121 §4.7.2.3. */
  readonly priority?: number | undefined
}

/** One available resource of somebody. */
export interface Availability {
  readonly jid: Jid
  /** `available` when the presence has no `show`. */
  readonly show: Show | 'available'
  readonly status: string | undefined
  readonly priority: number
  readonly stanza: PresenceStanza
}

export interface PresenceEvents {
  /** Somebody became available or changed; `presence` is absent when they went away. */
  change: { readonly jid: Jid; readonly presence: Availability | undefined }
}

/** What presence needs of the client. */
export interface PresencePort {
  /** Sends in the session there is, or not at all. */
  sendNow(text: string): void
  report(fault: unknown): void
}

/** People and resources remembered; beyond this the oldest is forgotten. */
const maxPeople = 20_000
const maxResources = 128

export class Presences {
  readonly #port: PresencePort
  readonly #people = new Map<BareJid, Map<Jid, Availability>>()
  readonly #farewells = new Map<BareJid, PresenceStanza>()
  readonly #events: Emitter<PresenceEvents>
  #own: OwnPresence | undefined
  #extensions: readonly Element[] = []
  #isShown = false
  /** Whether anybody was told what goes along now. */
  #isTold = false

  /** @param own shown as soon as there is a session; absent: nothing is, until `set` */
  constructor(port: PresencePort, own: OwnPresence | undefined) {
    this.#port = port
    this.#own = own
    this.#events = new Emitter(fault => port.report(fault))
  }

  on<K extends keyof PresenceEvents>(event: K, listener: (value: PresenceEvents[K]) => void): Off {
    return this.#events.on(event, listener)
  }

  /** What we show; `undefined`: nothing. */
  get own(): OwnPresence | undefined {
    return this.#own
  }

  /** Shows this to all who may see it, now and in every later session; `undefined` shows us as unavailable. */
  set(presence: OwnPresence | undefined): void {
    this.#own = presence
    if (presence) return this.#show()
    if (this.#isShown) this.#port.sendNow('<presence type="unavailable"/>')
    this.#isShown = false
  }

  /** Directed presence: for this session and one addressee. RFC 6121 §4.6. `undefined`: unavailable. */
  sendTo(jid: string, presence: OwnPresence | undefined): void {
    const to = parseJid(jid)
    if (presence) this.#port.sendNow(this.#text(presence, to))
    else this.#port.sendNow(this.#typed('unavailable', to))
  }

  /**
   * The presence of a full JID; for a bare JID that of its best resource: highest priority, then latest.
   * `undefined`: not available, or not known to be.
   */
  of(jid: string): Availability | undefined {
    const known = tryJid(jid)
    if (known === undefined) return undefined
    const resources = this.#people.get(bareOf(known))
    if (isFull(known)) return resources?.get(known)
    let best: Availability | undefined
    for (const resource of resources?.values() ?? [])
      if (!best || resource.priority >= best.priority) best = resource
    return best
  }

  /** All available resources of somebody. */
  allOf(jid: string): readonly Availability[] {
    const known = tryJid(jid)
    return known === undefined ? [] : [...(this.#people.get(bareOf(known))?.values() ?? [])]
  }

  /**
   * What somebody said in their last presence, when they went away; `undefined` while they are there, when they said
   * nothing, and when it was in another session of ours.
   */
  farewellOf(jid: string): PresenceStanza | undefined {
    const known = tryJid(jid)
    return known === undefined ? undefined : this.#farewells.get(bareOf(known))
  }

  /**
   * What goes along with every presence of ours, such as capabilities; sent anew when it changes.
   *
   * @returns whether anybody was told what went along until now
   */
  extend(extensions: readonly Element[]): boolean {
    const wasTold = this.#isTold
    this.#isTold = false
    this.#extensions = extensions
    if (this.#isShown) this.#show()
    return wasTold
  }

  /** A session begins. */
  online(): void {
    this.#isShown = false
    if (this.#own) this.#show()
  }

  /** The session is gone: nobody is known to be available any more. */
  offline(): void {
    this.#isShown = false
    const gone = [...this.#people.values()].flatMap(resources => [...resources.keys()])
    this.#people.clear()
    this.#farewells.clear()
    for (const jid of gone) this.#events.emit('change', { jid, presence: undefined })
  }

  /** Takes a presence that tells of availability. */
  receive(slice: Slice, from: Jid): void {
    const type = presenceTypes.find(known => known === slice.attr('type'))
    if (type === 'unavailable') return this.#left(slice, from)
    if (type === 'error') return this.#forget(from)
    if (type !== undefined) return
    const stanza = slice.read(presenceIn(CLIENT_NS))
    const presence: Availability = {
      jid: from,
      show: stanza.show ?? 'available',
      status: textFor(stanza.statuses ?? []),
      priority: stanza.priority ?? 0,
      stanza,
    }
    this.#farewells.delete(bareOf(from))
    this.#remember(presence)
    this.#events.emit('change', { jid: from, presence })
  }

  #remember(presence: Availability): void {
    const bare = bareOf(presence.jid)
    const resources = this.#people.get(bare) ?? new Map<Jid, Availability>()
    // put last, so that the order is that of arrival
    resources.delete(presence.jid)
    resources.set(presence.jid, presence)
    if (resources.size > maxResources) dropFirst(resources)
    this.#people.set(bare, resources)
    if (this.#people.size > maxPeople) dropFirst(this.#people)
  }

  /** Of several resources the last one to go has the last word. */
  #left(slice: Slice, from: Jid): void {
    const others = [...(this.#people.get(bareOf(from))?.keys() ?? [])].filter(jid => jid !== from)
    try {
      if (slice.headName === undefined || others.length > 0) return
      this.#farewells.set(bareOf(from), slice.read(presenceIn(CLIENT_NS)))
      if (this.#farewells.size > maxPeople) dropFirst(this.#farewells)
    } finally {
      // Also when nobody can read what they say.
      this.#forget(from)
    }
  }

  #forget(jid: Jid): void {
    const bare = bareOf(jid)
    const resources = this.#people.get(bare)
    if (!resources) return
    const gone = isFull(jid) ? [jid] : [...resources.keys()]
    for (const resource of gone) {
      if (resources.delete(resource)) this.#events.emit('change', { jid: resource, presence: undefined })
    }
    if (resources.size === 0) this.#people.delete(bare)
  }

  #show(): void {
    if (!this.#own) return
    this.#isShown = true
    this.#port.sendNow(this.#text(this.#own))
  }

  #text(own: OwnPresence, to?: Jid): string {
    const { show, status, priority } = own
    const statuses = status === undefined ? [] : [{ text: status }]
    this.#isTold = true
    return writeWire(
      presenceIn(CLIENT_NS),
      { to, show, priority, statuses, extensions: this.#extensions },
      CLIENT_NS,
    )
  }

  #typed(type: PresenceType, to: Jid): string {
    return writeWire(presenceIn(CLIENT_NS), { to, type }, CLIENT_NS)
  }
}

function dropFirst<K>(map: Map<K, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
