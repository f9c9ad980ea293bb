/** Things on both sides: a client that has fields to read, and one that reads them, in every namespace generation. */
export {
  type ClaimLink,
  formatClaimLink,
  LinkError,
  type Meta,
  parseClaimLink,
  parseCondition,
  parseSearchLink,
  type SearchLink,
} from './claim-link.ts'
export type { Conditions, Wanted } from './conditions.ts'
export type { ControlPermission, ControlQuestion, ControlRecord } from './control-options.ts'
export {
  ControlError,
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
  color,
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
  type NumberSource,
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
  type WordSource,
} from './field-types.ts'
export {
  type ClaimedThing,
  type ClaimOptions,
  claim,
  describeThing,
  disown,
  type FoundThing,
  type OwnerOptions,
  owned,
  remove,
  type SearchOptions,
  search,
} from './ownership.ts'
export type { Parameter } from './parameter-form.ts'
export { type ParameterLook, type ParameterSource, WriteError } from './parameters.ts'
export type { ThingClient } from './port.ts'
export type { ProvisioningOptions } from './provisioning-options.ts'
export { read, type Snapshot, type SnapshotShape, snapshot } from './read.ts'
export type { ReadOptions } from './read-options.ts'
export type { ErrorReading, FieldReading, Reading } from './reading.ts'
export type { Ownership, Registration, RegistrationOptions } from './registration.ts'
export type { RegistryOptions } from './registries.ts'
export {
  type ControlOptions,
  type ControlResult,
  type ControlValue,
  parameters,
  type SetOptions,
  set,
} from './set.ts'
export { type TalkingClient, talk } from './talk.ts'
export { type Thing, thing } from './thing.ts'
export type {
  DeclaredFields,
  Permission,
  ReadQuestion,
  ThingLimits,
  ThingNode,
  ThingOptions,
} from './thing-options.ts'
export { type Threshold, type WatchOptions, watch } from './watch.ts'
