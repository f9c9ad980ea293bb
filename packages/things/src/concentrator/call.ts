/** A question to a concentrator, and how it is refused. */
import type { Jid } from '@waxwing/jid'
import {
  type Asked,
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  type ControlOutcome,
  DataForm,
  DYNAMIC_FORMS_NS,
  outcomeOf,
  type ReadoutTokens,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'

/** Who asks, and how. */
export interface Caller {
  readonly from: Jid
  readonly tokens: ReadoutTokens
  readonly lang: string | undefined
  readonly format: ConcentratorFormat
}

export function callerOf(
  from: Jid,
  { lang, service = [], device = [], user = [] }: Asked,
  stanzaLang: string | undefined,
  format: ConcentratorFormat,
): Caller {
  return { from, tokens: { service, device, user }, lang: lang ?? stanzaLang, format }
}

export type Handler<O extends ConcentratorOperation> = (
  question: ConcentratorQuestions[O],
  caller: Caller,
) => Promise<ConcentratorAnswers[O]>

export type Handlers = { readonly [O in ConcentratorOperation]?: Handler<O> }

/** What is not there, or not for whoever asks: nobody can tell these apart. */
export function notFound(): CommandError {
  return new CommandError(stanzaError('item-not-found', 'There is no such thing'))
}

export function notAllowed(): CommandError {
  return new CommandError(stanzaError('forbidden', 'Access denied.', { type: 'cancel' }))
}

export function notImplemented(text: string): CommandError {
  return new CommandError(stanzaError('feature-not-implemented', text))
}

/** There is more than may be asked for, or told, at once. */
export function tooMuch(text: string): CommandError {
  return new CommandError(stanzaError('resource-constraint', text, { type: 'modify' }))
}

export function badRequest(text: string): CommandError {
  return new CommandError(stanzaError('bad-request', text))
}

/** The refusal an error amounts to; `undefined`: it is a fault of ours. */
export function refusalIn(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error
  return error instanceof StanzaError ? new CommandError(error) : undefined
}

/** How the long family tells a refusal. XEP-0326 §5.3 */
export function codeOf({ error, faults }: CommandError): ControlOutcome {
  if (faults.length > 0) return 'FormError'
  if (error.condition === 'bad-request') return 'OtherError'
  return error.condition === 'resource-constraint' && error.type === 'wait'
    ? 'Locked'
    : outcomeOf(error.condition)
}

/** How the short family tells it: with the form that was filled in, each wrong field with what is wrong. XEP-0336 §3.5 */
export function errorOf({ error, faults }: CommandError, form: DataForm | undefined): StanzaError {
  if (faults.length === 0) return error
  const wrong = new Map(faults.map(({ name, text }) => [name, text]))
  const given = form?.fields ?? []
  const missing = faults.filter(({ name }) => !given.some(field => field.var === name))
  const fields = [...given, ...missing.map(({ name }) => ({ var: name, values: [] }))].map(field => {
    const text = wrong.get(field.var ?? '')
    return text === undefined ? field : { ...field, extensions: [el(DYNAMIC_FORMS_NS, 'error', {}, text)] }
  })
  const { condition, type, text } = error
  return new StanzaError({ condition, type, text, app: toElement(DataForm, { type: 'form', fields }) })
}
