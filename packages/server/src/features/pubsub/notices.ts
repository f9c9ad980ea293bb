/** What nodes tell those who want to hear of them. XEP-0060 §7.1.2, §7.2.2, §8.2.5, §8.4.2, §8.5.2. */
import type { Jid } from '@waxwing/jid'
import { type DataForm, Delay, PUBSUB_EVENT_NS, PubsubEvent, type SubscriptionState } from '@waxwing/protocol'
import { escapeAttr, writeWire } from '@waxwing/xml'

/** An item as it is told of or handed out. */
export interface ToldItem {
  readonly id: string
  /** XML; empty: without payload. */
  readonly payload: string
}

/** `<item/>` in the namespace of what it stands in. */
export function itemText({ id, payload }: ToldItem): string {
  const open = `<item id='${escapeAttr(id)}'`
  return payload === '' ? `${open}/>` : `${open}>${payload}</item>`
}

function eventOf(inside: string): string {
  return `<event xmlns='${PUBSUB_EVENT_NS}'>${inside}</event>`
}

/** Items were published. @param at when, ms since 1970, if that was earlier. XEP-0060 §6.1.7 */
export function publishedNotice(node: string, items: readonly ToldItem[], at?: number): string {
  const inside = `<items node='${escapeAttr(node)}'>${items.map(itemText).join('')}</items>`
  return eventOf(inside) + (at === undefined ? '' : writeWire(Delay, { stamp: new Date(at) }))
}

/** Something was published of which nothing is to be told. XEP-0060 §4.3 */
export function bareNotice(node: string): string {
  return eventOf(`<items node='${escapeAttr(node)}'/>`)
}

/** Items were taken back. */
export function retractedNotice(node: string, ids: readonly string[]): string {
  return writeWire(PubsubEvent, { items: { node, retracted: ids.map(id => ({ id })) } })
}

export function purgedNotice(node: string): string {
  return writeWire(PubsubEvent, { purge: { node } })
}

/** @param redirect where to go instead */
export function deletedNotice(node: string, redirect?: string): string {
  return writeWire(PubsubEvent, {
    delete: { node, redirect: redirect === undefined ? undefined : { uri: redirect } },
  })
}

/** @param form the new configuration; absent for nodes that tell no payloads */
export function configuredNotice(node: string, form: DataForm | undefined): string {
  return writeWire(PubsubEvent, { configuration: { node, form } })
}

/** A subscription is not what it was. XEP-0060 §12.14 */
export function subscriptionNotice(node: string, jid: Jid, subscription: SubscriptionState): string {
  return writeWire(PubsubEvent, { subscription: { node, jid, subscription } })
}
