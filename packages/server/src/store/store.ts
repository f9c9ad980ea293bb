/** Storage as features see it: four shapes to declare, the stores they get, and what a driver must provide. */

export { allKeys } from './all-keys.ts'
// For those who write drivers.
export { byCodePoints } from './code-points.ts'
export type { CellType, Layout, SqlValue } from './codec.ts'
export type { Column, Columns, ColumnType, FilledColumn, Row } from './column.ts'
export { column } from './column.ts'
export type { MemoryDriver, MemorySnapshot } from './memory.ts'
export { memoryStore } from './memory.ts'
export type { CellRange, Cells, LogCells, LogTable, RowTable } from './over-tables.ts'
export { blobsOver, keyedOver, logOver, mappedOver } from './over-tables.ts'
export type { BlobsShape, Key, KeyedShape, LogShape, MappedShape, Shape, Shapes } from './shape.ts'
export { blobs, key, keyed, log, mapped } from './shape.ts'
export type { StoreCondition } from './store-error.ts'
export { StoreError } from './store-error.ts'
export type {
  Blobs,
  EntryId,
  Keyed,
  Log,
  LogEntry,
  LogPage,
  LogQuery,
  LogRange,
  Mapped,
  Migration,
  Now,
  OpenedStores,
  StoreDriver,
} from './stores.ts'
export type { Table } from './table.ts'
export { tableOf } from './table.ts'
