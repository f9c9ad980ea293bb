/** Service discovery for the domain and for accounts, with entity capabilities. XEP-0030, XEP-0115, XEP-0128. */
import { createHash } from 'node:crypto'
import type { BareJid, Jid } from '@waxwing/jid'
import {
  Caps,
  CLIENT_NS,
  capsText,
  DiscoInfo,
  type DiscoItem,
  DiscoItems,
  ResultSet,
  stanzaError,
} from '@waxwing/protocol'
import { keptBy } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import { type DiscoExtension, type DiscoQuery, defineFeature, onGet } from '../../kernel/feature.ts'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { roster } from '../roster/feature.ts'
import { maySee } from '../roster/sight.ts'
import { itemPage } from './item-page.ts'

// Stands for this server without claiming a place on the web. XEP-0115 §4
const capsNode = 'urn:uuid:0b1fa3de-5d0c-4c6e-9a52-7c1d3f6e8b94'

export const disco = defineFeature({
  name: 'disco',
  implements: [
    { spec: 'XEP-0030', version: '2.5.0', coverage: 'complete' },
    { spec: 'XEP-0115', version: '1.6.0', coverage: 'complete' },
    { spec: 'XEP-0128', version: '1.0.1', coverage: 'complete' },
  ],
  needs: { roster },
  disco: {
    host: [DiscoInfo.ns, DiscoItems.ns, Caps.ns, ResultSet.ns],
    account: [DiscoInfo.ns, DiscoItems.ns, ResultSet.ns],
  },
  setup({ needs, host }) {
    const answer = (info: DiscoInfo): string => writeWire(DiscoInfo, info, CLIENT_NS)
    const itemsOf = (items: readonly DiscoItem[], { node, page }: DiscoItems): string =>
      writeWire(DiscoItems, { node, ...(page ? itemPage(items, page) : { items }) }, CLIENT_NS)

    async function nodeInfo(query: DiscoQuery, among?: readonly DiscoExtension[]): Promise<string> {
      const info = await host.disco.info(query, among)
      if (!info) throw stanzaError('item-not-found', 'There is no such node')
      return answer({ ...info, node: query.node })
    }

    async function nodeItems(
      query: DiscoQuery,
      asked: DiscoItems,
      among?: readonly DiscoExtension[],
    ): Promise<string> {
      const items = await host.disco.items(query, among)
      if (!items) throw stanzaError('item-not-found', 'There is no such node')
      return itemsOf(items, asked)
    }

    function accountInfo(
      { node }: DiscoInfo,
      account: BareJid,
      from: Jid,
      among?: readonly DiscoExtension[],
    ): Now<string> {
      if (node !== undefined) return nodeInfo({ at: 'account', account, from, node }, among)
      const identities = [{ category: 'account', type: 'registered' }]
      return answer({
        identities: [...identities, ...host.disco.identities('accountIdentities')],
        features: unique(host.disco.features('account')),
      })
    }

    /** @param among who answers a stranger, who learns nothing of resources; absent: everybody */
    async function accountItems(
      asked: DiscoItems,
      account: BareJid,
      from: Jid,
      among?: readonly DiscoExtension[],
    ): Promise<string> {
      const { node } = asked
      if (node !== undefined) return nodeItems({ at: 'account', account, from, node }, asked, among)
      const others = await host.disco.accountItems({ at: 'account', account, from }, among)
      return itemsOf([...(among ? [] : resourcesOf(host, account)), ...others], asked)
    }

    /** Who tells a stranger of an account; `undefined`: the asker is none. @throws StanzaError when nobody does */
    async function forStrangers(account: BareJid, from: Jid): Promise<readonly DiscoExtension[] | undefined> {
      if (await maySee(needs.roster, account, from)) return undefined
      const among = await host.disco.forStrangers(account, from)
      if (among.length === 0) throw stanzaError('service-unavailable')
      return among
    }

    return {
      streamFeatures: { afterLogin: () => capsFeature(host) },
      iq: [
        onGet(DiscoInfo, 'host', ({ payload, account, from }) => {
          const { node } = payload
          if (node !== undefined && node !== `${capsNode}#${capsVer(host)}`)
            return nodeInfo({ at: 'host', account, from, node })
          return answer({ node, ...hostInfo(host) })
        }),
        onGet(DiscoItems, 'host', ({ payload, account, from }) => {
          const { node } = payload
          if (node !== undefined) return nodeItems({ at: 'host', account, from, node }, payload)
          return itemsOf(host.router.itemsOf(host), payload)
        }),
        onGet(DiscoInfo, 'self', ({ payload, account, from }) => accountInfo(payload, account, from)),
        onGet(DiscoItems, 'self', ({ payload, account, from }) => accountItems(payload, account, from)),
        onGet(DiscoInfo, 'account', async ({ payload, account, from }) => {
          return accountInfo(payload, account, from, await forStrangers(account, from))
        }),
        onGet(DiscoItems, 'account', async ({ payload, account, from }) => {
          return accountItems(payload, account, from, await forStrangers(account, from))
        }),
      ],
    }
  },
})

function hostInfo(host: Host): DiscoInfo {
  const identities = [
    { category: 'server', type: 'im', name: 'Waxwing' },
    ...host.disco.identities('hostIdentities'),
  ]
  return { identities, features: unique(host.disco.features('host')), forms: host.disco.forms() }
}

/** Hash of what the domain says of itself; features do not change while the server runs. XEP-0115 §5. */
const capsVer = keptBy((host: Host) =>
  createHash('sha1')
    .update(capsText(hostInfo(host)) ?? '')
    .digest('base64'),
)

/** XEP-0115 §6.3: stream features carry the server's own capabilities. */
const capsFeature = keptBy((host: Host) =>
  writeWire(Caps, { hash: 'sha-1', node: capsNode, ver: capsVer(host) }, CLIENT_NS),
)

/** Connected resources of an account. XEP-0030 §8. */
function resourcesOf(host: Host, account: BareJid): readonly DiscoItem[] {
  return [...(host.online(account)?.available() ?? [])].map(session => ({ jid: session.jid }))
}

function unique(features: readonly string[]): readonly string[] {
  return [...new Set(features)].sort()
}
