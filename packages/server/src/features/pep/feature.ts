/** Personal eventing (XEP-0163): every account is a publish-subscribe service (XEP-0060) of its own. */
import { type BareJid, bareOf, domainOf, isFull, type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  DataForm,
  type NodeConfig,
  PUBSUB_NS,
  Pubsub,
  PubsubOwner,
  StanzaError,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, type Feature, type IqAnswer, onGet, onSet } from '../../kernel/feature.ts'
import { drop, filter, hook, type Verdict } from '../../kernel/hooks.ts'
import { Stanza } from '../../router/stanza.ts'
import { allKeys } from '../../store/store.ts'
import { blocking } from '../blocking/feature.ts'
import type { Change } from '../pubsub/changes.ts'
import { type Asked, Desk } from '../pubsub/desk.ts'
import type { House } from '../pubsub/house.ts'
import { type PubsubNode, stranger } from '../pubsub/node.ts'
import { NodeStore, pubsubShapes } from '../pubsub/node-store.ts'
import type { ToldItem } from '../pubsub/notices.ts'
import { PubsubRequests, pubsubFeatures } from '../pubsub/requests.ts'
import { roster } from '../roster/feature.ts'
import { Announcer, isBounce, relationOfContact } from './announcer.ts'
import { authorizationForm, decisionIn } from './authorization.ts'
import { PersonalDisco } from './discovery.ts'
import { Greeter, type Welcome } from './greeter.ts'
import { capsIn, Interests } from './interests.ts'
import { portableNodes } from './portable.ts'
import { Visitors } from './visitors.ts'

/** What other features do with accounts' nodes. */
export interface PepApi {
  readonly welcome: Welcome
  /** Publishes in the account's name, and makes the node if need be. Settles when all is durable. */
  publish(account: BareJid, node: string, item: ToldItem, config?: Partial<NodeConfig>): Promise<void>
  /** Takes an item back, and tells of it. @throws StanzaError item-not-found */
  retract(account: BareJid, node: string, id: string): Promise<void>
  /** The configuration of a node; `undefined`: there is none. */
  configOf(account: BareJid, node: string): Promise<NodeConfig | undefined>
  /** One item, or the last. */
  item(account: BareJid, node: string, id?: string): Promise<ToldItem | undefined>
  /** All items, the newest first. */
  items(account: BareJid, node: string): Promise<readonly ToldItem[]>
  /** Hears of what accounts publish and take back; what `publish` and `retract` here do is told, too. */
  onChange(node: string, listener: (change: Change) => Promise<void>): void
}

/** How nodes of accounts are made by themselves. XEP-0163 §5. */
const defaults: NodeConfig = {
  title: '',
  description: '',
  type: '',
  accessModel: 'presence',
  rosterGroups: [],
  publishModel: 'publishers',
  persistItems: true,
  maxItems: 1,
  itemExpire: 'max',
  sendLast: 'on_sub_and_presence',
  deliverNotifications: true,
  deliverPayloads: true,
  notifyConfig: false,
  notifyDelete: true,
  notifyRetract: true,
  notificationType: 'headline',
}

const ownFeatures = [
  'access-presence',
  'auto-subscribe',
  'filtered-notifications',
  'presence-notifications',
  'presence-subscribe',
  'pubsub-on-a-jid',
].map(name => `${PUBSUB_NS}#${name}`)
const identity = { category: 'pubsub', type: 'pep' }

export const pep: Feature<PepApi> = defineFeature({
  name: 'pep',
  implements: [
    { spec: 'XEP-0060', version: '1.30.0', coverage: 'partial', note: 'what XEP-0163 needs of it, and more' },
    { spec: 'XEP-0163', version: '1.2.2', coverage: 'complete' },
    { spec: 'XEP-0223', version: '1.1.1', coverage: 'complete' },
  ],
  needs: { roster, blocking },
  disco: {
    host: [PUBSUB_NS, `${PUBSUB_NS}#publish-options`],
    account: [PUBSUB_NS, ...pubsubFeatures, ...ownFeatures],
    hostIdentities: [identity],
    accountIdentities: [identity],
  },
  config: {
    maxNodes: setting.count(200, 'Nodes one account may have.', { min: 1, max: 100_000 }),
    maxItems: setting.count(10_000, 'Items one node may keep, whatever its owner asks for.', {
      min: 1,
      max: 10_000_000,
    }),
    maxItemBytes: setting.bytes('192 KiB', 'Largest payload of an item.', {
      min: 1_024,
      max: 16 * 1024 * 1024,
    }),
    maxAccountBytes: setting.bytes('64 MiB', 'Payloads of all items of one account together.', {
      min: 1_024,
    }),
    maxSubscribers: setting.count(
      1_000,
      'Subscriptions to one node, and entries on its list of people; contacts who see the presence need neither.',
      { min: 1, max: 1_000_000 },
    ),
    maxNameLength: setting.count(1_023, 'Characters in the name of a node or the id of an item.', {
      min: 64,
      max: 65_536,
    }),
    maxPage: setting.count(250, 'Items in one page of an answer.', { min: 1, max: 10_000 }),
    maxAnswerBytes: setting.bytes('1 MiB', 'Payloads in one answer to who asks for no pages.', {
      min: 1_024,
    }),
    cachedAccounts: setting.count(10_000, 'Accounts whose nodes are kept in memory; each costs a few kB.', {
      min: 1,
    }),
    cachedClients: setting.count(
      1_000,
      'Kinds of clients of which is remembered what they want to hear of; each costs up to 16 kB, as a rule far less.',
      { min: 1, max: 1_000_000 },
    ),
    discoTimeout: setting.duration('30s', 'Time a client has to say what it wants to hear of.', {
      min: 1_000,
      max: 600_000,
    }),
    maxVisitors: setting.count(1_000, 'Resources on other servers whose presence one account remembers.', {
      max: 100_000,
    }),
  },
  store: pubsubShapes,
  async setup({ config, store: stores, needs, host, clock, random }) {
    const store = new NodeStore(stores, await allKeys(stores.nodes), config.cachedAccounts)
    const interests = new Interests(host.questions, clock, config)
    const visitors = new Visitors(config.maxVisitors)

    const house: House = {
      defaults,
      async relation(account, who) {
        if (bareOf(who) === account) return { ...stranger, isOwner: true }
        return relationOfContact(await needs.roster.contact(account, bareOf(who)))
      },
      announce: (account, node, notice) => announcer.announce(account, node, notice),
      tell: (account, node, to, notice) => void announcer.tell(account, node, to, notice),
      askOwner,
    }
    const desk = new Desk({
      store,
      house,
      clock,
      random,
      limits: {
        maxNodes: config.maxNodes,
        maxItems: config.maxItems,
        maxItemSize: config.maxItemBytes,
        maxTotalSize: config.maxAccountBytes,
        maxPeople: config.maxSubscribers,
        maxNameLength: config.maxNameLength,
        maxPage: config.maxPage,
        maxAnswerSize: config.maxAnswerBytes,
      },
    })
    const requests = new PubsubRequests(desk)
    const { publishing, reading, subscribing } = requests
    const announcer = new Announcer({
      host,
      random,
      rosters: needs.roster,
      blocking: needs.blocking,
      interests,
      visitors,
      lost: (account, node, jids) => void subscribing.cancel(account, node, jids).catch(failed),
    })
    const greeter = new Greeter({
      host,
      store,
      reading,
      rosters: needs.roster,
      interests,
      announcer,
      welcomeOf: other => other.apiOf(pep)?.welcome,
    })
    const disco = new PersonalDisco(desk, reading)

    /** XEP-0060 §8.6 */
    function askOwner(account: BareJid, node: PubsubNode, subscriber: Jid): void {
      const form = authorizationForm(node.name, subscriber)
      const payload = writeWire(DataForm, form, CLIENT_NS)
      host.send(Stanza.composed({ kind: 'message', id: subscriber, from: account, to: account }, payload))
    }

    /** The owner answers in a message to the own account: it goes nowhere else. XEP-0060 §8.6 */
    function sent(stanza: Stanza): Verdict | undefined {
      const decision = decisionIn(stanza)
      if (!decision) return undefined
      if (decision !== 'open') {
        const { asked, node, subscriber, isAllowed } = decision
        subscribing.answered(asked, node, subscriber, isAllowed).catch(failed)
      }
      return drop
    }

    /** What nobody waits for any more is no fault. */
    function failed(error: unknown): void {
      if (!(error instanceof StanzaError)) host.log.error({ error }, 'A subscription could not be decided')
    }

    /** Presence from outside of this server. Always somebody else's to take, too. */
    function arriving(account: BareJid, stanza: Stanza): boolean {
      const { from, type } = stanza
      // Whoever is here is found by their session.
      if (!isFull(from) || host.router.host(domainOf(from)) !== undefined) return false
      if (type === 'unavailable') visitors.went(account, from)
      else if (type === undefined && capsIn(stanza) && visitors.came(account, stanza))
        greeter.visited(account, stanza)
      return false
    }

    const asked = (service: BareJid, from: Jid): Asked => ({ service, from })

    /** First the answer, then what follows from it. XEP-0060 §7.1.2 */
    async function answered(
      service: BareJid,
      from: Jid,
      act: (one: Asked) => Promise<string>,
    ): Promise<IqAnswer> {
      const afterwards: (() => void)[] = []
      const more = (): void => {
        for (const tell of afterwards) tell()
      }
      try {
        return { payload: await act({ service, from, afterwards }), more }
      } catch (error) {
        // What was done before is done.
        more()
        throw error
      }
    }

    return {
      api: {
        welcome: greeter,
        publish: (account, node, item, wanted = {}) =>
          publishing.publishOwn(asked(account, account), node, item, wanted),
        retract: (account, node, id) =>
          publishing.retract(asked(account, account), { node, items: [{ id }] }, true),
        configOf: async (account, node) => (await store.of(account)).get(node)?.config,
        item: async (account, name, id) => {
          const node = (await store.of(account)).get(name)
          if (!node) return undefined
          return id === undefined ? reading.last(account, node) : reading.named(account, node, id)
        },
        items: async (account, node) => {
          if (!(await store.of(account)).has(node)) return []
          return (await reading.items(asked(account, account), { node }, undefined)).items
        },
        onChange: (node, listener) => publishing.changes.on(node, listener),
      } satisfies PepApi,
      iq: (['self', 'account'] as const).flatMap(at => [
        onGet(Pubsub, at, ({ account, from, payload }) => requests.get(asked(account, from), payload)),
        onSet(Pubsub, at, ({ account, from, payload, stanza }) =>
          answered(account, from, one => requests.set(one, payload, stanza)),
        ),
        onGet(PubsubOwner, at, ({ account, from, payload }) =>
          requests.ownerGet(asked(account, from), payload),
        ),
        onSet(PubsubOwner, at, ({ account, from, payload }) =>
          answered(account, from, one => requests.ownerSet(one, payload)),
        ),
      ]),
      disco,
      portable: portableNodes(desk),
      hooks: [
        hook('presence:shown', 'watch', ({ session }) => greeter.shown(session)),
        hook('presence:granted', 'watch', ({ account, contact }) => greeter.granted(account, contact)),
        hook('presence:arriving', 'guard', ({ account, stanza }) => arriving(account, stanza)),
        filter('stanza:sent', 'guard', ['message'], sent),
        filter('stanza:arriving', 'guard', ['message'], stanza => (isBounce(stanza) ? drop : undefined)),
        hook('account:removed', 'store', async ({ account }) => {
          visitors.forget(account)
          await desk.inTurn(account, () => store.forget(account))
          await subscribing.forgetEverywhere(account)
        }),
      ],
    }
  },
})
