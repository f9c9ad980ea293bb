/** Setting things: `await set(client, 'lamp@example.org', { Output: true })`. XEP-0325, IEEE 1451.99. */
import type { Jid } from '@waxwing/jid'
import {
  type ControlAnswer,
  type ControlFormat,
  type ControlKind,
  type ControlParameter,
  conditionOf,
  control,
  controlNs,
  type DataForm,
  FormCancel,
  fieldMarks,
  type Generation,
  type NodeRef,
  type ParameterFault,
  type ReadoutTokens,
  StanzaError,
  stanzaError,
} from '@waxwing/protocol'
import { formatDateTime, readWire, WireError } from '@waxwing/xml'
import { ControlError, NotSupportedError } from '../errors.ts'
import { peerOf } from '../peer.ts'
import type { ThingClient } from '../port.ts'
import { showTokens } from '../provisioning/token-desk.ts'
import { defaultOrder } from '../readout/read-options.ts'
import { FieldUnits } from '../units/field-units.ts'
import { type Amount, parseAmount } from '../units/units.ts'
import { type Parameter, parametersIn } from './parameter-form.ts'

/**
 * A value to be set: the type of the parameter decides how it is written. An amount is told in the unit of the field of
 * the same name, which is read first; so is a text as `'70 °F'` for a number.
 */
export type ControlValue = boolean | number | bigint | string | Date | Amount

export interface ControlOptions {
  /** Nodes, by id alone or with their source. Default: the thing itself. */
  readonly nodes?: readonly (NodeRef | string)[]
  readonly tokens?: Partial<ReadoutTokens>
  /** Patience with the answer, in milliseconds. Default: that of the client. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The generation to ask in, without looking what the thing can do. */
  readonly generation?: Generation
  /** Which generations to ask in, the preferred one first. Default: `nf`, `ieee`, `nfi`, `xep`, `sn`. */
  readonly order?: readonly Generation[]
  /** The language of labels and descriptions, as in `de` or `pt-BR`. Default: the thing's first. */
  readonly lang?: string
}

export interface SetOptions extends ControlOptions {
  /** Types of parameters, where they are known: then the thing is not asked for them first. */
  readonly kinds?: Readonly<Record<string, ControlKind>>
}

/** What was set; less than was asked for when a provisioning server allowed no more. */
export interface ControlResult {
  readonly parameters: readonly string[]
  /** Empty: the thing itself, or all nodes asked for. */
  readonly nodes: readonly NodeRef[]
}

/** Whom we ask, and how. */
export interface Asked {
  readonly peer: Jid
  readonly format: ControlFormat
  readonly nodes: readonly NodeRef[]
  readonly tokens: ReadoutTokens
}

/** Finds the generation to ask in. */
export async function asked(client: ThingClient, jid: string, options: ControlOptions): Promise<Asked> {
  const { generation, signal, order = defaultOrder, nodes = [], tokens } = options
  const peer = await peerOf(client, jid, { generation, signal, order }, { ns: controlNs, what: 'control' })
  if (tokens) showTokens(client, tokens, peer.jid)
  return {
    peer: peer.jid,
    format: control(peer.generation),
    nodes: nodes.map(node => (typeof node === 'string' ? { id: node } : node)),
    tokens: { service: [], device: [], user: [], ...tokens },
  }
}

/**
 * What can be set: names, types, bounds, and the values now as far as they are known.
 *
 * @throws ControlError, NotSupportedError, UnreachableError, TimeoutError, JidError, or the signal's reason
 */
export async function parameters(
  client: ThingClient,
  jid: string,
  options: ControlOptions = {},
): Promise<readonly Parameter[]> {
  return formOf(client, await asked(client, jid, options), options)
}

async function formOf(
  client: ThingClient,
  { peer, format, nodes, tokens }: Asked,
  options: ControlOptions,
): Promise<readonly Parameter[]> {
  const { generation } = format
  try {
    const answer = await client.iq.get(
      format.getForm,
      peer,
      { generation, nodes, tokens, lang: options.lang },
      format.form,
      options,
    )
    if (answer.outcome !== 'OK') throw stanzaError(conditionOf(answer.outcome))
    if (!answer.form) return []
    letGo(client, peer, answer.form)
    return parametersIn(answer.form)
  } catch (error) {
    throw refused(error, peer, format)
  }
}

/** Who has a form filled in that can be sent back is told when nobody does; nobody waits for it. XEP-0336 §5.1 */
function letGo(client: ThingClient, peer: Jid, { fields = [] }: DataForm): void {
  if (!fields.some(field => fieldMarks(field).postBack)) return
  const hidden = fields.flatMap(({ var: name, type, values }) =>
    type === 'hidden' ? [{ var: name, values }] : [],
  )
  client.iq.set(FormCancel, peer, { form: { type: 'submit', fields: hidden } }).catch(() => {})
}

/**
 * Sets parameters, in the order in which they are named; settles when the thing has done it. All or none are set,
 * unless an output fails half way, which the error tells.
 *
 * @throws ControlError with all wrong parameters, FieldError for amounts in a wrong unit; else as `parameters`
 */
export async function set(
  client: ThingClient,
  jid: string,
  values: Readonly<Record<string, ControlValue>>,
  options: SetOptions = {},
): Promise<ControlResult> {
  const to = await asked(client, jid, options)
  const kinds = options.kinds ?? (await kindsOf(client, to, options))
  const plain = await inOwnUnits(client, to, values, kinds, options)
  const written = plain.map(([name, value]) => parameterFor(name, value, kinds[name]))
  const { peer, format, nodes, tokens } = to
  const { generation } = format
  try {
    const request = { generation, nodes, tokens, parameters: written }
    return resultOf(
      await client.iq.set(format.set, peer, request, format.answer, options),
      Object.keys(values),
    )
  } catch (error) {
    throw refused(error, peer, format)
  }
}

/** Sends a form that was filled in; settles when the thing has done it. Rejects with what `refused` makes an error of. */
export async function submitted(
  client: ThingClient,
  { peer, format, nodes, tokens }: Asked,
  form: DataForm,
  names: readonly string[],
  options: ControlOptions,
): Promise<ControlResult> {
  const request = { generation: format.generation, nodes, tokens, parameters: [], form }
  return resultOf(await client.iq.set(format.set, peer, request, format.answer, options), names)
}

/** Things that show no form may still be set: then the values speak for themselves. */
async function kindsOf(
  client: ThingClient,
  to: Asked,
  options: ControlOptions,
): Promise<Readonly<Record<string, ControlKind>>> {
  try {
    const known = await formOf(client, to, options)
    return Object.fromEntries(known.map(({ name, kind }) => [name, kind]))
  } catch (error) {
    const isUnknown = error instanceof ControlError && error.condition === 'service-unavailable'
    if (error instanceof NotSupportedError || isUnknown) return {}
    throw error
  }
}

export type PlainValue = Exclude<ControlValue, Amount>

/** Amounts become numbers. @throws FieldError when the field has no unit that they could be told in */
async function inOwnUnits(
  client: ThingClient,
  { peer, format, nodes, tokens }: Asked,
  values: Readonly<Record<string, ControlValue>>,
  kinds: Readonly<Record<string, ControlKind>>,
  { timeoutMs, signal }: SetOptions,
): Promise<readonly (readonly [name: string, value: PlainValue])[]> {
  const entries = Object.entries(values).map(([name, value]) => [name, amountIn(value, kinds[name])] as const)
  const foreign = entries.flatMap(([name, value]) => (isAmount(value) ? [name] : []))
  if (foreign.length === 0)
    return entries.flatMap(([name, value]) => (isAmount(value) ? [] : [[name, value]]))
  const about = { generation: format.generation, nodes, tokens, timeoutMs, signal }
  const units = await FieldUnits.of(client, peer, foreign, about)
  return entries.map(([name, value]) => [name, isAmount(value) ? units.value(name, value) : value])
}

function isAmount(value: ControlValue): value is Amount {
  return typeof value === 'object' && !(value instanceof Date)
}

/** A text with a unit, where only a number will do. */
function amountIn(value: ControlValue, kind: ControlKind | undefined): ControlValue {
  return typeof value === 'string' && kind === 'double' ? (parseAmount(value) ?? value) : value
}

function parameterFor(name: string, value: PlainValue, kind: ControlKind | undefined): ControlParameter {
  const text = textOf(value)
  // The name of an enumeration is the thing's own affair: its form does not tell it.
  if (kind === 'enum') return { name, kind: 'string', text }
  return { name, kind: kind ?? kindOf(value), text }
}

/** The lexical form of a value. */
export function textOf(value: PlainValue): string {
  return value instanceof Date ? formatDateTime(value) : String(value)
}

function kindOf(value: PlainValue): ControlKind {
  switch (typeof value) {
    case 'boolean':
      return 'boolean'
    case 'bigint':
      return 'long'
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 0x8000_0000 ? 'int' : 'double'
    case 'string':
      return 'string'
    default:
      return 'dateTime'
  }
}

function resultOf(
  { outcome, faults, parameters, nodes }: ControlAnswer,
  names: readonly string[],
): ControlResult {
  if (outcome !== 'OK') throw new SnRefusal(stanzaError(conditionOf(outcome)), faults)
  return { parameters: parameters.length === 0 ? names : parameters, nodes }
}

/** A refusal within an answer. */
class SnRefusal extends Error {
  readonly error: StanzaError
  readonly faults: readonly ParameterFault[]

  constructor(error: StanzaError, faults: readonly ParameterFault[]) {
    super(error.message)
    this.error = error
    this.faults = faults
  }
}

/** The error for what a thing answers instead of doing it. */
export function refused(error: unknown, peer: Jid, format: ControlFormat): unknown {
  if (error instanceof SnRefusal) return new ControlError(peer, error.error, error.faults)
  if (!(error instanceof StanzaError)) return error
  if (error.condition === 'feature-not-implemented')
    return new NotSupportedError(`${peer} cannot do that: ${error.text ?? error.condition}`, error)
  return new ControlError(peer, error, faultsIn(error, format))
}

function faultsIn({ app, others = [] }: StanzaError, { fault }: ControlFormat): readonly ParameterFault[] {
  return [...(app ? [app] : []), ...others].flatMap(element => {
    if (element.name !== fault.name) return []
    try {
      return [readWire(fault, { ...element, ns: fault.ns })]
    } catch (unreadable) {
      if (unreadable instanceof WireError) return []
      throw unreadable
    }
  })
}
