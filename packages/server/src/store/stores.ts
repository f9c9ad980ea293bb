/** What a feature gets for the stores it declared, and what a driver must provide. */

import type { Now } from '@waxwing/stream'
import type { BlobsShape, KeyedShape, LogShape, MappedShape, Shapes } from './shape.ts'

// Reads answer at once where the driver can.
export type { Now }

/*
 * For all stores: a write's promise resolves when the write is durable. What is written in one synchronous
 * turn becomes visible and durable together or not at all, and in that order; if it fails, every promise of
 * that turn rejects with a StoreError. Reads see all writes asked for before them. A value that does not fit
 * its column is refused before it is taken: that promise alone rejects ('bad-value').
 */

/** One row per key. */
export interface Keyed<K extends string, V> {
  get(key: K): Now<V | undefined>
  put(key: K, value: V): Promise<void>
  delete(key: K): Promise<void>
  /**
   * Reads, changes and writes with nobody in between.
   *
   * @param change gets the row or `undefined`, gives the new row; `undefined` deletes it. Must not wait.
   * @returns what `change` gave, when it is durable
   */
  update(key: K, change: (value: V | undefined) => V | undefined): Promise<V | undefined>
  /** At most `max` (1,000) keys behind `after` (the beginning), in code point order. */
  keys(after?: K, max?: number): Now<readonly K[]>
}

/** A small map per key. */
export interface Mapped<K extends string, E extends string, V> {
  /** All entries of a key in code point order; empty when there is none. */
  all(key: K): Now<ReadonlyMap<E, V>>
  get(key: K, entry: E): Now<V | undefined>
  put(key: K, entry: E, value: V): Promise<void>
  delete(key: K, entry: E): Promise<void>
  /** As {@link Keyed.update}, for one entry. */
  update(key: K, entry: E, change: (value: V | undefined) => V | undefined): Promise<V | undefined>
  /** Deletes all entries of a key. */
  clear(key: K): Promise<void>
  /** At most `max` (1,000) keys that have entries, behind `after`, in code point order. */
  keys(after?: K, max?: number): Now<readonly K[]>
}

/** Names an entry of a log: a positive integer that grows with every append and is never given twice. */
export type EntryId = number

/** One entry of a log; `at` in ms since 1970 (UTC). */
export interface LogEntry<V> {
  readonly id: EntryId
  readonly at: number
  readonly value: V
}

/** Which entries of a key: all conditions hold together; those left out do not narrow. */
export interface LogRange<V, I extends keyof V> {
  /** Only entries behind this id, which need not exist any more. */
  readonly after?: EntryId | undefined
  /** Only entries ahead of this id, which need not exist any more. */
  readonly before?: EntryId | undefined
  /** First moment, ms since 1970, inclusive. */
  readonly from?: number | undefined
  /** Last moment, ms since 1970, inclusive. */
  readonly to?: number | undefined
  /** Only entries whose columns, declared for it, have these values. */
  readonly where?: { readonly [N in I]?: V[N] | undefined } | undefined
}

/** A range of which `max` entries are wanted: the first ones, or with `backwards` the last ones. */
export interface LogQuery<V, I extends keyof V> extends LogRange<V, I> {
  readonly max: number
  readonly backwards?: boolean | undefined
}

/** The entries found, oldest first; `complete` when the range holds no more in the direction asked for. */
export interface LogPage<V> {
  readonly entries: readonly LogEntry<V>[]
  readonly complete: boolean
}

/** Entries appended per key. Within a key the order of ids, of appending and of time is one and the same. */
export interface Log<K extends string, V, I extends keyof V = never> {
  /**
   * Appends an entry.
   *
   * @param at ms since 1970; a moment before the key's last entry is kept as that entry's moment, so that a
   *   clock set back cannot hide an entry from a reader who goes on from the last id seen
   */
  append(key: K, value: V, at: number): Promise<EntryId>
  get(key: K, id: EntryId): Now<LogEntry<V> | undefined>
  page(key: K, query: LogQuery<V, I>): Now<LogPage<V>>
  /** Counts the entries of a range, but not beyond `max`. */
  count(key: K, range?: LogRange<V, I>, max?: number): Now<number>
  /**
   * The newest entry with these values, at once. It need not see appends whose promises have not settled, nor notice
   * removals of that kind: for questions where an answer now is worth more than the last word.
   */
  peek(key: K, where: NonNullable<LogRange<V, I>['where']>): LogEntry<V> | undefined
  /** Removes entries by id; ids that are not there are passed over. */
  remove(key: K, ids: readonly EntryId[]): Promise<void>
  clear(key: K): Promise<void>
  /**
   * Removes all entries of the host older than `before` (ms since 1970), key by key. Long work is done in
   * pieces that others' writes may come between.
   *
   * @returns how many were removed
   */
  expire(before: number): Promise<number>
  /** At most `max` (1,000) keys that have entries, behind `after`, in code point order. */
  keys(after?: K, max?: number): Now<readonly K[]>
}

/** Bytes by id. */
export interface Blobs {
  get(id: string): Now<Uint8Array | undefined>
  /** Copies the bytes: the caller may reuse the buffer. */
  put(id: string, bytes: Uint8Array): Promise<void>
  delete(id: string): Promise<void>
}

/** The stores of a declaration, opened. */
export type OpenedStores<D extends Shapes> = {
  readonly [N in keyof D]: D[N] extends KeyedShape<infer K, infer V>
    ? Keyed<K, V>
    : D[N] extends MappedShape<infer K, infer E, infer V>
      ? Mapped<K, E, V>
      : D[N] extends LogShape<infer K, infer V, infer I>
        ? Log<K, V, I & keyof V>
        : D[N] extends BlobsShape
          ? Blobs
          : never
}

/** SQL that leads a feature's tables from version `to - 1` to `to`. Version 1 is the first declaration. */
export interface Migration {
  readonly to: number
  readonly sql: readonly string[]
}

/** A place to keep things: memory, SQLite … Several hosts and features share one. */
export interface StoreDriver {
  /**
   * Opens the stores of one feature on one host; tables that are absent are created.
   *
   * @param feature the feature's name, in kebab-case
   * @param migrations one for each version after the first, in order
   * @throws StoreError when what is there does not fit the declaration
   */
  open<const D extends Shapes>(
    host: string,
    feature: string,
    declared: D,
    migrations?: readonly Migration[],
  ): Promise<OpenedStores<D>>
  /** Resolves when everything written so far is durable or has failed. Never rejects. */
  flushed(): Promise<void>
  /**
   * Turns whose writes have failed so far. Who sees the same number before writing and after `flushed` knows that
   * nothing was lost in between, whoever wrote it.
   */
  readonly faults: number
  /** Makes everything durable and lets go of the place. Afterwards all reads and writes fail with 'closed'. */
  close(): Promise<void>
}
