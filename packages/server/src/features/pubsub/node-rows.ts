/** Nodes as rows of the store. */
import type { BareJid, Jid } from '@waxwing/jid'
import type {
  AccessModel,
  Affiliation,
  LastItemMoment,
  NodeBound,
  NodeConfig,
  NotificationType,
  PublishModel,
  SubscriptionState,
} from '@waxwing/protocol'
import { column, type Row } from '../../store/store.ts'
import type { PubsubNode } from './node.ts'

export const nodeColumns = {
  created: column.time(),
  items: column.integer(),
  size: column.integer(),
  title: column.text(),
  description: column.text(),
  type: column.text(),
  access_model: column.text<AccessModel>(),
  roster_groups: column.json<readonly string[]>(),
  publish_model: column.text<PublishModel>(),
  persist_items: column.bool(),
  /** Absent: as many as the service allows. */
  max_items: column.integer().maybe(),
  /** Seconds; absent: for ever. */
  item_expire: column.integer().maybe(),
  send_last: column.text<LastItemMoment>(),
  deliver_notifications: column.bool(),
  deliver_payloads: column.bool(),
  notify_config: column.bool(),
  notify_delete: column.bool(),
  notify_retract: column.bool(),
  notification_type: column.text<NotificationType>(),
}

type NodeRow = Row<typeof nodeColumns>

/** A node as it stands in its row and in the rows of its people. */
export function nodeOf(
  name: string,
  row: NodeRow,
  people: ReadonlyMap<string, { node: string; jid: BareJid; affiliation: Affiliation }>,
  subscribers: ReadonlyMap<string, { node: string; jid: Jid; state: SubscriptionState }>,
): PubsubNode {
  const affiliations = new Map<BareJid, Affiliation>()
  for (const { node, jid, affiliation } of people.values())
    if (node === name) affiliations.set(jid, affiliation)
  const subscriptions = new Map<Jid, SubscriptionState>()
  for (const { node, jid, state } of subscribers.values()) if (node === name) subscriptions.set(jid, state)
  const { created, items, size } = row
  return { name, config: configOf(row), createdAt: created, items, size, affiliations, subscriptions }
}

function configOf(row: NodeRow): NodeConfig {
  return {
    title: row.title,
    description: row.description,
    type: row.type,
    accessModel: row.access_model,
    rosterGroups: row.roster_groups,
    publishModel: row.publish_model,
    persistItems: row.persist_items,
    maxItems: row.max_items ?? 'max',
    itemExpire: row.item_expire ?? 'max',
    sendLast: row.send_last,
    deliverNotifications: row.deliver_notifications,
    deliverPayloads: row.deliver_payloads,
    notifyConfig: row.notify_config,
    notifyDelete: row.notify_delete,
    notifyRetract: row.notify_retract,
    notificationType: row.notification_type,
  }
}

const columnOf = (bound: NodeBound): number | undefined => (bound === 'max' ? undefined : bound)

export function rowOf({ config, createdAt, items, size }: PubsubNode): NodeRow {
  return {
    created: createdAt,
    items,
    size,
    title: config.title,
    description: config.description,
    type: config.type,
    access_model: config.accessModel,
    roster_groups: config.rosterGroups,
    publish_model: config.publishModel,
    persist_items: config.persistItems,
    max_items: columnOf(config.maxItems),
    item_expire: columnOf(config.itemExpire),
    send_last: config.sendLast,
    deliver_notifications: config.deliverNotifications,
    deliver_payloads: config.deliverPayloads,
    notify_config: config.notifyConfig,
    notify_delete: config.notifyDelete,
    notify_retract: config.notifyRetract,
    notification_type: config.notificationType,
  }
}
