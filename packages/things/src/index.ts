/** Things on both sides: a client that has fields to read, and one that reads them, in every namespace generation. */

export type { DatabaseCall, DatabaseLook, DatabaseSource, DatabaseValue } from './concentrator/database.ts'
export {
  type ActionLook,
  type CommandSource,
  type CreatableType,
  command,
  InputError,
  type LazyNodeOptions,
  type Localized,
  type NodeAction,
  type NodeCall,
  type NodeOptions,
  nodeType,
  type QuerySource,
  query,
  type TypeSource,
  type ValuesOf,
} from './concentrator/node-options.ts'
export type {
  ConcentratorLimits,
  ConcentratorOptions,
  ManageQuestion,
  ManageRecord,
  SightQuestion,
} from './concentrator/options.ts'
export type { CellValue, QueryReport, ReportTable } from './concentrator/query-report.ts'
export type { LazyNodes, NodeIndex, NodePage, Source, SourceOptions } from './concentrator/source.ts'
export type { ReportOptions, SourceNode } from './concentrator/source-node.ts'
export type { ConcentratorClientOptions } from './concentrator-client/asking.ts'
export {
  Concentrator,
  concentrator,
  type DatabaseInfo,
  type IndexedValue,
} from './concentrator-client/concentrator.ts'
export type { DatabaseReadOptions, FieldDatabase } from './concentrator-client/field-database.ts'
export type { FollowOptions, SourceNews } from './concentrator-client/following.ts'
export type { FormValue, FormValues } from './concentrator-client/forms.ts'
export type { ConcentratorNode, DetailOptions } from './concentrator-client/node.ts'
export type { NodeGroup } from './concentrator-client/node-group.ts'
export type { QueryNews, QueryOptions, RunningQuery } from './concentrator-client/querying.ts'
export type { Sniffing, SniffNews, SniffOptions } from './concentrator-client/sniffing.ts'
export type { WalkedNode, WalkOptions } from './concentrator-client/walking.ts'
export type { Bound, Range } from './control/bounds.ts'
export { check } from './control/check.ts'
export type {
  ControlDecision,
  ControlPermission,
  ControlQuestion,
  ControlRecord,
  ControlWay,
} from './control/control-options.ts'
export { type GroupFault, type GroupSource, group } from './control/group.ts'
export { type FormParameter, type OpenForm, openForm } from './control/open-form.ts'
export type { Parameter } from './control/parameter-form.ts'
export {
  type Dependent,
  type ParameterLook,
  type ParameterSource,
  type Rate,
  type ValuesAround,
  WriteError,
} from './control/parameters.ts'
export {
  type ControlOptions,
  type ControlResult,
  type ControlValue,
  parameters,
  type SetOptions,
  set,
} from './control/set.ts'
export {
  ConcentratorError,
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
export { type Threshold, type WatchOptions, watch } from './events/watch.ts'
export type {
  ColorSource,
  FieldSource,
  NumberSource,
  QuantitySource,
  RangedSource,
  WordSource,
} from './field-sources.ts'
export {
  bool,
  color,
  type DeclaredField,
  date,
  dateTime,
  duration,
  enumeration,
  type FieldType,
  type HistoryWindow,
  int,
  long,
  optional,
  type QuantityType,
  quantity,
  ReadError,
  Sample,
  type Samples,
  sample,
  string,
  time,
  type ValueOfKind,
} from './field-types.ts'
export { type HistoryOfOptions, history } from './history/history.ts'
export type { HistoryOptions, Thinning } from './history/history-policy.ts'
export {
  type Aggregate,
  type HistoryChange,
  type HistoryRange,
  type HistoryRow,
  type HistoryStore,
  type HistoryWriting,
  memoryHistory,
} from './history/history-store.ts'
export {
  type ClaimLink,
  formatClaimLink,
  LinkError,
  type Meta,
  parseClaimLink,
  parseCondition,
  parseSearchLink,
  type SearchLink,
} from './ownership/claim-link.ts'
export type { Conditions, Wanted } from './ownership/conditions.ts'
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
} from './ownership/ownership.ts'
export {
  type Ownership,
  type Registration,
  type RegistrationOptions,
  unregister,
} from './ownership/registration.ts'
export type { RegistryOptions } from './ownership/registries.ts'
export type { ThingClient } from './port.ts'
export type { ProvisioningOptions } from './provisioning/provisioning-options.ts'
export {
  type AnswerFor,
  type AnswerOptions,
  type Question,
  type QuestionsOptions,
  questions,
} from './provisioning/questions.ts'
export type { KeyHolder } from './provisioning/token-desk.ts'
export { type TokenOptions, tokenFor } from './provisioning/tokens.ts'
export { read, type Snapshot, type SnapshotShape, snapshot } from './readout/read.ts'
export type { ReadOptions } from './readout/read-options.ts'
export { type ErrorReading, type FieldReading, QuantityReading, type Reading } from './readout/reading.ts'
export {
  type LastKnownOptions,
  lastKnown,
  sleepOf,
  type WakefulClient,
} from './sleep/asleep.ts'
export { type Keeper, type KeeperLimits, type KeeperOptions, keeper } from './sleep/keeper.ts'
export {
  type LaterOrder,
  type LaterOutcome,
  type LaterValue,
  outcomes,
  type SetLaterOptions,
  setLater,
} from './sleep/set-later.ts'
export {
  type Sleeper,
  type SleeperOptions,
  type SleepingClient,
  type SleepOptions,
  sleeper,
} from './sleep/sleeper.ts'
export { type StringTable, StringTables } from './string-tables.ts'
export { adHoc, type CommandingClient } from './talk/ad-hoc.ts'
export { controlLog, type ToldRecord } from './talk/record-table.ts'
export { type TalkingClient, talk } from './talk/talk.ts'
export { type Thing, thing } from './thing.ts'
export {
  type ActionAffordance,
  type DataSchema,
  type DescribeOptions,
  describe,
  type EventAffordance,
  type PropertyAffordance,
  type ThingDescription,
  type ThingForm,
} from './thing-description.ts'
export type {
  DeclaredFields,
  Permission,
  ReadQuestion,
  ThingLimits,
  ThingNode,
  ThingOptions,
} from './thing-options.ts'
export type { InsteadOf } from './units/unit-table.ts'
export {
  type Amount,
  areAlike,
  convert,
  convertDifference,
  parseAmount,
  sameUnit,
  UnitError,
} from './units/units.ts'
