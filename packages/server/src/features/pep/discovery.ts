/** What service discovery tells of an account's nodes: to each asker only of those they may read. XEP-0060 §5, XEP-0163 §6. */
import type { BareJid, Jid } from '@waxwing/jid'
import {
  type DataForm,
  type DiscoInfo,
  type DiscoItem,
  formTypeField,
  NODE_META_DATA,
  nodeConfigForm,
} from '@waxwing/protocol'
import { formatDateTime } from '@waxwing/xml'
import type { DiscoExtension, DiscoQuery } from '../../kernel/feature.ts'
import { whyNotSubscribe } from '../pubsub/access.ts'
import type { Desk } from '../pubsub/desk.ts'
import type { PubsubNode } from '../pubsub/node.ts'
import type { Reading } from '../pubsub/reading.ts'

export class PersonalDisco implements DiscoExtension {
  readonly #desk: Desk
  readonly #reading: Reading

  constructor(desk: Desk, reading: Reading) {
    this.#desk = desk
    this.#reading = reading
  }

  readonly info = async (query: DiscoQuery): Promise<DiscoInfo | undefined> => {
    const node = await this.#known(query)
    if (!node) return undefined
    return {
      identities: [{ category: 'pubsub', type: 'leaf' }],
      features: [],
      forms: [metaData(node, query.account)],
    }
  }

  /** The ids of its items. §5.5 */
  readonly items = async (query: DiscoQuery): Promise<readonly DiscoItem[] | undefined> => {
    const { account, from, node: name } = query
    if (!(await this.#known(query))) return undefined
    const { items } = await this.#reading.items({ service: account, from }, { node: name }, undefined)
    return items.map(({ id }) => ({ jid: account, name: id }))
  }

  readonly accountItems = async ({
    account,
    from,
  }: Pick<DiscoQuery, 'account' | 'from'>): Promise<readonly DiscoItem[]> =>
    (await this.#visible(account, from)).map(({ name, config: { title } }) => ({
      jid: account,
      node: name,
      name: title === '' ? undefined : title,
    }))

  readonly shows = async (account: BareJid, from: Jid): Promise<boolean> =>
    (await this.#visible(account, from)).length > 0

  async #known({ at, account, from, node }: DiscoQuery): Promise<PubsubNode | undefined> {
    if (at !== 'account') return undefined
    return (await this.#visible(account, from)).find(({ name }) => name === node)
  }

  /** Nodes that somebody may subscribe to, or read; of others not even the name is told. XEP-0163 §6.2 */
  async #visible(account: BareJid, from: Jid): Promise<readonly PubsubNode[]> {
    const nodes = await this.#desk.store.of(account)
    if (nodes.size === 0) return []
    const relation = await this.#desk.house.relation(account, from)
    return [...nodes.values()].filter(node => !whyNotSubscribe(node, from, relation))
  }
}

/** XEP-0060 §5.4 */
function metaData({ config, createdAt }: PubsubNode, owner: BareJid): DataForm {
  const { title, description, type, accessModel } = config
  const { fields = [] } = nodeConfigForm({ title, description, type, accessModel }, 'result', NODE_META_DATA)
  const [, ...told] = fields
  return {
    type: 'result',
    fields: [
      formTypeField(NODE_META_DATA),
      ...told,
      { var: 'pubsub#owner', type: 'jid-multi', values: [owner] },
      { var: 'pubsub#creation_date', type: 'text-single', values: [formatDateTime(new Date(createdAt))] },
    ],
  }
}
