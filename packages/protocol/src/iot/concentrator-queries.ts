// What the result of a query is made of, free of any generation's spelling (XEP-0326 §3.7).
import type { NodeRef } from './readout.ts'

export const alignments = ['Left', 'Center', 'Right'] as const

/** A column of a table in the result of a query. XEP-0326 §5.8 */
export interface QueryColumn {
  readonly id: string
  readonly header?: string | undefined
  /** Its cells are ids of nodes of this source. */
  readonly source?: string | undefined
  readonly partition?: string | undefined
  readonly foreground?: string | undefined
  readonly background?: string | undefined
  readonly alignment?: (typeof alignments)[number] | undefined
  readonly decimals?: number | undefined
}

/** Types of cells that are a text. XEP-0326 §5.9 */
export const cellKinds = [
  'boolean',
  'color',
  'date',
  'dateTime',
  'double',
  'duration',
  'int',
  'long',
  'string',
  'time',
] as const
export type CellKind = (typeof cellKinds)[number]

/** A cell of a table. Quantities and measurements exist since `nf`. */
export type QueryCell =
  | { readonly kind: CellKind; readonly value: string }
  | { readonly kind: 'base64'; readonly contentType: string; readonly value: string }
  | { readonly kind: 'quantity'; readonly magnitude: string; readonly unit: string }
  | {
      readonly kind: 'measurement'
      readonly magnitude: string
      readonly unit: string
      readonly error: string
    }
  | { readonly kind: 'void' }

export const queryMessageTypes = ['Information', 'Warning', 'Error', 'Exception'] as const
export const queryMessageLevels = ['Minor', 'Medium', 'Major'] as const

/** What a query has to say. XEP-0326 §3.7 */
export type QueryEvent =
  | { readonly kind: 'queryStarted' | 'queryDone' | 'queryAborted' | 'endSection' }
  | { readonly kind: 'title'; readonly name: string }
  | { readonly kind: 'status'; readonly message: string }
  | { readonly kind: 'beginSection'; readonly header: string }
  | {
      readonly kind: 'newTable'
      readonly table: string
      readonly name: string
      readonly columns: readonly QueryColumn[]
    }
  | {
      readonly kind: 'newRecords'
      readonly table: string
      readonly records: readonly { readonly cells: readonly QueryCell[] }[]
    }
  | { readonly kind: 'tableDone'; readonly table: string }
  /** `value` is in base 64. */
  | { readonly kind: 'newObject'; readonly contentType: string; readonly value: string }
  | {
      readonly kind: 'queryMessage'
      readonly type: (typeof queryMessageTypes)[number]
      readonly level: (typeof queryMessageLevels)[number]
      readonly text: string
    }

/** Parts of the result of a query, in their order. */
export interface QueryProgress extends NodeRef {
  readonly queryId: string
  readonly events: readonly QueryEvent[]
}
