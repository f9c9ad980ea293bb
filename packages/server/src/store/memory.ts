/** The memory driver: for tests, demonstrations and whatever need not outlive the process. */

import { type Gate, MemoryEntries, MemoryRows, type Restorable } from './memory-tables.ts'
import { blobsOver, keyedOver, logOver, mappedOver } from './over-tables.ts'
import type { Shape, Shapes } from './shape.ts'
import { StoreError } from './store-error.ts'
import type { OpenedStores, StoreDriver } from './stores.ts'
import { tableOf } from './table.ts'

/** Everything a memory driver held at one moment. */
export interface MemorySnapshot {
  /** Puts it back: stores opened before go on with it, and what was opened since is empty. */
  restore(): void
}

/** A driver that keeps everything in memory; writes are done when they return, reads never wait. */
export interface MemoryDriver extends StoreDriver {
  snapshot(): MemorySnapshot
}

interface Held {
  readonly shape: Shape
  readonly table: Restorable
  /** Makes the table empty again. */
  readonly empty: () => void
  readonly store: unknown
}

const held = (shape: Shape, table: Restorable, store: unknown): Held => {
  return { shape, table, empty: table.snapshot(), store }
}

function openShape(feature: string, name: string, shape: Shape, gate: Gate): Held {
  const table = tableOf(feature, name, shape)
  if (shape.shape === 'log') {
    const entries = new MemoryEntries(table, gate)
    return held(shape, entries, logOver(entries, table))
  }
  const rows = new MemoryRows(gate)
  if (shape.shape === 'blobs') return held(shape, rows, blobsOver(rows))
  const over = shape.shape === 'keyed' ? keyedOver : mappedOver
  return held(shape, rows, over(rows, table.layout))
}

/** Makes an empty memory driver. Opening the same stores again gives the same content. */
export function memoryStore(): MemoryDriver {
  const places = new Map<string, Held>()
  let closed = false
  const gate = (): void => {
    if (closed) throw new StoreError('closed', 'The store is closed')
  }

  const openOne = (host: string, feature: string, name: string, shape: Shape): unknown => {
    const place = JSON.stringify([host, feature, name])
    const found = places.get(place) ?? openShape(feature, name, shape, gate)
    if (found.shape.shape !== shape.shape) {
      throw new StoreError(
        'bad-declaration',
        `Store ${feature}/${name} is ${found.shape.shape}, not ${shape.shape}`,
      )
    }
    places.set(place, found)
    return found.store
  }

  return {
    async open<const D extends Shapes>(host: string, feature: string, declared: D): Promise<OpenedStores<D>> {
      gate()
      const opened = Object.entries(declared).map(
        ([name, shape]) => [name, openOne(host, feature, name, shape)] as const,
      )
      // Each store was made of its own declaration just above.
      return Object.fromEntries(opened) as unknown as OpenedStores<D>
    },
    flushed: async () => {},
    faults: 0,
    async close() {
      closed = true
    },
    snapshot() {
      const kept = new Map([...places].map(([place, { table }]) => [place, table.snapshot()]))
      return {
        restore() {
          for (const [place, { empty }] of places) (kept.get(place) ?? empty)()
        },
      }
    },
  }
}
