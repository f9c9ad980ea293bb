// How a node of publish-subscribe is configured: one declaration of all fields (XEP-0060 §16.4.4).
import {
  type DataForm,
  type FieldOption,
  type FieldType,
  FORM_TYPE,
  type FormField,
  type FormKind,
  formTypeField,
} from './data-forms.ts'
import { FormError } from './declared-forms.ts'

/** FORM_TYPE of a node's configuration. XEP-0060 §16.4.4. */
export const NODE_CONFIG = 'http://jabber.org/protocol/pubsub#node_config'
/** FORM_TYPE of what a publication goes by. XEP-0060 §7.1.5. */
export const PUBLISH_OPTIONS = 'http://jabber.org/protocol/pubsub#publish-options'
/** FORM_TYPE of what is told of a node. XEP-0060 §16.4.3. */
export const NODE_META_DATA = 'http://jabber.org/protocol/pubsub#meta-data'
/** FORM_TYPE of a request to let somebody subscribe. XEP-0060 §16.4.1. */
export const SUBSCRIBE_AUTHORIZATION = 'http://jabber.org/protocol/pubsub#subscribe_authorization'

/** Who may subscribe and read, from open to closed. XEP-0060 §4.5. */
export const accessModels = ['open', 'presence', 'roster', 'authorize', 'whitelist'] as const
export type AccessModel = (typeof accessModels)[number]
/** Who may publish besides owners. XEP-0060 §16.4.4. */
export const publishModels = ['publishers', 'subscribers', 'open'] as const
export type PublishModel = (typeof publishModels)[number]
/** When the last item is sent to somebody new. XEP-0060 §16.4.4. */
export const lastItemMoments = ['never', 'on_sub', 'on_sub_and_presence'] as const
export type LastItemMoment = (typeof lastItemMoments)[number]
/** What kind of message tells of changes: headlines wait for nobody. XEP-0060 §12.7. */
export const notificationTypes = ['headline', 'normal'] as const
export type NotificationType = (typeof notificationTypes)[number]

/** So many, or as many as the service allows. */
export type Bound = number | 'max'

/** A node's whole configuration. XEP-0060 §16.4.4. */
export interface NodeConfig {
  readonly title: string
  readonly description: string
  /** Namespace of the payloads; empty: any. */
  readonly type: string
  readonly accessModel: AccessModel
  /** With access model `roster`. */
  readonly rosterGroups: readonly string[]
  readonly publishModel: PublishModel
  readonly persistItems: boolean
  readonly maxItems: Bound
  /** Seconds an item is kept. */
  readonly itemExpire: Bound
  readonly sendLast: LastItemMoment
  readonly deliverNotifications: boolean
  readonly deliverPayloads: boolean
  readonly notifyConfig: boolean
  readonly notifyDelete: boolean
  /** Whether each item taken back is told of; otherwise only when its publisher wants it. */
  readonly notifyRetract: boolean
  readonly notificationType: NotificationType
}

interface ConfigField<T> {
  readonly var: string
  readonly type: FieldType
  readonly label: string
  readonly options?: readonly FieldOption[]
  /** @throws FormError without field name */
  readonly read: (values: readonly string[]) => T
  readonly write: (value: T) => readonly string[]
}

function text(name: string, label: string): ConfigField<string> {
  return {
    var: name,
    type: 'text-single',
    label,
    read: ([value = '']) => value,
    write: value => (value === '' ? [] : [value]),
  }
}

function flag(name: string, label: string): ConfigField<boolean> {
  const read = ([value]: readonly string[]): boolean => {
    if (value === '1' || value === 'true') return true
    if (value === '0' || value === 'false') return false
    throw new FormError(undefined, 'expected true or false')
  }
  return { var: name, type: 'boolean', label, read, write: value => [value ? 'true' : 'false'] }
}

function choice<const T extends string>(name: string, label: string, known: readonly T[]): ConfigField<T> {
  const read = ([value]: readonly string[]): T => {
    const found = known.find(one => one === value)
    if (found === undefined) throw new FormError(undefined, `expected one of ${known.join(', ')}`)
    return found
  }
  const options = known.map(value => ({ value }))
  return { var: name, type: 'list-single', label, options, read, write: value => [value] }
}

function bound(name: string, label: string): ConfigField<Bound> {
  const read = ([value = '']: readonly string[]): Bound => {
    if (value === 'max') return 'max'
    if (!/^\d{1,15}$/.test(value)) throw new FormError(undefined, 'expected a whole number or max')
    return Number(value)
  }
  return { var: name, type: 'text-single', label, read, write: value => [String(value)] }
}

function words(name: string, label: string): ConfigField<readonly string[]> {
  return { var: name, type: 'text-multi', label, read: values => values, write: values => values }
}

const fields: { readonly [N in keyof NodeConfig]: ConfigField<NodeConfig[N]> } = {
  title: text('pubsub#title', 'Name'),
  description: text('pubsub#description', 'Description'),
  type: text('pubsub#type', 'Namespace of what is published'),
  accessModel: choice('pubsub#access_model', 'Who may subscribe and read', accessModels),
  rosterGroups: words('pubsub#roster_groups_allowed', 'Roster groups that may subscribe and read'),
  publishModel: choice('pubsub#publish_model', 'Who may publish', publishModels),
  persistItems: flag('pubsub#persist_items', 'Keep items'),
  maxItems: bound('pubsub#max_items', 'Items kept at most'),
  itemExpire: bound('pubsub#item_expire', 'Seconds an item is kept'),
  sendLast: choice('pubsub#send_last_published_item', 'When the last item is sent', lastItemMoments),
  deliverNotifications: flag('pubsub#deliver_notifications', 'Tell of what is published'),
  deliverPayloads: flag('pubsub#deliver_payloads', 'Tell what is in it'),
  notifyConfig: flag('pubsub#notify_config', 'Tell of changes of the configuration'),
  notifyDelete: flag('pubsub#notify_delete', 'Tell when the node is deleted'),
  notifyRetract: flag('pubsub#notify_retract', 'Tell when items are removed'),
  notificationType: choice('pubsub#notification_type', 'Kind of message', notificationTypes),
}

type Key = keyof NodeConfig
const keys = Object.keys(fields) as readonly Key[]
const keyOf: ReadonlyMap<string, Key> = new Map(keys.map(name => [fields[name].var, name]))

/** Which fields a form sets: names of fields that no configuration has are told apart. */
export interface ConfigChange {
  readonly changes: Partial<NodeConfig>
  /** Fields in namespaces of pubsub or any other that are not known here. */
  readonly unknown: readonly string[]
}

/**
 * Reads what a form says of a configuration; fields that are absent stay as they are. XEP-0004 §3.2
 *
 * @throws FormError naming a field whose value does not fit
 */
export function readNodeConfig(form: DataForm): ConfigChange {
  const changes: Partial<Record<Key, unknown>> = {}
  const unknown: string[] = []
  for (const { var: name, values } of form.fields ?? []) {
    if (name === undefined || name === FORM_TYPE) continue
    const key = keyOf.get(name)
    if (key === undefined) unknown.push(name)
    else changes[key] = readField(key, values)
  }
  // Each was read by the field of its own name.
  return { changes: changes as Partial<NodeConfig>, unknown }
}

function readField(key: Key, values: readonly string[]): unknown {
  try {
    return fields[key].read(values)
  } catch (error) {
    if (error instanceof FormError)
      throw new FormError(fields[key].var, `The field ${fields[key].var}: ${error.message}`)
    throw error
  }
}

function written(kind: FormKind, key: Key, value: unknown): FormField {
  const { var: name, type, label, options, write } = fields[key] as ConfigField<unknown>
  if (kind === 'submit') return { var: name, values: write(value) }
  return { var: name, type, label, values: write(value), options: kind === 'form' ? (options ?? []) : [] }
}

/**
 * A configuration, or a part of it, as a form.
 *
 * @param kind `form` to be filled in, `submit` as it is asked for, `result` as it is
 * @param formType `NODE_CONFIG` unless it goes along with a publication
 */
export function nodeConfigForm(
  config: Partial<NodeConfig>,
  kind: FormKind,
  formType: string = NODE_CONFIG,
): DataForm {
  const set = keys.filter(key => config[key] !== undefined)
  return { type: kind, fields: [formTypeField(formType), ...set.map(key => written(kind, key, config[key]))] }
}

/** Whether a configuration has these values. XEP-0060 §7.1.5 */
export function fitsNodeConfig(config: NodeConfig, wanted: Partial<NodeConfig>): boolean {
  return keys.every(key => wanted[key] === undefined || isSame(config[key], wanted[key]))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
