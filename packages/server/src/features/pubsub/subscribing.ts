/** Who hears of a node by their own wish. XEP-0060 §5.6, §6.1, §6.2, §8.6, §8.8. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import {
  type Affiliated,
  type Subscription,
  type SubscriptionState,
  type Subscriptions,
  stanzaError,
} from '@waxwing/protocol'
import { whyNotSubscribe } from './access.ts'
import type { Asked, Desk } from './desk.ts'
import { affiliationOf, type PubsubNode } from './node.ts'
import { publishedNotice, subscriptionNotice } from './notices.ts'
import type { Reading } from './reading.ts'
import { forbidden, noSuchNode, refusal } from './refusals.ts'

export class Subscribing {
  readonly #desk: Desk
  readonly #reading: Reading

  constructor(desk: Desk, reading: Reading) {
    this.#desk = desk
    this.#reading = reading
  }

  /** @returns the subscription as it is now. §6.1 */
  subscribe(asked: Asked, name: string | undefined, jid: Jid | undefined): Promise<Subscription> {
    return this.#desk.inTurn(asked.service, async () => {
      const { service, from } = asked
      if (jid === undefined || bareOf(jid) !== bareOf(from))
        throw refusal('bad-request', 'invalid-jid', 'Subscribe with your own address')
      const node = await this.#desk.find(service, name)
      const relation = await this.#desk.house.relation(service, from)
      const refused = whyNotSubscribe(node, from, relation)
      if (refused) throw refused
      const known = node.subscriptions.get(jid)
      if (known === 'pending') throw refusal('not-authorized', 'pending-subscription', 'The owner is asked')
      if (known === 'subscribed') return { node: node.name, jid, subscription: known }
      if (node.subscriptions.size >= this.#desk.limits.maxPeople)
        throw refusal(
          'policy-violation',
          'too-many-subscriptions',
          'The node has too many subscribers',
          'wait',
        )
      const mustAsk =
        node.config.accessModel === 'authorize' && affiliationOf(node, from, relation) === 'none'
      const subscription = mustAsk ? 'pending' : 'subscribed'
      const after = await this.#put(service, node, jid, subscription)
      if (mustAsk) this.#desk.later(asked, () => this.#desk.house.askOwner(service, after, jid))
      else await this.#welcome(asked, after, jid)
      return { node: node.name, jid, subscription }
    })
  }

  /** Whoever is new gets the last item. §6.1.7 */
  async #welcome(asked: Asked, node: PubsubNode, jid: Jid): Promise<void> {
    if (node.config.sendLast === 'never' || !node.config.deliverNotifications) return
    const last = await this.#reading.last(asked.service, node)
    if (!last) return
    const told = node.config.deliverPayloads ? last : { ...last, payload: '' }
    this.#tell(asked, node, jid, publishedNotice(node.name, [told], last.at))
  }

  #tell(asked: Asked, node: PubsubNode, to: Jid, notice: string): void {
    this.#desk.later(asked, () => this.#desk.house.tell(asked.service, node, to, notice))
  }

  async #put(service: BareJid, node: PubsubNode, jid: Jid, state: SubscriptionState): Promise<PubsubNode> {
    const subscriptions = new Map(node.subscriptions)
    if (state === 'none') subscriptions.delete(jid)
    else subscriptions.set(jid, state)
    const after = { ...node, subscriptions }
    await this.#desk.store.put(service, node, after)
    return after
  }

  /** Whoever is not subscribed hears nothing of whether there is such a node. §6.2 */
  unsubscribe(asked: Asked, name: string | undefined, jid: Jid | undefined): Promise<void> {
    return this.#desk.inTurn(asked.service, async () => {
      const { service, from } = asked
      if (jid === undefined) throw refusal('bad-request', 'jid-required', 'Which address?')
      if (bareOf(jid) !== bareOf(from)) throw forbidden()
      const node = (await this.#desk.store.of(service)).get(name ?? '')
      const relation = await this.#desk.house.relation(service, from)
      if (!node || (!node.subscriptions.has(jid) && whyNotSubscribe(node, from, relation))) throw noSuchNode()
      if (!node.subscriptions.has(jid))
        throw refusal('unexpected-request', 'not-subscribed', 'There is no such subscription', 'cancel')
      await this.#put(service, node, jid, 'none')
    })
  }

  /** Ends subscriptions of those who may not read any more. XEP-0163 §7.1 */
  cancel(service: BareJid, name: string, jids: readonly Jid[]): Promise<void> {
    return this.#desk.inTurn(service, async () => {
      for (const jid of jids) {
        const node = (await this.#desk.store.of(service)).get(name)
        if (!node?.subscriptions.has(jid)) continue
        await this.#put(service, node, jid, 'none')
        this.#tell({ service, from: service }, node, jid, subscriptionNotice(name, jid, 'none'))
      }
    })
  }

  /** Somebody is no more: whoever has the address later is nobody at any node. */
  async forgetEverywhere(who: BareJid): Promise<void> {
    for (const service of await this.#desk.store.peopled())
      await this.#desk.inTurn(service, () => this.#forget(service, who))
  }

  async #forget(service: BareJid, who: BareJid): Promise<void> {
    for (const node of (await this.#desk.store.of(service)).values()) {
      const subscriptions = new Map([...node.subscriptions].filter(([jid]) => bareOf(jid) !== who))
      const affiliations = new Map(node.affiliations)
      if (!affiliations.delete(who) && subscriptions.size === node.subscriptions.size) continue
      await this.#desk.store.put(service, node, { ...node, affiliations, subscriptions })
    }
  }

  /** All subscriptions of who asks, perhaps at one node. §5.6 */
  async ofAsker({ service, from }: Asked, name: string | undefined): Promise<readonly Subscription[]> {
    const account = bareOf(from)
    return [...(await this.#desk.store.of(service)).values()]
      .filter(node => name === undefined || node.name === name)
      .flatMap(node =>
        [...node.subscriptions]
          .filter(([jid]) => bareOf(jid) === account)
          .map(([jid, subscription]) => ({ node: node.name, jid, subscription })),
      )
  }

  /** What who asks is, perhaps at one node. §5.7 */
  async affiliationsOfAsker(
    { service, from }: Asked,
    name: string | undefined,
  ): Promise<readonly Affiliated[]> {
    const relation = await this.#desk.house.relation(service, from)
    return [...(await this.#desk.store.of(service)).values()]
      .filter(node => name === undefined || node.name === name)
      .map(node => ({ node: node.name, affiliation: affiliationOf(node, from, relation) }))
      .filter(({ affiliation }) => affiliation !== 'none')
  }

  /** All who are subscribed, for the owner. §8.8.1 */
  async ofNode(asked: Asked, name: string | undefined): Promise<Subscriptions> {
    const node = await this.#desk.owned(asked, name)
    const subscriptions = [...node.subscriptions]
      .filter(([, subscription]) => subscription === 'subscribed')
      .map(([jid, subscription]) => ({ jid, subscription }))
    return { node: node.name, subscriptions }
  }

  /** The owner decides about subscriptions. §8.8.2 */
  manage(asked: Asked, { node: name, subscriptions = [] }: Subscriptions): Promise<void> {
    return this.#desk.inTurn(asked.service, async () => {
      await this.#desk.owned(asked, name)
      for (const { jid, subscription } of subscriptions) {
        if (jid === undefined) throw refusal('bad-request', 'jid-required', 'Which address?')
        if (subscription !== undefined) await this.#decide(asked, name ?? '', jid, subscription)
      }
    })
  }

  /** The owner has answered whether somebody may subscribe; what nobody waits for is passed over. §8.6 */
  answered(asked: Asked, name: string, jid: Jid, isAllowed: boolean): Promise<void> {
    return this.#desk.inTurn(asked.service, async () => {
      const node = await this.#desk.owned(asked, name)
      if (node.subscriptions.get(jid) === 'pending')
        await this.#decide(asked, name, jid, isAllowed ? 'subscribed' : 'none')
    })
  }

  async #decide(asked: Asked, name: string, jid: Jid, state: SubscriptionState): Promise<void> {
    const { service } = asked
    const node = await this.#desk.find(service, name)
    const before = node.subscriptions.get(jid) ?? 'none'
    if (before === state) return
    if (before === 'none' && node.subscriptions.size >= this.#desk.limits.maxPeople)
      throw stanzaError('not-acceptable', 'The node has too many subscribers')
    const after = await this.#put(service, node, jid, state)
    this.#tell(asked, after, jid, subscriptionNotice(name, jid, state))
    if (state === 'subscribed') await this.#welcome(asked, after, jid)
  }
}
