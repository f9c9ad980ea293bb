// What control is about, free of any generation's spelling (XEP-0325, IEEE 1451.99 control).
import type { Wire } from '@waxwing/xml'
import type { DataForm } from '../data-forms.ts'
import type { Generation } from './generations.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'

/** Types of parameters. `enum` exists in the short family only; the long one writes a string. */
export const controlKinds = [
  'boolean',
  'color',
  'date',
  'dateTime',
  'double',
  'duration',
  'enum',
  'int',
  'long',
  'string',
  'time',
] as const
export type ControlKind = (typeof controlKinds)[number]

/** A parameter to be set. Whether `text` is a value of its type is judged by the thing, which can say what is wrong. */
export interface ControlParameter {
  /** Not localised, case-sensitive. */
  readonly name: string
  readonly kind: ControlKind
  /** The value's lexical form. */
  readonly text: string
  /** The name of an enumeration. */
  readonly dataType?: string | undefined
}

/** Set these, in this order; by values, or by a form that was filled in. */
export interface ControlRequest {
  readonly generation: Generation
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  readonly tokens: ReadoutTokens
  readonly parameters: readonly ControlParameter[]
  readonly form?: DataForm | undefined
}

/** A question for the form of all parameters that the nodes have in common. */
export interface ControlFormRequest {
  readonly generation: Generation
  readonly nodes: readonly NodeRef[]
  readonly tokens: ReadoutTokens
  /** The language of texts for people; absent: that of the stanza, or any. XEP-0325 §3.3.1 */
  readonly lang?: string | undefined
}

/** How it went, in the words of `sn`; the other generations have stanza errors. */
export const controlOutcomes = [
  'OK',
  'NotFound',
  'InsufficientPrivileges',
  'Locked',
  'NotImplemented',
  'FormError',
  'OtherError',
] as const
export type ControlOutcome = (typeof controlOutcomes)[number]

/** What is wrong with a parameter. */
export interface ParameterFault {
  readonly name: string
  /** For people. */
  readonly text: string
}

/** What was set. Empty lists: exactly what was asked for. */
export interface ControlAnswer {
  readonly generation: Generation
  readonly nodes: readonly NodeRef[]
  readonly parameters: readonly string[]
  /** Only `sn` says more than `OK`. */
  readonly outcome: ControlOutcome
  /** Only in `sn`. */
  readonly faults: readonly ParameterFault[]
}

/** The form asked for; `form` is absent only where `sn` tells that there is none. */
export interface ControlForm {
  readonly generation: Generation
  readonly outcome: ControlOutcome
  readonly form: DataForm | undefined
}

/** How one generation writes all of it. */
export interface ControlFormat {
  readonly generation: Generation
  readonly ns: string
  readonly set: Wire<ControlRequest>
  readonly answer: Wire<ControlAnswer>
  readonly getForm: Wire<ControlFormRequest>
  readonly form: Wire<ControlForm>
  /** Beside a stanza error: what is wrong with one parameter. */
  readonly fault: Wire<ParameterFault>
  /** Whether commands may come in messages, which nobody answers. */
  readonly hasMessages: boolean
}
