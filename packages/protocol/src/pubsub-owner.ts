// What owners of nodes ask (XEP-0060 §8), what nodes tell of themselves (§17.3), and why they refuse (§17.2).
import { attr, child, children, type Element, element, oneOf, string, type Wire } from '@waxwing/xml'
import { PUBSUB_EVENT_NS } from './conversations.ts'
import { DataForm } from './data-forms.ts'
import {
  type Affiliations,
  type FormHolder,
  type NodeItems,
  type PubsubItem,
  pubsubAffiliations,
  pubsubItem,
  pubsubSubscription,
  pubsubSubscriptions,
  type Subscription,
  type Subscriptions,
} from './pubsub.ts'
import type { ErrorPayload } from './stanza-errors.ts'

export const PUBSUB_OWNER_NS = 'http://jabber.org/protocol/pubsub#owner'
export const PUBSUB_ERRORS_NS = 'http://jabber.org/protocol/pubsub#errors'

/** A node is to go, or has gone. XEP-0060 §8.4. */
export interface DeleteNode {
  readonly node?: string | undefined
  /** Where what it held is now. */
  readonly redirect?: string | undefined
}
interface RawDelete {
  readonly node?: string | undefined
  readonly redirect?: { readonly uri: string } | undefined
}
function deletion(ns: string): Wire<RawDelete> {
  const redirect = element(ns, 'redirect', { uri: attr('uri', string) })
  return element(ns, 'delete', { node: attr('node', string).maybe(), redirect: child(redirect).maybe() })
}
function ofNode(ns: string, name: string): Wire<{ readonly node?: string | undefined }> {
  return element(ns, name, { node: attr('node', string).maybe() })
}
function formOf(ns: string, name: string): Wire<FormHolder> {
  return element(ns, name, { node: attr('node', string).maybe(), form: child(DataForm).maybe() })
}

/** A request of an owner, or its answer: one of these. XEP-0060 §17.4. */
export interface PubsubOwner {
  readonly affiliations?: Affiliations | undefined
  readonly configure?: FormHolder | undefined
  /** How nodes are made by themselves. §8.3 */
  readonly defaults?:
    | { readonly type?: 'collection' | 'leaf' | undefined; readonly form?: DataForm | undefined }
    | undefined
  readonly delete?: RawDelete | undefined
  readonly purge?: { readonly node?: string | undefined } | undefined
  readonly subscriptions?: Subscriptions | undefined
}
export const PubsubOwner: Wire<PubsubOwner> = element(PUBSUB_OWNER_NS, 'pubsub', {
  affiliations: child(pubsubAffiliations(PUBSUB_OWNER_NS)).maybe(),
  configure: child(formOf(PUBSUB_OWNER_NS, 'configure')).maybe(),
  defaults: child(
    element(PUBSUB_OWNER_NS, 'default', {
      type: attr('type', oneOf('collection', 'leaf')).maybe(),
      form: child(DataForm).maybe(),
    }),
  ).maybe(),
  delete: child(deletion(PUBSUB_OWNER_NS)).maybe(),
  purge: child(ofNode(PUBSUB_OWNER_NS, 'purge')).maybe(),
  subscriptions: child(pubsubSubscriptions(PUBSUB_OWNER_NS)).maybe(),
})

/** Configurations of all nodes of an account, with who is what there. XEP-0227 §4.10.1. */
export interface ExportedNodes {
  readonly configurations: readonly FormHolder[]
  readonly affiliations: readonly Affiliations[]
  readonly subscriptions: readonly Subscriptions[]
}
export const ExportedNodes: Wire<ExportedNodes> = element(PUBSUB_OWNER_NS, 'pubsub', {
  configurations: children(formOf(PUBSUB_OWNER_NS, 'configure')),
  affiliations: children(pubsubAffiliations(PUBSUB_OWNER_NS)),
  subscriptions: children(pubsubSubscriptions(PUBSUB_OWNER_NS)),
})

/** Items published, or taken back. XEP-0060 §7.1.2, §7.2.2. */
export interface ItemsEvent extends NodeItems {
  readonly items?: readonly PubsubItem[] | undefined
  readonly retracted?: readonly { readonly id: string }[] | undefined
}

/** What a node tells those who want to hear of it: one of these. XEP-0060 §17.3. */
export interface PubsubEvent {
  readonly configuration?: FormHolder | undefined
  readonly delete?: RawDelete | undefined
  readonly items?: ItemsEvent | undefined
  readonly purge?: { readonly node?: string | undefined } | undefined
  readonly subscription?: Subscription | undefined
}
export const PubsubEvent: Wire<PubsubEvent> = element(PUBSUB_EVENT_NS, 'event', {
  configuration: child(formOf(PUBSUB_EVENT_NS, 'configuration')).maybe(),
  delete: child(deletion(PUBSUB_EVENT_NS)).maybe(),
  items: child(
    element(PUBSUB_EVENT_NS, 'items', {
      node: attr('node', string).maybe(),
      items: children(pubsubItem(PUBSUB_EVENT_NS)),
      retracted: children(element(PUBSUB_EVENT_NS, 'retract', { id: attr('id', string) })),
    }),
  ).maybe(),
  purge: child(ofNode(PUBSUB_EVENT_NS, 'purge')).maybe(),
  subscription: child(pubsubSubscription(PUBSUB_EVENT_NS)).maybe(),
})

/** Conditions of errors that only pubsub has. XEP-0060 §17.2. */
export const pubsubConditions = [
  'closed-node',
  'configuration-required',
  'invalid-jid',
  'invalid-options',
  'invalid-payload',
  'invalid-subid',
  'item-forbidden',
  'item-required',
  'jid-required',
  'max-items-exceeded',
  'max-nodes-exceeded',
  'node-full',
  'nodeid-required',
  'not-in-roster-group',
  'not-subscribed',
  'payload-too-big',
  'payload-required',
  'pending-subscription',
  'precondition-not-met',
  'presence-subscription-required',
  'subid-required',
  'too-many-subscriptions',
  'unsupported',
  'unsupported-access-model',
] as const
export type PubsubCondition = (typeof pubsubConditions)[number]

/** The condition as it stands beside that of the error. @param feature what is not supported, with `unsupported` */
export function pubsubCondition(condition: PubsubCondition, feature?: string): Element {
  const attrs = new Map(feature === undefined ? [] : [['feature', feature] as const])
  return { ns: PUBSUB_ERRORS_NS, name: condition, attrs, children: [] }
}

/** The condition in an error; `undefined`: it has none. XEP-0060 §17.2 */
export function pubsubConditionOf({
  app,
  others = [],
}: Pick<ErrorPayload, 'app' | 'others'>): PubsubCondition | undefined {
  const found = [...(app ? [app] : []), ...others].find(({ ns }) => ns === PUBSUB_ERRORS_NS)
  return pubsubConditions.find(condition => condition === found?.name)
}
