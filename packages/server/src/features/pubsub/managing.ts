/** What owners do with nodes. XEP-0060 §8.1 to §8.4, §8.9. */
import { bareOf } from '@waxwing/jid'
import {
  type Affiliation,
  type Affiliations,
  type DataForm,
  type NodeConfig,
  nodeConfigForm,
  stanzaError,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import type { Asked, Desk } from './desk.ts'
import { configuredNotice, deletedNotice } from './notices.ts'
import type { Publishing } from './publishing.ts'
import { refusal } from './refusals.ts'

export class Managing {
  readonly #desk: Desk
  readonly #publishing: Publishing

  constructor(desk: Desk, publishing: Publishing) {
    this.#desk = desk
    this.#publishing = publishing
  }

  /** @returns the name, found by us when none was given. §8.1 */
  create(asked: Asked, wanted: string | undefined, form: DataForm | undefined): Promise<string> {
    return this.#desk.inTurn(asked.service, async () => {
      await this.#desk.mustOwn(asked)
      const { store, house, random } = this.#desk
      const nodes = await store.of(asked.service)
      const name = wanted === undefined || wanted === '' ? randomId(random) : wanted
      if (nodes.has(name)) throw stanzaError('conflict', 'There is such a node already')
      const node = this.#desk.newNode(nodes, name, this.#desk.changed(house.defaults, form))
      await store.put(asked.service, undefined, node)
      return name
    })
  }

  /** The form with the configuration as it is. §8.2.2 */
  async configuration(asked: Asked, name: string | undefined): Promise<DataForm> {
    const { config } = await this.#desk.owned(asked, name)
    return nodeConfigForm(config, 'form')
  }

  /** §8.2.4 */
  configure(asked: Asked, name: string | undefined, form: DataForm | undefined): Promise<void> {
    return this.#desk.inTurn(asked.service, async () => {
      const before = await this.#desk.owned(asked, name)
      if (form?.type === 'cancel') return
      if (form?.type !== 'submit') throw stanzaError('bad-request', 'The form is missing')
      const config = this.#desk.changed(before.config, form)
      const { service } = asked
      const { node, writes } = await this.#publishing.trimmed(service, { ...before, config })
      await this.#desk.store.put(service, before, node, writes)
      if (config.notifyConfig) {
        const told = config.deliverPayloads ? nodeConfigForm(config, 'result') : undefined
        this.#desk.announce(asked, node, configuredNotice(node.name, told))
      }
    })
  }

  /** How nodes are made by themselves. §8.3 */
  async defaults(asked: Asked): Promise<NodeConfig> {
    await this.#desk.mustOwn(asked)
    return this.#desk.house.defaults
  }

  /** §8.4 */
  async delete(asked: Asked, name: string | undefined, redirect: string | undefined): Promise<void> {
    await this.#desk.inTurn(asked.service, async () => {
      const node = await this.#desk.owned(asked, name)
      if (redirect !== undefined && redirect.length > this.#desk.limits.maxNameLength)
        throw stanzaError('not-acceptable', 'The address is too long')
      await this.#desk.store.remove(asked.service, node)
      if (node.config.notifyDelete) this.#desk.announce(asked, node, deletedNotice(node.name, redirect))
    })
    await this.#publishing.changes.tell({ service: asked.service, node: name ?? '' })
  }

  /** All who are something at a node, for the owner. §8.9.1 */
  async affiliations(asked: Asked, name: string | undefined): Promise<Affiliations> {
    const node = await this.#desk.owned(asked, name)
    const others = [...node.affiliations].map(([jid, affiliation]) => ({ jid, affiliation }))
    return { node: node.name, affiliations: [{ jid: asked.service, affiliation: 'owner' }, ...others] }
  }

  /** §8.9.2 */
  affiliate(asked: Asked, { node: name, affiliations: wanted = [] }: Affiliations): Promise<void> {
    return this.#desk.inTurn(asked.service, async () => {
      const node = await this.#desk.owned(asked, name)
      const people = wanted.map(({ jid }) => jid && bareOf(jid))
      if (new Set(people).size < people.length) throw stanzaError('bad-request', 'Somebody is named twice')
      const affiliations = new Map(node.affiliations)
      for (const { jid, affiliation } of wanted) {
        if (jid === undefined) throw refusal('bad-request', 'jid-required', 'Which address?')
        if (affiliation === undefined) continue
        const who = bareOf(jid)
        this.#mustBePossible(who === asked.service, affiliation)
        if (affiliation === 'none') affiliations.delete(who)
        else affiliations.set(who, affiliation)
      }
      affiliations.delete(asked.service)
      if (affiliations.size > this.#desk.limits.maxPeople)
        throw stanzaError('not-acceptable', 'There are too many on the list')
      await this.#desk.store.put(asked.service, node, { ...node, affiliations })
    })
  }

  /** The service has one owner, who stays it. §8.9.2.4, XEP-0163 §2.2 */
  #mustBePossible(isOwner: boolean, affiliation: Affiliation): void {
    if (isOwner !== (affiliation === 'owner'))
      throw stanzaError('not-acceptable', 'The owner stays the owner, and there is no other')
  }
}
