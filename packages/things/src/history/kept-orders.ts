/** What others have ordered and were promised, kept where the thing keeps its history: it outlives the process. */
import { type Jid, tryJid } from '@waxwing/jid'
import { type Generation, stanzaError, stringValue } from '@waxwing/protocol'
import {
  el,
  elementsOf,
  parseElement,
  readWire,
  toElement,
  type Wire,
  WireError,
  writeElement,
  XmlError,
} from '@waxwing/xml'
import type { HistoryRow, HistoryStore } from './history-store.ts'

/** Where an order is kept; nobody else needs to know. */
export interface KeptOrder {
  readonly slot: number
}

/** An order with who gave it. */
export interface Ordered<T> {
  readonly from: Jid
  /** Whether their presence was seen: then they are there only while it is. */
  readonly isSeen: boolean
  readonly value: T
}

export interface KeptOrdersWorld<T> {
  /** Absent: nothing outlives the process. */
  readonly store: HistoryStore | undefined
  /** What the orders are. */
  readonly name: string
  readonly generations: readonly Generation[]
  wire(generation: Generation): Wire<T> | undefined
  readonly report: (fault: unknown) => void
}

/** Rows read at once. */
const pageRows = 500
const NS = 'urn:waxwing:orders'

/** Each order has a row of its own whose time is the number of its place; a place without order has an empty row. */
export class KeptOrders<T extends { readonly generation: Generation }> {
  readonly #world: KeptOrdersWorld<T>
  readonly #free: number[] = []
  #next = 0
  #loading: Promise<readonly HistoryRow[]> | undefined
  #isClosed = false

  constructor(world: KeptOrdersWorld<T>) {
    this.#world = world
  }

  /** Whether there is a place where they are kept. */
  get isLasting(): boolean {
    return this.#world.store !== undefined
  }

  /** Whether anything stood when the process began. */
  async hasAny(): Promise<boolean> {
    return (await this.#rows()).length > 0
  }

  /** What stood when the process began, in the order of their places. What cannot be read is reported and forgotten. */
  async recalled(): Promise<readonly (Ordered<T> & { readonly order: KeptOrder })[]> {
    const found: (Ordered<T> & { readonly order: KeptOrder })[] = []
    const rows = await this.#rows()
    for (const { at: slot, value } of this.#isClosed ? [] : rows) {
      const ordered = this.#read(value.text)
      if (ordered) found.push({ ...ordered, order: { slot } })
      else void this.forget({ slot })
    }
    return found
  }

  /** Settles when it is kept; `undefined`: there is no place where. Throws `internal-server-error` when it cannot be. */
  async keep({ from, isSeen, value }: Ordered<T>): Promise<KeptOrder | undefined> {
    const { store, report } = this.#world
    if (!store) return undefined
    const wire = this.#world.wire(value.generation)
    if (!wire) return undefined
    const text = writeElement(el(NS, 'order', { from, seen: String(isSeen) }, toElement(wire, value)))
    let slot: number | undefined
    try {
      await this.#rows()
      slot = this.#free.pop() ?? this.#next++
      await this.#write(store, slot, text)
      return { slot }
    } catch (fault) {
      if (slot !== undefined) this.#free.push(slot)
      report(fault)
      throw stanzaError('internal-server-error', 'It could not be kept')
    }
  }

  /** Settles when it will not be recalled; never rejects. Once closed everything stays as it is. */
  async forget(order: KeptOrder | undefined): Promise<void> {
    const { store, report } = this.#world
    if (!store || !order || this.#isClosed) return
    try {
      await this.#write(store, order.slot, '')
      this.#free.push(order.slot)
    } catch (fault) {
      report(fault)
    }
  }

  /** What stands now stands for the next process. */
  close(): void {
    this.#isClosed = true
  }

  async #write(store: HistoryStore, slot: number, text: string): Promise<void> {
    const row: HistoryRow = { at: slot, value: stringValue(text), quality: [] }
    await store.write([{ do: 'add', series: this.#series, rows: [row] }], { durable: true })
  }

  get #series(): string {
    return JSON.stringify(['orders', this.#world.name])
  }

  /** Read once; places without order are free. */
  #rows(): Promise<readonly HistoryRow[]> {
    return (this.#loading ??= this.#load())
  }

  async #load(): Promise<readonly HistoryRow[]> {
    const { store } = this.#world
    const taken: HistoryRow[] = []
    if (!store) return taken
    for (;;) {
      const page = await store.read(this.#series, {
        from: this.#next,
        to: Number.MAX_SAFE_INTEGER,
        limit: pageRows,
      })
      for (const row of page) {
        if (row.value.text === '') this.#free.push(row.at)
        else taken.push(row)
      }
      const last = page.at(-1)
      if (!last) return taken
      this.#next = last.at + 1
    }
  }

  #read(text: string): Ordered<T> | undefined {
    const { generations, report } = this.#world
    try {
      const order = parseElement(text)
      const from = tryJid(order.attrs.get('from') ?? '')
      const [payload] = elementsOf(order)
      const wire = generations
        .map(generation => this.#world.wire(generation))
        .find(one => payload && one?.planFor(payload.ns, payload.name))
      if (!from || !payload || !wire) return undefined
      return { from, isSeen: order.attrs.get('seen') === 'true', value: readWire(wire, payload) }
    } catch (fault) {
      if (!(fault instanceof WireError || fault instanceof XmlError)) throw fault
      report(fault)
      return undefined
    }
  }
}
