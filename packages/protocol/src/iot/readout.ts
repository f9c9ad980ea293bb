// What a readout is about, free of any generation's spelling (XEP-0323, IEEE 1451.99 sensor data).
import type { Element } from '@waxwing/xml'
import type { FieldCategory, FieldQuality, HistoryPeriod } from './field-flags.ts'
import type { Generation } from './generations.ts'
import type { Localization } from './localization.ts'
import type { SensorValue } from './sensor-value.ts'
import type { Timestamp } from './timestamp.ts'

/** A node behind a thing. Where a `NodeRef` is `undefined`, the thing itself is meant. */
export interface NodeRef {
  readonly id: string
  readonly source?: string | undefined
  readonly partition?: string | undefined
}

/** Whether two references name the same node; `undefined` is the thing itself. */
export function sameNode(a: NodeRef | undefined, b: NodeRef | undefined): boolean {
  return a?.id === b?.id && a?.source === b?.source && a?.partition === b?.partition
}

/** One reading. */
export interface SensorField {
  /** Not localised, case-sensitive. */
  readonly name: string
  readonly value: SensorValue
  readonly categories: readonly FieldCategory[]
  /** Distances of a historical value; empty when not told. */
  readonly periods: readonly HistoryPeriod[]
  readonly quality: readonly FieldQuality[]
  readonly localization?: Localization | undefined
  /** Whether a control parameter of this name exists; `undefined`: not told. */
  readonly writable?: boolean | undefined
  /** The `x` element of the short family, as it came. */
  readonly annotation?: Element | undefined
}

/** What one node had to say of one time: fields, or that reading failed. */
export type ReadoutPart =
  | {
      readonly kind: 'fields'
      readonly node: NodeRef | undefined
      readonly time: Timestamp
      readonly fields: readonly SensorField[]
    }
  | {
      readonly kind: 'error'
      readonly node: NodeRef | undefined
      readonly time: Timestamp
      /** For people. */
      readonly text: string
    }

/** Who asks on whose behalf, as a provisioning server knows them. */
export interface ReadoutTokens {
  readonly service: readonly string[]
  readonly device: readonly string[]
  readonly user: readonly string[]
}

/** A question for sensor data. */
export interface ReadoutRequest {
  readonly generation: Generation
  /** Chosen by who asks; a whole number in the long family. */
  readonly id: string
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Names of fields; empty: all. */
  readonly fields: readonly string[]
  readonly categories: readonly FieldCategory[]
  /** With `historical`: these distances only; empty: any. */
  readonly periods: readonly HistoryPeriod[]
  /** Every category. */
  readonly all: boolean
  /** Both ends are included. */
  readonly from?: Timestamp | undefined
  readonly to?: Timestamp | undefined
  /** When to read; absent: now. */
  readonly when?: Timestamp | undefined
  readonly tokens: ReadoutTokens
}

/** A wish to stop a readout. */
export interface ReadoutCancel {
  readonly generation: Generation
  readonly id: string
}

/** Parts of a readout. */
export interface ReadoutData {
  readonly kind: 'data'
  readonly generation: Generation
  readonly id: string
  readonly parts: readonly ReadoutPart[]
  /** Nothing follows. */
  readonly last: boolean
  /** Values that were left out because nobody could make sense of them. */
  readonly skipped: number
}

/** Anything a thing says about a readout. */
export type ReadoutReport =
  | {
      readonly kind: 'accepted'
      readonly generation: Generation
      readonly id: string
      /** It will not start now. */
      readonly queued: boolean
    }
  | { readonly kind: 'started'; readonly generation: Generation; readonly id: string }
  | ReadoutData
  | { readonly kind: 'done'; readonly generation: Generation; readonly id: string }
  /** Only in the long family; the short one answers a cancel with nothing. */
  | { readonly kind: 'cancelled'; readonly generation: Generation; readonly id: string }
  /** Only in `sn`. */
  | {
      readonly kind: 'rejected'
      readonly generation: Generation
      readonly id: string
      readonly texts: readonly string[]
    }
