/** How operations of concentrators are heard and refused, whatever they do. XEP-0326 §5.3 */
import {
  type ConcentratorOperation,
  type ConcentratorQuestions,
  type DataForm,
  type Outcome,
  ResultSet,
} from '@waxwing/protocol'
import type { Wire } from '@waxwing/xml'
import type { CommandError } from '../control/command.ts'
import { codeOf } from './call.ts'

/** COMPAT(IoTGateway and texts of the short family): these come by the other kind of iq, too. */
export const byEither: ReadonlySet<ConcentratorOperation> = new Set([
  'subscribe',
  'unsubscribe',
  'executeCommonNodeCommand',
  'executeCommonNodeQuery',
])

/** An answer that has nothing but how it went. */
const nothing = {
  values: [],
  sources: [],
  nodes: [],
  each: [],
  found: false,
  baseClasses: [],
  interfaces: [],
  types: [],
  commands: [],
  results: [],
  databases: [],
}

/** Stands where an answer is empty. */
export const unwritten = ResultSet as Wire<unknown> as Wire<never, unknown>

/** What was filled in with a question. */
export function formIn(asked: ConcentratorQuestions[ConcentratorOperation]): DataForm | undefined {
  return 'form' in asked ? asked.form : undefined
}

/** The long family tells a refusal within the answer: it has the parts of every answer of that family. */
export function refusedInLong(refusal: CommandError): Outcome {
  const { faults } = refusal
  const refused: Outcome & typeof nothing = { ...nothing, outcome: codeOf(refusal), faults }
  return refused
}
