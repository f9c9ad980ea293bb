/** Requests to a service, read and answered. XEP-0060 §5 to §8. */
import {
  CLIENT_NS,
  NODE_CONFIG,
  nodeConfigForm,
  PUBSUB_NS,
  Pubsub,
  PubsubOwner,
  ResultSet,
  stanzaError,
} from '@waxwing/protocol'
import { escapeAttr, writeWire } from '@waxwing/xml'
import type { Stanza } from '../../router/stanza.ts'
import type { Asked, Desk } from './desk.ts'
import { Managing } from './managing.ts'
import { itemText } from './notices.ts'
import { Publishing } from './publishing.ts'
import { type FoundItems, Reading } from './reading.ts'
import { nodeRequired, unsupported } from './refusals.ts'
import { Subscribing } from './subscribing.ts'

const written = (answer: Pubsub): string => writeWire(Pubsub, answer, CLIENT_NS)
const writtenOwner = (answer: PubsubOwner): string => writeWire(PubsubOwner, answer, CLIENT_NS)

/** One service's operations, and the door to them on the wire. */
export class PubsubRequests {
  readonly publishing: Publishing
  readonly reading: Reading
  readonly subscribing: Subscribing
  readonly managing: Managing

  constructor(desk: Desk) {
    this.publishing = new Publishing(desk)
    this.reading = new Reading(desk)
    this.subscribing = new Subscribing(desk, this.reading)
    this.managing = new Managing(desk, this.publishing)
  }

  /** @returns XML of the answer's payload */
  async get(asked: Asked, question: Pubsub): Promise<string> {
    const { items, subscriptions, affiliations, options, defaults } = question
    if (items) return itemsAnswer(await this.reading.items(asked, items, question.page))
    if (subscriptions) {
      const { node } = subscriptions
      return written({ subscriptions: { node, subscriptions: await this.subscribing.ofAsker(asked, node) } })
    }
    if (affiliations) {
      const { node } = affiliations
      const found = await this.subscribing.affiliationsOfAsker(asked, node)
      return written({ affiliations: { node, affiliations: found } })
    }
    if (options) throw unsupported('subscription-options')
    if (defaults) throw unsupported('retrieve-default-sub')
    throw stanzaError('bad-request', 'Nothing known is asked for')
  }

  /** @param stanza the request as it came */
  async set(asked: Asked, request: Pubsub, stanza: Stanza): Promise<string> {
    const { publish, publishOptions, retract, create, configure, subscribe, unsubscribe } = request
    if (publish) {
      const publication = { publish, options: publishOptions, written: stanza.payloadText() }
      const id = await this.publishing.publish(asked, publication)
      const isNew = id !== undefined && publish.items?.[0]?.id === undefined
      return isNew ? written({ publish: { node: publish.node, items: [{ id }] } }) : ''
    }
    if (retract) return empty(this.publishing.retract(asked, retract, retract.notify ?? false))
    if (create) {
      if (configure?.node !== undefined) throw stanzaError('bad-request', 'The name is said twice')
      const node = await this.managing.create(asked, create.node, configure?.form)
      return node === create.node ? '' : written({ create: { node } })
    }
    if (subscribe) {
      if (subscribe.node === undefined) throw nodeRequired()
      if (request.options?.form) throw unsupported('subscription-options')
      const subscription = await this.subscribing.subscribe(asked, subscribe.node, subscribe.jid)
      return written({ subscription })
    }
    if (unsubscribe) return empty(this.subscribing.unsubscribe(asked, unsubscribe.node, unsubscribe.jid))
    if (request.options) throw unsupported('subscription-options')
    throw stanzaError('bad-request', 'Nothing known is asked for')
  }

  async ownerGet(asked: Asked, question: PubsubOwner): Promise<string> {
    const { configure, defaults, affiliations, subscriptions } = question
    if (configure) {
      const form = await this.managing.configuration(asked, configure.node)
      return writtenOwner({ configure: { node: configure.node, form } })
    }
    if (defaults) {
      if (defaults.type === 'collection') throw unsupported('collections')
      const form = nodeConfigForm(await this.managing.defaults(asked), 'form', NODE_CONFIG)
      return writtenOwner({ defaults: { form } })
    }
    if (affiliations)
      return writtenOwner({ affiliations: await this.managing.affiliations(asked, affiliations.node) })
    if (subscriptions)
      return writtenOwner({ subscriptions: await this.subscribing.ofNode(asked, subscriptions.node) })
    throw stanzaError('bad-request', 'Nothing known is asked for')
  }

  ownerSet(asked: Asked, request: PubsubOwner): Promise<string> {
    const { configure, delete: deletion, purge, affiliations, subscriptions } = request
    if (configure) return empty(this.managing.configure(asked, configure.node, configure.form))
    if (deletion) return empty(this.managing.delete(asked, deletion.node, deletion.redirect?.uri))
    if (purge) return empty(this.publishing.purge(asked, purge.node))
    if (affiliations) return empty(this.managing.affiliate(asked, affiliations))
    if (subscriptions) return empty(this.subscribing.manage(asked, subscriptions))
    throw stanzaError('bad-request', 'Nothing known is asked for')
  }
}

async function empty(done: Promise<void>): Promise<string> {
  await done
  return ''
}

/** Payloads go out as they came in: only what is around them is written. */
function itemsAnswer({ node, items, page }: FoundItems): string {
  const inside = `<items node='${escapeAttr(node)}'>${items.map(itemText).join('')}</items>`
  const set = page ? writeWire(ResultSet, page, PUBSUB_NS) : ''
  return `<pubsub xmlns='${PUBSUB_NS}'>${inside}${set}</pubsub>`
}

/** What a service says it can. XEP-0060 §10. */
export const pubsubFeatures: readonly string[] = [
  'auto-create',
  'config-node',
  'create-and-configure',
  'create-nodes',
  'config-node-max',
  'delete-items',
  'delete-nodes',
  'instant-nodes',
  'item-ids',
  'last-published',
  'manage-subscriptions',
  'member-affiliation',
  'meta-data',
  'modify-affiliations',
  'multi-items',
  'outcast-affiliation',
  'persistent-items',
  'publish',
  'publish-only-affiliation',
  'publish-options',
  'publisher-affiliation',
  'purge-nodes',
  'retract-items',
  'retrieve-affiliations',
  'retrieve-default',
  'retrieve-items',
  'retrieve-subscriptions',
  'rsm',
  'subscribe',
  'subscription-notifications',
].map(name => `${PUBSUB_NS}#${name}`)
