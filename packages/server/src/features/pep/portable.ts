/** Accounts' nodes as they go from server to server. XEP-0227 §4.10. */
import { type BareJid, bareOf } from '@waxwing/jid'
import {
  ExportedNodes,
  FormError,
  type FormHolder,
  nodeConfigForm,
  PUBSUB_NS,
  PUBSUB_OWNER_NS,
  Pubsub,
  readNodeConfig,
  stanzaError,
} from '@waxwing/protocol'
import { type Element, elementsOf, escapeAttr, readWire, writeElement, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import type { EntryId } from '../../store/store.ts'
import type { Desk } from '../pubsub/desk.ts'
import type { PubsubNode } from '../pubsub/node.ts'
import { placeOf } from '../pubsub/node-store.ts'
import { itemText } from '../pubsub/notices.ts'

/** Items taken out of the store in one go. */
const pageSize = 100

export function portableNodes(desk: Desk): Portable {
  async function* itemsOf(account: BareJid, node: string): AsyncGenerator<string> {
    for (let after: EntryId | undefined; ; ) {
      const page = await desk.store.items.page(placeOf(account, node), { max: pageSize, after })
      for (const { value } of page.entries) yield itemText({ id: value.item, payload: value.payload })
      after = page.entries.at(-1)?.id
      if (page.complete) return
    }
  }

  /** Makes the nodes; what is configured as cannot be had here stays as nodes are by themselves. */
  async function importNodes(account: BareJid, element: Element): Promise<void> {
    const exported = readWire(ExportedNodes, element)
    for (const { node: name, form } of exported.configurations) {
      if (name === undefined) continue
      const people = exported.affiliations.find(({ node }) => node === name)?.affiliations ?? []
      const subscribers = exported.subscriptions.find(({ node }) => node === name)?.subscriptions ?? []
      await desk.inTurn(account, async () => {
        const nodes = await desk.store.of(account)
        const known = nodes.get(name)
        const made = known ?? desk.newNode(nodes, name, desk.house.defaults)
        const after: PubsubNode = {
          ...made,
          config: configOf(form),
          affiliations: new Map(
            people.flatMap(({ jid, affiliation }) =>
              jid && affiliation && affiliation !== 'owner' && affiliation !== 'none'
                ? [[bareOf(jid), affiliation]]
                : [],
            ),
          ),
          subscriptions: new Map(
            subscribers.flatMap(({ jid, subscription }) =>
              jid && (subscription === 'subscribed' || subscription === 'pending')
                ? [[jid, subscription]]
                : [],
            ),
          ),
        }
        await desk.store.put(account, known, after)
      })
    }
  }

  function configOf(form: FormHolder['form']): PubsubNode['config'] {
    try {
      const { changes } = form ? readNodeConfig(form) : { changes: {} }
      return desk.checked({ ...desk.house.defaults, ...changes })
    } catch (error) {
      // A node that nobody can make as it was must not be seen by more than its owner.
      if (error instanceof FormError) return { ...desk.house.defaults, accessModel: 'whitelist' }
      throw error
    }
  }

  async function importItems(account: BareJid, items: Element): Promise<void> {
    const name = items.attrs.get('node')
    const nodes = await desk.store.of(account)
    const node = name === undefined ? undefined : nodes.get(name)
    if (!node) throw stanzaError('item-not-found', `There is no node ${name} for its items`)
    const room = desk.roomOf(node.config)
    const rows = elementsOf(items)
      .filter(item => item.ns === PUBSUB_NS && item.name === 'item')
      .map(item => {
        const [payload] = elementsOf(item)
        return { id: item.attrs.get('id') ?? '', payload: payload ? writeElement(payload) : '' }
      })
      .filter(({ payload }) => Buffer.byteLength(payload) <= desk.limits.maxItemSize)
    // The newest are the last.
    const kept = room === 0 ? [] : rows.slice(-room)
    await desk.inTurn(account, async () => {
      const place = placeOf(account, node.name)
      const size = kept.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0)
      const at = desk.clock.wall()
      const writes = kept.map(({ id, payload }) =>
        desk.store.items.append(place, { item: id, publisher: account, payload }, at),
      )
      const after = { ...node, items: node.items + kept.length, size: node.size + size }
      await desk.store.put(account, node, after, writes)
    })
  }

  return {
    async *export(account) {
      const nodes = [...(await desk.store.of(account)).values()]
      if (nodes.length === 0) return
      yield writeWire(ExportedNodes, {
        configurations: nodes.map(({ name, config }) => ({
          node: name,
          form: nodeConfigForm(config, 'result'),
        })),
        affiliations: nodes.flatMap(({ name, affiliations }) => peopleOf(name, affiliations)),
        subscriptions: nodes.flatMap(({ name, subscriptions }) => subscribersOf(name, subscriptions)),
      })
      yield `<pubsub xmlns='${PUBSUB_NS}'>`
      for (const { name } of nodes) {
        yield `<items node='${escapeAttr(name)}'>`
        yield* itemsOf(account, name)
        yield '</items>'
      }
      yield '</pubsub>'
    },
    async import(account, element) {
      if (element.name !== 'pubsub') return false
      if (element.ns === PUBSUB_OWNER_NS) await importNodes(account, element)
      else if (element.ns === Pubsub.ns)
        for (const items of elementsOf(element)) await importItems(account, items)
      else return false
      return true
    },
  }
}

function peopleOf(node: string, people: PubsubNode['affiliations']) {
  if (people.size === 0) return []
  return [{ node, affiliations: [...people].map(([jid, affiliation]) => ({ jid, affiliation })) }]
}

function subscribersOf(node: string, subscribers: PubsubNode['subscriptions']) {
  if (subscribers.size === 0) return []
  return [{ node, subscriptions: [...subscribers].map(([jid, subscription]) => ({ jid, subscription })) }]
}
