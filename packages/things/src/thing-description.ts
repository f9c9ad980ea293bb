/** Things for the Web of Things: what can be read, set and followed, as a W3C Thing Description 1.1. */
import { bareOf, formatXmppUri, localOf, parseJid } from '@waxwing/jid'
import {
  type ControlKind,
  controlNs,
  eventsNs,
  type Generation,
  hasEvents,
  type NodeRef,
  sensorDataNs,
  type ValueKind,
} from '@waxwing/protocol'
import type { Parameter } from './control/parameter-form.ts'
import { parameters } from './control/set.ts'
import { ControlError, NotSupportedError } from './errors.ts'
import { peerOf } from './peer.ts'
import type { ThingClient } from './port.ts'
import { read } from './readout/read.ts'
import { defaultOrder } from './readout/read-options.ts'
import type { FieldReading } from './readout/reading.ts'

/** What a value looks like. TD 1.1 §5.3.2 */
export interface DataSchema {
  readonly type: 'boolean' | 'integer' | 'number' | 'string' | 'object'
  readonly title?: string
  readonly description?: string
  readonly format?: string
  readonly pattern?: string
  readonly unit?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, DataSchema>>
}

/** How something is done, over XMPP. TD 1.1 §5.3.4.2 */
export interface ThingForm {
  readonly href: string
  readonly contentType: 'application/xml'
  /** The namespace of the protocol. */
  readonly subprotocol: string
  readonly op: string | readonly string[]
  /** The node behind the thing. */
  readonly 'xmpp:node'?: NodeRef
  /** The name of the field or parameter. */
  readonly 'xmpp:name'?: string
}

export interface PropertyAffordance extends DataSchema {
  readonly readOnly?: boolean
  readonly writeOnly?: boolean
  readonly observable: boolean
  readonly forms: readonly ThingForm[]
}

export interface ActionAffordance {
  readonly title: string
  readonly input: DataSchema
  readonly safe: boolean
  readonly idempotent: boolean
  readonly forms: readonly ThingForm[]
}

export interface EventAffordance {
  readonly title: string
  readonly subscription: DataSchema
  readonly data: DataSchema
  readonly forms: readonly ThingForm[]
}

/** A Thing Description, for `JSON.stringify`. https://www.w3.org/TR/wot-thing-description11/ */
export interface ThingDescription {
  readonly '@context': readonly [string, Readonly<Record<string, string>>]
  readonly id: string
  readonly title: string
  readonly securityDefinitions: Readonly<
    Record<string, { readonly scheme: 'auto'; readonly description: string }>
  >
  readonly security: readonly string[]
  readonly properties: Readonly<Record<string, PropertyAffordance>>
  readonly actions: Readonly<Record<string, ActionAffordance>>
  readonly events: Readonly<Record<string, EventAffordance>>
}

export interface DescribeOptions {
  /** A node behind the thing. Default: the thing itself. */
  readonly node?: NodeRef | string
  /** For people. Default: the name of the node, or of the account. */
  readonly title?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const current = ['momentary', 'peak', 'status', 'computed', 'identity'] as const
const context = 'https://www.w3.org/2022/wot/td/v1.1'
/** The terms of our own: `xmpp:node` and `xmpp:name`. */
const terms = { xmpp: 'urn:waxwing:wot:xmpp#' }

const valueSchemas: Readonly<Record<ValueKind | 'double' | 'color', DataSchema>> = {
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  dateTime: { type: 'string', format: 'date-time' },
  duration: { type: 'string', format: 'duration' },
  enum: { type: 'string' },
  int: { type: 'integer', minimum: -0x8000_0000, maximum: 0x7fff_ffff },
  long: { type: 'integer' },
  quantity: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'string' },
  time: { type: 'string', format: 'time' },
  color: { type: 'string', pattern: '^[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?$' },
}

/** Where a thing stands, and what it understands. */
interface Place {
  readonly href: string
  readonly generation: Generation
  readonly node: NodeRef | undefined
  readonly isWatchable: boolean
}

/**
 * Describes a thing by asking it: its fields become properties, its parameters writable ones, setting several at once an
 * action, and fields that can be followed events.
 *
 * @throws as `read` and `parameters`
 */
export async function describe(
  client: ThingClient,
  jid: string,
  options: DescribeOptions = {},
): Promise<ThingDescription> {
  const { timeoutMs, signal } = options
  const node = typeof options.node === 'string' ? { id: options.node } : options.node
  const about = {
    ...(node ? { nodes: [node] } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal ? { signal } : {}),
  }
  const { jid: resource, generation } = await peerOf(client, jid, { signal, order: defaultOrder })
  const { features = [] } = await client.disco.info(resource, { signal, timeoutMs })
  const fields = new Map<string, FieldReading>()
  for await (const one of read(client, resource, { types: current, generation, ...about }))
    if (one.kind !== 'error') fields.set(one.name, one)
  const settable = await parameters(client, resource, about).catch(nothingIfUnsupported)
  const address = bareOf(parseJid(jid))
  const place: Place = {
    href: formatXmppUri({ jid: address }),
    generation,
    node,
    isWatchable: hasEvents(generation) && features.includes(eventsNs(generation)),
  }
  const title = options.title ?? node?.id ?? localOf(address) ?? address
  return descriptionOf(place, title, [...fields.values()], settable)
}

function nothingIfUnsupported(error: unknown): readonly Parameter[] {
  // Who may not set anything is shown what can be read.
  if (error instanceof NotSupportedError || error instanceof ControlError) return []
  throw error
}

function descriptionOf(
  place: Place,
  title: string,
  fields: readonly FieldReading[],
  settable: readonly Parameter[],
): ThingDescription {
  const byName = new Map(settable.map(parameter => [parameter.name, parameter]))
  const readable = fields.map(
    field => [field.name, propertyOf(place, field, byName.get(field.name))] as const,
  )
  const names = new Set(fields.map(({ name }) => name))
  const writable = settable
    .filter(({ name }) => !names.has(name))
    .map(parameter => [parameter.name, writeOnly(place, parameter)] as const)
  const watchable = place.isWatchable
    ? fields.filter(({ categories }) => categories.includes('momentary'))
    : []
  return {
    '@context': [context, terms],
    id: idOf(place),
    title,
    securityDefinitions: {
      xmpp: {
        scheme: 'auto',
        description: 'An XMPP account (SASL over TLS) that the thing lets read or set it.',
      },
    },
    security: ['xmpp'],
    properties: Object.fromEntries([...readable, ...writable]),
    actions: settable.length === 0 ? {} : { set: setAction(place, settable) },
    events: Object.fromEntries(watchable.map(field => [field.name, changeOf(place, field)])),
  }
}

/** A node has no address of its own: it is a part of its thing's. */
function idOf({ href, node }: Place): string {
  if (!node) return href
  const parts = [node.id, node.source, node.partition].filter(part => part !== undefined)
  return `${href}#${parts.map(encodeURIComponent).join('/')}`
}

function propertyOf(place: Place, field: FieldReading, parameter: Parameter | undefined): PropertyAffordance {
  const { name } = field
  const isObservable = place.isWatchable && field.categories.includes('momentary')
  const reading = formOf(place, sensorDataNs(place.generation), 'readproperty', name)
  return {
    ...schemaOf(field.kind, parameter),
    ...(field.kind === 'quantity' && field.unit !== undefined ? { unit: field.unit } : {}),
    readOnly: parameter === undefined,
    observable: isObservable,
    forms: [
      reading,
      ...(parameter ? [formOf(place, controlNs(place.generation), 'writeproperty', name)] : []),
      ...(isObservable ? [watchForm(place, ['observeproperty', 'unobserveproperty'], name)] : []),
    ],
  }
}

function writeOnly(place: Place, parameter: Parameter): PropertyAffordance {
  return {
    ...schemaOf(parameter.kind, parameter),
    writeOnly: true,
    observable: false,
    forms: [formOf(place, controlNs(place.generation), 'writeproperty', parameter.name)],
  }
}

function schemaOf(kind: ValueKind | ControlKind, parameter: Parameter | undefined): DataSchema {
  const schema = valueSchemas[parameter?.kind === 'color' ? 'color' : kind]
  if (!parameter) return schema
  const { label, description, min, max, options } = parameter
  return {
    ...schema,
    title: label,
    ...(description === undefined ? {} : { description }),
    ...bound('minimum', min),
    ...bound('maximum', max),
    ...(options && options.size > 0 && schema.type === 'string' ? { enum: [...options.keys()] } : {}),
  }
}

function bound(name: 'minimum' | 'maximum', text: string | undefined): { readonly [which: string]: number } {
  const value = Number(text ?? '')
  return text === undefined || text.trim() === '' || !Number.isFinite(value) ? {} : { [name]: value }
}

function setAction(place: Place, settable: readonly Parameter[]): ActionAffordance {
  const properties = Object.fromEntries(settable.map(one => [one.name, schemaOf(one.kind, one)]))
  return {
    title: 'Set several parameters at once: all of them, or none.',
    input: { type: 'object', properties },
    safe: false,
    idempotent: false,
    forms: [formOf(place, controlNs(place.generation), 'invokeaction')],
  }
}

const threshold = (title: string): DataSchema => ({ type: 'number', title, minimum: 0 })

function changeOf(place: Place, field: FieldReading): EventAffordance {
  const unit = field.kind === 'quantity' && field.unit !== undefined ? { unit: field.unit } : {}
  const properties = {
    by: threshold('A change by at least this'),
    up: threshold('A rise by at least this'),
    down: threshold('A fall by at least this'),
  }
  return {
    title: `${field.name} has changed.`,
    subscription: { type: 'object', properties },
    data: { ...valueSchemas[field.kind], ...unit },
    forms: [watchForm(place, ['subscribeevent', 'unsubscribeevent'], field.name)],
  }
}

function watchForm(place: Place, op: readonly string[], name: string): ThingForm {
  return formOf(place, hasEvents(place.generation) ? eventsNs(place.generation) : '', op, name)
}

function formOf(
  { href, node }: Place,
  subprotocol: string,
  op: string | readonly string[],
  name?: string,
): ThingForm {
  return {
    href,
    contentType: 'application/xml',
    subprotocol,
    op,
    ...(node ? { 'xmpp:node': node } : {}),
    ...(name === undefined ? {} : { 'xmpp:name': name }),
  }
}
