/** Things on both sides: a client that has fields to read, and one that reads them, in every namespace generation. */
export {
  FieldError,
  NotAuthorizedError,
  NotSupportedError,
  ReadoutError,
  ReadoutOverflowError,
  ReadoutTimeoutError,
  RefusedError,
  UnreachableError,
} from './errors.ts'
export {
  bool,
  type DeclaredField,
  date,
  dateTime,
  duration,
  enumeration,
  type FieldSource,
  type FieldType,
  type HistoryWindow,
  int,
  long,
  optional,
  type QuantitySource,
  quantity,
  ReadError,
  Sample,
  type Samples,
  sample,
  string,
  time,
  type ValueOfKind,
} from './field-types.ts'
export type { ThingClient } from './port.ts'
export { read, type Snapshot, type SnapshotShape, snapshot } from './read.ts'
export type { ReadOptions } from './read-options.ts'
export type { ErrorReading, FieldReading, Reading } from './reading.ts'
export { type Thing, thing } from './thing.ts'
export type {
  DeclaredFields,
  Permission,
  ReadQuestion,
  ThingLimits,
  ThingNode,
  ThingOptions,
} from './thing-options.ts'
