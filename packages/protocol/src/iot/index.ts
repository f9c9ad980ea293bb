/** Wire formats of things: sensor data in every namespace generation, read into one model. */
export {
  type ControlAnswer,
  type ControlForm,
  type ControlFormat,
  type ControlFormRequest,
  type ControlKind,
  type ControlOutcome,
  type ControlParameter,
  type ControlRequest,
  controlKinds,
  type ParameterFault,
} from './control.ts'
export { conditionOf, control, outcomeOf } from './control-formats.ts'
export { type Duration, formatDuration, parseDuration } from './duration.ts'
export {
  type EventFormat,
  type EventSubscription,
  type EventTrigger,
  type EventUnsubscription,
  events,
} from './events.ts'
export {
  type FieldCategory,
  type FieldQuality,
  fieldCategories,
  fieldQualities,
  type HistoryPeriod,
  historyPeriods,
} from './field-flags.ts'
export {
  controlNs,
  type EventGeneration,
  eventsNs,
  type Family,
  familyOf,
  type Generation,
  generations,
  hasEvents,
  sensorDataNs,
  sensorGenerationOf,
} from './generations.ts'
export {
  type Localization,
  type LocalizationStep,
  localizationOf,
  localizationSteps,
  localized,
} from './localization.ts'
export {
  type NodeRef,
  type ReadoutCancel,
  type ReadoutData,
  type ReadoutPart,
  type ReadoutReport,
  type ReadoutRequest,
  type ReadoutTokens,
  type SensorField,
  sameNode,
} from './readout.ts'
export { SensorReport, sensorData } from './sensor-data.ts'
export type { SensorDataFormat } from './sensor-format.ts'
export {
  type BooleanValue,
  booleanValue,
  type DateTimeValue,
  type DateValue,
  type DurationValue,
  dateTimeValue,
  dateValue,
  durationValue,
  type EnumValue,
  enumValue,
  type IntValue,
  intValue,
  type LongValue,
  longValue,
  parseSensorValue,
  type QuantityValue,
  quantityValue,
  type SensorValue,
  type StringValue,
  stringValue,
  type TimeValue,
  timeValue,
  type ValueKind,
  type ValueSides,
  valueKinds,
  type ZonedDate,
} from './sensor-value.ts'
export {
  compareTimestamps,
  millisecondsAt,
  parseTimestamp,
  type Timestamp,
  timestamp,
  timestampFrom,
  timestampOf,
} from './timestamp.ts'
