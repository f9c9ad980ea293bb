import type { NodeParameterKind, ValueKind } from '@waxwing/protocol'

/** The types parameters have; others are told as texts. XEP-0326 §5.2 */
export const parameterKinds: Readonly<Record<ValueKind, NodeParameterKind>> = {
  boolean: 'boolean',
  date: 'string',
  dateTime: 'dateTime',
  duration: 'duration',
  enum: 'string',
  int: 'int',
  long: 'long',
  quantity: 'double',
  string: 'string',
  time: 'time',
}
