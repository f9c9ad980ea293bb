/** Why a readout did not give what was asked for. */
import { XmppError } from '@waxwing/client'
import type { Jid } from '@waxwing/jid'
import {
  type ParameterFault,
  type ReadoutReport,
  SensorReport,
  StanzaError,
  type StanzaErrorCondition,
} from '@waxwing/protocol'
import { type Element, readWire } from '@waxwing/xml'

/** A readout ended without its end. */
export class ReadoutError extends XmppError {
  override readonly name: string = 'ReadoutError'
}

/** Reading is not allowed. Code `not-authorized`. Become a contact of the thing, or ask its owner. */
export class NotAuthorizedError extends ReadoutError {
  override readonly name = 'NotAuthorizedError'
  /** Who refused: the thing, or a server on the way to it. */
  readonly by: 'thing' | 'server'

  constructor(message: string, by: 'thing' | 'server', cause?: unknown) {
    super('not-authorized', message, { cause })
    this.by = by
  }
}

/** The thing is not there, or went away. Code `unreachable`. */
export class UnreachableError extends ReadoutError {
  override readonly name = 'UnreachableError'

  constructor(message: string, cause?: unknown) {
    super('unreachable', message, { cause, retryable: true })
  }
}

/** The peer has no sensor data, in no generation we may use. Code `not-supported`. */
export class NotSupportedError extends ReadoutError {
  override readonly name = 'NotSupportedError'

  constructor(message: string, cause?: unknown) {
    super('not-supported', message, { cause })
  }
}

/** The thing fell silent. Code `timeout`. */
export class ReadoutTimeoutError extends ReadoutError {
  override readonly name = 'ReadoutTimeoutError'
  /** Readings that had arrived. */
  readonly received: number

  constructor(message: string, received: number) {
    super('timeout', message, { retryable: true })
    this.received = received
  }
}

/** The thing sent more than we may hold. Code `overflow`. */
export class ReadoutOverflowError extends ReadoutError {
  override readonly name = 'ReadoutOverflowError'

  constructor(message: string) {
    super('overflow', message)
  }
}

/** The thing refused the readout, for a reason other than authority. Code: the stanza error's condition. */
export class RefusedError extends ReadoutError {
  override readonly name = 'RefusedError'
  readonly condition: StanzaErrorCondition

  constructor(message: string, error: StanzaError) {
    super(error.condition, message, { cause: error, retryable: error.type === 'wait' })
    this.condition = error.condition
  }
}

/** A field of a snapshot is missing, or is of another kind or unit. Code `bad-field`. */
export class FieldError extends ReadoutError {
  override readonly name = 'FieldError'
  /** The field's name. */
  readonly field: string

  constructor(message: string, field: string) {
    super('bad-field', message)
    this.field = field
  }
}

/** The thing did not do what it was told. Code: the stanza error's condition. */
export class ControlError extends XmppError {
  override readonly name = 'ControlError'
  readonly condition: StanzaErrorCondition
  /** What is wrong with which parameter, as far as the thing says. */
  readonly faults: readonly ParameterFault[]

  constructor(peer: Jid, error: StanzaError, faults: readonly ParameterFault[]) {
    super(error.condition, `${peer} refuses the command: ${whyOf(error, faults)}`, {
      cause: error,
      retryable: error.type === 'wait',
    })
    this.condition = error.condition
    this.faults = faults
  }
}

/** The concentrator did not do what it was asked. Code: the stanza error's condition. */
export class ConcentratorError extends XmppError {
  override readonly name = 'ConcentratorError'
  /** `item-not-found` also for what we may not see. */
  readonly condition: StanzaErrorCondition
  /** What is wrong with which field of a form, as far as the concentrator says. */
  readonly faults: readonly ParameterFault[]

  constructor(peer: Jid, error: StanzaError, faults: readonly ParameterFault[]) {
    super(error.condition, `${peer} refuses that: ${whyOf(error, faults)}`, {
      cause: error,
      retryable: error.type === 'wait',
    })
    this.condition = error.condition
    this.faults = faults
  }
}

function whyOf(error: StanzaError, faults: readonly ParameterFault[]): string {
  const said = [error.text, ...faults.map(({ name, text }) => `${name}: ${text}`)].filter(Boolean).join(' ')
  return said === '' ? error.condition : said
}

const unauthorized: ReadonlySet<StanzaErrorCondition> = new Set([
  'forbidden',
  'not-authorized',
  'registration-required',
  'subscription-required',
])

const unreachable: ReadonlySet<StanzaErrorCondition> = new Set([
  'gone',
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'service-unavailable',
])

/** The error for a stanza error in answer to a request; anything else stays what it is. */
export function refusalOf(error: unknown, peer: Jid): unknown {
  if (!(error instanceof StanzaError)) return error
  const { condition, by, app } = error
  const text = error.text ?? (app && textsOf(app)) ?? condition
  if (unauthorized.has(condition)) {
    const from = by === undefined || by === peer ? 'thing' : 'server'
    return new NotAuthorizedError(`${peer} does not let us read it: ${text}`, from, error)
  }
  if (unreachable.has(condition)) return new UnreachableError(`${peer} cannot be reached: ${text}`, error)
  if (condition === 'feature-not-implemented')
    return new NotSupportedError(`${peer} has no sensor data: ${text}`, error)
  return new RefusedError(`${peer} refuses the readout: ${text}`, error)
}

/** The error for the refusal that only `sn` has. */
export function rejectionOf(report: Extract<ReadoutReport, { kind: 'rejected' }>, peer: Jid): ReadoutError {
  const text = report.texts.join(' ')
  return new RefusedError(
    `${peer} refuses the readout: ${text}`,
    new StanzaError({ type: 'cancel', condition: 'undefined-condition', text }),
  )
}

/** What a `rejected` of `sn` says, if that is what stands beside the error. */
function textsOf(app: Element): string | undefined {
  if (app.name !== 'rejected' || !SensorReport.planFor(app.ns, app.name)) return undefined
  try {
    const report = readWire(SensorReport, app)
    return report.kind === 'rejected' ? report.texts.join(' ') : undefined
  } catch {
    return undefined
  }
}
