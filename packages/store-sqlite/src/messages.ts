/** What the store and its writer thread say to each other. */

import type { SqlValue, StoreCondition } from '@waxwing/server/store'

/** Why something could not be done. */
export interface Fault {
  readonly condition: StoreCondition
  readonly message: string
}

/**
 * Groups of writes, each to be committed whole or not at all. The lists of all groups are laid end to end,
 * which crosses threads faster than lists of lists.
 */
export interface WriteMessage {
  readonly kind: 'write'
  /** The groups' numbers, and how many statements each has. */
  readonly groups: readonly number[]
  readonly lengths: readonly number[]
  /** Numbers of prepared statements, and the values of all their parameters. */
  readonly statements: readonly number[]
  readonly values: readonly SqlValue[]
}

/** A statement to prepare; `parameters` is how many values it takes. */
export interface Sql {
  readonly sql: string
  readonly parameters: number
}

/** A table as it should be. */
export interface TableSchema {
  readonly name: string
  readonly create: readonly string[]
  /** Every column's name. */
  readonly columns: readonly string[]
}

/** What has to be in place before a feature's stores can be used. */
export interface SchemaCall {
  readonly do: 'schema'
  readonly feature: string
  readonly version: number
  readonly migrations: readonly { readonly to: number; readonly sql: readonly string[] }[]
  readonly tables: readonly TableSchema[]
}

/** Something to be done outside of the groups, and answered. */
export type Call =
  | SchemaCall
  /** Prepares statements under the numbers from `first` on. */
  | { readonly do: 'prepare'; readonly first: number; readonly statements: readonly Sql[] }
  /** Runs one statement in a transaction of its own; the answer is how many rows changed. */
  | { readonly do: 'run'; readonly sql: string; readonly values: readonly SqlValue[] }
  | { readonly do: 'close' }

/** A call with its number. */
export interface CallMessage {
  readonly kind: 'call'
  readonly id: number
  readonly call: Call
}

/** What the writer hears. */
export type ToWriter = WriteMessage | CallMessage

/** What the writer says. */
export type FromWriter =
  /** The file is open, or cannot be used. */
  | { readonly kind: 'opened'; readonly fault: Fault | undefined }
  /** All groups up to this number are durable, but for those that failed. */
  | { readonly kind: 'done'; readonly upTo: number; readonly failed: ReadonlyMap<number, Fault> }
  | {
      readonly kind: 'answer'
      readonly id: number
      readonly value: number
      readonly fault: Fault | undefined
    }

/** What the writer is started with. */
export interface WriterOptions {
  readonly file: string
  readonly maxBytes: number | undefined
}
