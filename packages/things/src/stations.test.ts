/** Clients without connections, for tests: what one sends reaches the other as XML, in order, through the real formats. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ProtocolError } from '@waxwing/client'
import { type Jid, parseJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type DiscoInfo,
  errorIn,
  type MessageType,
  messageIn,
  messageTypes,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  toElement,
  type Wire,
  WireError,
  writeElement,
  writeWire,
} from '@waxwing/xml'
import type { Ask, AskOptions, Clock, HeardMessage, Off, ThingClient, Timer } from './port.ts'
import type { CommandingClient } from './talk/ad-hoc.ts'

/** A clock that stands still until told otherwise. */
export class ManualClock implements Clock {
  #now: number
  #due: { readonly at: number; readonly run: () => void }[] = []

  constructor(start: string) {
    this.#now = Date.parse(start)
  }

  wall(): number {
    return this.#now
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#due.length
  }

  after(ms: number, run: () => void): Timer {
    const due = { at: this.#now + Math.max(0, ms), run }
    const behind = this.#due.findLastIndex(other => other.at <= due.at)
    this.#due.splice(behind + 1, 0, due)
    return {
      cancel: () => {
        this.#due = this.#due.filter(other => other !== due)
      },
    }
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settled()
    for (let next = this.#due[0]; next && next.at <= until; next = this.#due[0]) {
      this.#due.shift()
      this.#now = next.at
      next.run()
      await settled()
    }
    this.#now = until
  }
}

/** Everything that only waits for promises has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

type Answer = (type: 'get' | 'set', payload: Element, from: Jid, id?: string) => Promise<Element | undefined>

/** The streets between stations. */
export class Town {
  readonly clock = new ManualClock('2024-06-01T12:00:00Z')
  readonly stations = new Map<Jid, Station>()
  /** Faults that nobody handled. */
  readonly faults: unknown[] = []

  station(jid: string): Station {
    const station = new Station(this, parseJid(jid))
    this.stations.set(station.address, station)
    return station
  }

  /** Lets everybody see everybody. */
  introduce(): void {
    for (const one of this.stations.values()) {
      for (const other of this.stations.values()) if (one !== other) one.sees(other.address, true)
    }
  }

  /** Someone goes away, and everybody hears of it. */
  leave(station: Station): void {
    this.stations.delete(station.address)
    for (const other of this.stations.values()) other.sees(station.address, false)
  }
}

export class Station implements ThingClient {
  readonly town: Town
  readonly address: Jid
  readonly jid: string
  state = 'online'
  /** Payloads of messages received, as XML, whoever took them. */
  readonly received: string[] = []
  /** Bare addresses that may see us. */
  readonly contacts = new Set<string>()
  /** Bare addresses whose presence we asked for. */
  readonly followed = new Set<string>()
  onRequest: Parameters<ThingClient['roster']['onRequest']>[0] | undefined
  readonly features = new Set<string>()
  /** Nodes of service discovery. */
  readonly nodes = new Map<string, Parameters<CommandingClient['disco']['addNode']>[1]>()
  readonly platform: ThingClient['platform']
  readonly iq: ThingClient['iq']
  readonly disco: CommandingClient['disco']
  readonly presence: ThingClient['presence']
  readonly roster: ThingClient['roster']
  readonly raw: ThingClient['raw']
  readonly #handlers = new Map<string, Answer>()
  readonly #listeners = new Map<string, Set<(payload: Element, message: HeardMessage) => void>>()
  readonly #states = new Set<(status: { readonly state: string }) => void>()
  readonly #watchers = new Set<
    (change: { readonly jid: Jid; readonly presence: object | undefined }) => void
  >()
  readonly #visible = new Set<Jid>()
  #seed = 0

  constructor(town: Town, address: Jid) {
    this.town = town
    this.address = address
    this.jid = address
    this.platform = {
      clock: town.clock,
      random: {
        bytes: size => Uint8Array.from({ length: size }, () => (this.#seed = (this.#seed * 5 + 3) % 256)),
      },
      report: fault => void town.faults.push(fault),
    }
    this.iq = { get: this.#asker('get'), set: this.#asker('set') }
    this.disco = {
      info: async (jid): Promise<DiscoInfo> => {
        const station = town.stations.get(parseJid(jid))
        if (!station) throw stanzaError('service-unavailable')
        return { identities: [], features: [...station.features], forms: [] }
      },
      items: async () => [],
      addNode: (node, answers) => {
        this.nodes.set(node, answers)
        return () => void this.nodes.delete(node)
      },
      addFeatures: (...features) => {
        for (const feature of features) this.features.add(feature)
        return () => {
          for (const feature of features) this.features.delete(feature)
        }
      },
    }
    this.presence = {
      allOf: jid =>
        [...this.#visible].filter(one => one.startsWith(`${jid}/`)).map(one => ({ jid: one, priority: 0 })),
      on: (_, listener) => added(this.#watchers, listener),
    }
    this.roster = {
      get: jid => (this.contacts.has(jid) ? { seesUs: true } : undefined),
      onRequest: handler => {
        this.onRequest = handler
        return () => {
          this.onRequest = undefined
        }
      },
      approve: jid => void this.contacts.add(jid),
      revoke: jid => void this.contacts.delete(jid),
      unsubscribe: jid => void this.followed.delete(jid),
      request: async jid => void this.followed.add(jid),
    }
    this.raw = {
      send: stanza => {
        const text = writeElement(stanza)
        void setImmediate().then(() => {
          // What has left the town says nothing there.
          if (town.stations.get(this.address) === this) this.#deliver(parseElement(text))
        })
      },
    }
  }

  /** A contact's resource becomes available, or goes away. */
  sees(jid: Jid, isAvailable: boolean): void {
    if (isAvailable) this.#visible.add(jid)
    else this.#visible.delete(jid)
    for (const watcher of Array.from(this.#watchers)) watcher({ jid, presence: isAvailable ? {} : undefined })
  }

  /** The connection is lost. */
  lose(): void {
    this.state = 'offline'
    for (const listener of Array.from(this.#states)) listener({ state: this.state })
  }

  /** The connection is there again. */
  regain(): void {
    this.state = 'online'
    for (const listener of Array.from(this.#states)) listener({ state: this.state })
  }

  on(_: 'state', listener: (status: { readonly state: string }) => void): Off {
    return added(this.#states, listener)
  }

  handle<T, R, I>(
    question: Wire<T>,
    type: 'get' | 'set',
    answer: Wire<R, I>,
    handler: (question: T, request: { readonly from: Jid; readonly id?: string }) => Promise<I | undefined>,
  ): Off {
    const key = `${type} ${question.ns} ${question.name}`
    if (this.#handlers.has(key)) throw new TypeError(`There is a handler for ${key}`)
    this.#handlers.set(key, async (_, payload, from, id) => {
      const value = await handler(readWire(question, payload), id === undefined ? { from } : { from, id })
      return value === undefined ? undefined : toElement(answer, value)
    })
    return () => {
      this.#handlers.delete(key)
    }
  }

  handleRest(ns: string, handler: (name: string) => Element): Off {
    this.#handlers.set(ns, async (_, { name }) => handler(name))
    return () => {
      this.#handlers.delete(ns)
    }
  }

  /** Answers every question by hand; what `answer` gives is XML. */
  script(answer: (type: 'get' | 'set', payload: Element) => string | Promise<string>): void {
    this.#handlers.set('any', async (type, payload) => {
      const text = await answer(type, payload)
      return text === '' ? undefined : parseElement(text)
    })
  }

  onMessage<T>(wire: Wire<T>, handler: (payload: T, message: HeardMessage) => void): Off {
    const listener = (payload: Element, message: HeardMessage): void =>
      handler(readWire(wire, payload), message)
    const offs = wire.plans().map(({ ns, name }) => {
      const key = `${ns} ${name}`
      const listeners = this.#listeners.get(key) ?? new Set()
      this.#listeners.set(key, listeners)
      return added(listeners, listener)
    })
    return () => {
      for (const off of offs) off()
    }
  }

  /** Sends a message with a payload in XML. */
  say(to: string, payload: string, type: MessageType = 'normal'): void {
    this.raw.send(
      parseElement(`<message xmlns="${CLIENT_NS}" to="${to}" type="${type}">${payload}</message>`),
    )
  }

  /** Asks in XML and gets the payload of the result in XML; rejects with the `StanzaError`. */
  async ask(type: 'get' | 'set', to: string, payload: string, id?: string): Promise<string> {
    const answer = await this.#question(type, parseJid(to), parseElement(payload), id)
    return answer ? writeElement(answer) : ''
  }

  async #question(type: 'get' | 'set', to: Jid, payload: Element, id?: string): Promise<Element | undefined> {
    await setImmediate()
    const station = this.town.stations.get(to)
    if (!station) throw stanzaError('service-unavailable')
    const handlers = station.#handlers
    const { ns, name } = payload
    const handler = handlers.get('any') ?? handlers.get(`${type} ${ns} ${name}`) ?? handlers.get(ns)
    if (!handler) throw stanzaError('service-unavailable')
    try {
      return await handler(type, payload, this.address, id)
    } catch (error) {
      throw overTheWire(error)
    }
  }

  #asker(type: 'get' | 'set'): Ask {
    const ask = async <I>(
      question: Wire<unknown, I>,
      to: string | undefined,
      value: I,
      answer?: Wire<unknown>,
      options: AskOptions = {},
    ): Promise<unknown> => {
      const payload = parseElement(writeWire(question, value))
      const result = await raced(this.#question(type, parseJid(to ?? this.jid), payload), options.signal)
      if (!answer) return undefined
      if (!result) throw new ProtocolError('The result is empty')
      return readWire(answer, result)
    }
    // The overloads say what each call gives.
    return ask as Ask
  }

  #deliver(message: Element): void {
    const to = this.town.stations.get(parseJid(message.attrs.get('to') ?? ''))
    const type = messageTypes.find(known => known === message.attrs.get('type')) ?? 'normal'
    if (!to) return
    const payloads = elementsOf(message)
    to.received.push(...payloads.map(payload => writeElement(payload)))
    const keyOf = ({ ns, name }: Element): string => `${ns} ${name}`
    // The first child that somebody waits for decides.
    const known = payloads.find(payload => to.#listeners.get(keyOf(payload))?.size)
    if (!known) return
    const stanza = readWire(messageIn(CLIENT_NS), message)
    for (const listener of Array.from(to.#listeners.get(keyOf(known)) ?? []))
      listener(known, { from: this.address, type, stanza })
  }
}

function added<T>(set: Set<T>, item: T): Off {
  set.add(item)
  return () => {
    set.delete(item)
  }
}

function raced<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    promise.then(resolve, reject)
  })
}

/** An error as the other side gets it. */
function overTheWire(error: unknown): unknown {
  const known = error instanceof WireError ? stanzaError('bad-request', error.message) : error
  if (!(known instanceof StanzaError)) return stanzaError('internal-server-error')
  return new StanzaError(readWire(errorIn(CLIENT_NS), parseElement(writeWire(errorIn(CLIENT_NS), known))))
}

test('what stations say arrives as XML and in order', async () => {
  const town = new Town()
  const a = town.station('a@example.org/x')
  const b = town.station('b@example.org/y')
  for (const n of [1, 2, 3]) a.say(b.jid, `<n xmlns="urn:example" v="${n}"/>`)
  await settled()
  assert.deepEqual(
    b.received.map(text => parseElement(text).attrs.get('v')),
    ['1', '2', '3'],
  )
})
