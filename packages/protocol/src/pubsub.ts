// Publish-subscribe (XEP-0060): what is asked of a service, and what it answers.
import type { Jid } from '@waxwing/jid'
import {
  attr,
  bool,
  child,
  children,
  count,
  custom,
  type Element,
  element,
  flag,
  oneOf,
  rest,
  string,
  type TextCodec,
  type Wire,
} from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { anyJid } from './jids.ts'
import { ResultSet } from './result-sets.ts'

export const PUBSUB_NS = 'http://jabber.org/protocol/pubsub'
const NS = PUBSUB_NS

/** What somebody may do at a node. XEP-0060 §4.1. */
export const affiliations = ['owner', 'publisher', 'publish-only', 'member', 'none', 'outcast'] as const
export type Affiliation = (typeof affiliations)[number]

/** How a subscription stands. XEP-0060 §4.2. */
export const subscriptionStates = ['none', 'pending', 'unconfigured', 'subscribed'] as const
export type SubscriptionState = (typeof subscriptionStates)[number]

/** COMPAT(clients of before 1.13): true as `1`, and as anything but the words for false. */
const loosely: TextCodec<boolean> = custom(
  text => !/^(?:0|false)$/.test(text.trim()),
  value => bool.format(value),
  'true or false',
)

/** What was published. XEP-0060 §7.1. */
export interface PubsubItem {
  /** Unique within its node. */
  readonly id?: string | undefined
  /** Who published it, as the service says. §7.1.2.3 */
  readonly publisher?: string | undefined
  /** One element as a rule; none in notifications without payload. */
  readonly payload?: readonly Element[] | undefined
}
/** An item in one of the namespaces of pubsub. */
export function pubsubItem(ns: string): Wire<PubsubItem> {
  return element(ns, 'item', {
    id: attr('id', string).maybe(),
    publisher: attr('publisher', string).maybe(),
    payload: rest,
  })
}
const Item = pubsubItem(NS)

/** A form inside of an element that says what it is for. */
export interface FormHolder {
  readonly node?: string | undefined
  readonly form?: DataForm | undefined
}
function formHolder(name: string): Wire<FormHolder> {
  return element(NS, name, { node: attr('node', string).maybe(), form: child(DataForm).maybe() })
}

/** A node to be made; without a name the service finds one. XEP-0060 §8.1. */
export interface CreateNode {
  readonly node?: string | undefined
}
const Create: Wire<CreateNode> = element(NS, 'create', { node: attr('node', string).maybe() })

/** Somebody wants to hear of a node. XEP-0060 §6.1. */
export interface Subscribe {
  readonly node?: string | undefined
  /** Where the events go: a bare or a full JID of who asks. */
  readonly jid?: Jid | undefined
  readonly subid?: string | undefined
}
const subscribing = {
  node: attr('node', string).maybe(),
  jid: attr('jid', anyJid).maybe(),
  subid: attr('subid', string).maybe(),
}
const Subscribing: Wire<Subscribe> = element(NS, 'subscribe', subscribing)
const Unsubscribing: Wire<Subscribe> = element(NS, 'unsubscribe', subscribing)

/** Options of a subscription. XEP-0060 §6.3. */
export interface SubscribeOptions extends Subscribe {
  readonly form?: DataForm | undefined
}
const Options: Wire<SubscribeOptions> = element(NS, 'options', {
  ...subscribing,
  form: child(DataForm).maybe(),
})

interface MayConfigure {
  readonly isRequired: boolean
}
const MayConfigure: Wire<MayConfigure> = element(NS, 'subscribe-options', { isRequired: flag('required') })

/** A subscription and how it stands. XEP-0060 §6.1.2. */
export interface Subscription extends Subscribe {
  /** Absent in a request: as it is. */
  readonly subscription?: SubscriptionState | undefined
  /** When it ends. §12.19 */
  readonly expiry?: string | undefined
  /** Options that may, or must, be set. §6.1.5 */
  readonly options?: MayConfigure | undefined
}
/** A subscription in one of the namespaces of pubsub. */
export function pubsubSubscription(ns: string): Wire<Subscription> {
  return element(ns, 'subscription', {
    ...subscribing,
    subscription: attr('subscription', oneOf(...subscriptionStates)).maybe(),
    expiry: attr('expiry', string).maybe(),
    options: child(MayConfigure).maybe(),
  })
}
const SubscriptionIn = pubsubSubscription(NS)

/** Subscriptions, of who asks or of a node. XEP-0060 §5.6, §8.8. */
export interface Subscriptions {
  readonly node?: string | undefined
  readonly subscriptions?: readonly Subscription[] | undefined
}
/** Subscriptions in one of the namespaces of pubsub. */
export function pubsubSubscriptions(ns: string): Wire<Subscriptions> {
  return element(ns, 'subscriptions', {
    node: attr('node', string).maybe(),
    subscriptions: children(pubsubSubscription(ns)),
  })
}

/** What somebody is at a node. XEP-0060 §5.7, §8.9. */
export interface Affiliated {
  readonly node?: string | undefined
  readonly jid?: Jid | undefined
  /** Absent in a request: as it is. */
  readonly affiliation?: Affiliation | undefined
}
export interface Affiliations {
  readonly node?: string | undefined
  readonly affiliations?: readonly Affiliated[] | undefined
}
/** Affiliations in one of the namespaces of pubsub. */
export function pubsubAffiliations(ns: string): Wire<Affiliations> {
  const one: Wire<Affiliated> = element(ns, 'affiliation', {
    node: attr('node', string).maybe(),
    jid: attr('jid', anyJid).maybe(),
    affiliation: attr('affiliation', oneOf(...affiliations)).maybe(),
  })
  return element(ns, 'affiliations', { node: attr('node', string).maybe(), affiliations: children(one) })
}

/** Items to be published, or wanted, or found. XEP-0060 §6.5, §7.1. */
export interface NodeItems {
  readonly node?: string | undefined
  readonly items?: readonly PubsubItem[] | undefined
}
/** Which items are wanted: those named, the newest, or all. XEP-0060 §6.5. */
export interface WantedItems extends NodeItems {
  /** The newest so many. §6.5.7 */
  readonly maxItems?: number | undefined
  readonly subid?: string | undefined
}
/** Items to be taken back. XEP-0060 §7.2. */
export interface Retract extends NodeItems {
  /** Whether subscribers are to hear of it. */
  readonly notify?: boolean | undefined
}
const nodeItems = { node: attr('node', string).maybe(), items: children(Item) }

/** A request to a pubsub service, or its answer: one of these, with what belongs to it. XEP-0060 §17.1. */
export interface Pubsub {
  readonly create?: CreateNode | undefined
  readonly configure?: FormHolder | undefined
  readonly subscribe?: Subscribe | undefined
  readonly options?: SubscribeOptions | undefined
  readonly publish?: NodeItems | undefined
  /** Conditions for a publication, and how a node is made that is not there. §7.1.5 */
  readonly publishOptions?: FormHolder | undefined
  readonly affiliations?: Affiliations | undefined
  /** Options that subscriptions have by themselves. §6.4 */
  readonly defaults?: FormHolder | undefined
  readonly items?: WantedItems | undefined
  readonly retract?: Retract | undefined
  readonly subscription?: Subscription | undefined
  readonly subscriptions?: Subscriptions | undefined
  readonly unsubscribe?: Subscribe | undefined
  /** Which page of items is wanted, or which it is. §6.5.4 */
  readonly page?: ResultSet | undefined
}
export const Pubsub: Wire<Pubsub> = element(NS, 'pubsub', {
  create: child(Create).maybe(),
  configure: child(formHolder('configure')).maybe(),
  subscribe: child(Subscribing).maybe(),
  publish: child(element(NS, 'publish', nodeItems)).maybe(),
  publishOptions: child(formHolder('publish-options')).maybe(),
  affiliations: child(pubsubAffiliations(NS)).maybe(),
  defaults: child(formHolder('default')).maybe(),
  items: child(
    element(NS, 'items', {
      node: attr('node', string).maybe(),
      maxItems: attr('max_items', count).maybe(),
      subid: attr('subid', string).maybe(),
      items: children(Item),
    }),
  ).maybe(),
  retract: child(
    element(NS, 'retract', {
      node: attr('node', string).maybe(),
      notify: attr('notify', loosely).maybe(),
      items: children(Item),
    }),
  ).maybe(),
  subscription: child(SubscriptionIn).maybe(),
  options: child(Options).maybe(),
  subscriptions: child(pubsubSubscriptions(NS)).maybe(),
  unsubscribe: child(Unsubscribing).maybe(),
  page: child(ResultSet).maybe(),
})
