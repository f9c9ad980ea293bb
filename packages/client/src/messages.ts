/** Messages by what they carry: the first child somebody waits for decides. */
import type { Jid } from '@waxwing/jid'
import { CLIENT_NS, type Message, type MessageType, messageIn, messageTypes } from '@waxwing/protocol'
import { readWire, type Slice, type Wire, type XmlHandler } from '@waxwing/xml'
import type { Off } from './events.ts'
import { keyOf, keysOf } from './wire-keys.ts'

/** A message that has arrived. */
export class IncomingMessage {
  readonly from: Jid
  readonly id: string | undefined
  readonly type: MessageType
  /** As it came. */
  readonly slice: Slice
  #stanza: Message | undefined

  constructor(slice: Slice, from: Jid) {
    this.slice = slice
    this.from = from
    this.id = slice.attr('id')
    this.type = messageTypes.find(known => known === slice.attr('type')) ?? 'normal'
  }

  /** The whole stanza; read when first asked for. Throws `WireError`. */
  get stanza(): Message {
    this.#stanza ??= readWire(messageIn(CLIENT_NS), this.slice)
    return this.#stanza
  }

  /** The first child of a kind. Throws `WireError`. */
  as<T>(wire: Wire<T>): T | undefined {
    return this.slice.readChild(wire)
  }
}

export type MessageHandler<T> = (payload: T, message: IncomingMessage) => void

type Entry = (message: IncomingMessage) => void

export class MessageHandlers {
  /** A list is never changed: many names share one. */
  readonly #entries = new Map<string, readonly Entry[]>()

  /** Calls `handler` for every message whose first known child is of this kind; errors (type `error`) included. */
  on<T>(wire: Wire<T>, handler: MessageHandler<T>): Off {
    const entry: Entry = message => {
      const payload = message.as(wire)
      if (payload !== undefined) handler(payload, message)
    }
    const keys = keysOf(wire)
    let before: readonly Entry[] | undefined
    let list: readonly Entry[] = [entry]
    for (const key of keys) {
      const others = this.#entries.get(key)
      if (others !== before) list = others ? others.concat(entry) : [entry]
      before = others
      this.#entries.set(key, list)
    }
    return () => {
      for (const key of keys) this.#remove(key, entry)
    }
  }

  /** Whether somebody took the message. */
  receive(slice: Slice, message: IncomingMessage): boolean {
    const entries = this.#entriesFor(slice)
    if (!entries) return false
    for (const entry of entries) entry(message)
    return true
  }

  #entriesFor(slice: Slice): readonly Entry[] | undefined {
    const { headNs, headName } = slice
    if (this.#entries.size === 0 || headNs === undefined || headName === undefined) return undefined
    const first = this.#entries.get(keyOf(headNs, headName))
    if (first) return first
    const search = new ChildSearch(this.#entries)
    slice.events(search)
    return search.found
  }

  #remove(key: string, entry: Entry): void {
    const left = this.#entries.get(key)?.filter(other => other !== entry) ?? []
    if (left.length > 0) this.#entries.set(key, left)
    else this.#entries.delete(key)
  }
}

/** Looks at the names of the children, without reading them. */
class ChildSearch implements XmlHandler {
  found: readonly Entry[] | undefined
  readonly #entries: ReadonlyMap<string, readonly Entry[]>
  #depth = 0

  constructor(entries: ReadonlyMap<string, readonly Entry[]>) {
    this.#entries = entries
  }

  start(ns: string, name: string): void {
    if (this.#depth++ === 1) this.found ??= this.#entries.get(keyOf(ns, name))
  }

  text(): void {}

  end(): void {
    this.#depth--
  }
}
