/** Service discovery for the domain and for accounts, with entity capabilities. XEP-0030, XEP-0115, XEP-0128. */
import { createHash } from 'node:crypto'
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { Caps, CLIENT_NS, capsText, DiscoInfo, DiscoItems, stanzaError } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { type DiscoQuery, defineFeature, onGet } from '../../kernel/feature.ts'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { type RosterApi, roster } from '../roster/feature.ts'
import { theySee } from '../roster/subscription.ts'

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
    host: [DiscoInfo.ns, DiscoItems.ns, Caps.ns],
    account: [DiscoInfo.ns, DiscoItems.ns],
  },
  setup({ needs, host }) {
    const answer = (info: DiscoInfo): string => writeWire(DiscoInfo, info, CLIENT_NS)
    const itemsOf = (items: DiscoItems['items']): string =>
      writeWire(DiscoItems, { items: items ?? [] }, CLIENT_NS)

    async function nodeInfo(query: DiscoQuery): Promise<string> {
      const info = await host.discoInfo(query)
      if (!info) throw stanzaError('item-not-found', 'There is no such node')
      return answer({ ...info, node: query.node })
    }

    async function nodeItems(query: DiscoQuery): Promise<string> {
      const items = await host.discoItems(query)
      if (!items) throw stanzaError('item-not-found', 'There is no such node')
      return writeWire(DiscoItems, { node: query.node, items }, CLIENT_NS)
    }

    function accountInfo({ node }: DiscoInfo, account: BareJid, from: Jid): Now<string> {
      if (node !== undefined) return nodeInfo({ at: 'account', account, from, node })
      const identities = [{ category: 'account', type: 'registered' }]
      return answer({ identities, features: unique(host.discoFeatures('account')) })
    }

    function accountItems({ node }: DiscoItems, account: BareJid, from: Jid): Now<string> {
      if (node !== undefined) return nodeItems({ at: 'account', account, from, node })
      return itemsOf(resourcesOf(host, account))
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
        onGet(DiscoItems, 'host', ({ payload: { node }, account, from }) => {
          if (node !== undefined) return nodeItems({ at: 'host', account, from, node })
          return itemsOf(host.router.itemsOf(host))
        }),
        onGet(DiscoInfo, 'self', ({ payload, account, from }) => accountInfo(payload, account, from)),
        onGet(DiscoItems, 'self', ({ payload, account, from }) => accountItems(payload, account, from)),
        onGet(DiscoInfo, 'account', async ({ payload, account, from }) => {
          await mustSee(needs.roster, account, bareOf(from))
          return accountInfo(payload, account, from)
        }),
        onGet(DiscoItems, 'account', async ({ payload, account, from }) => {
          await mustSee(needs.roster, account, bareOf(from))
          return accountItems(payload, account, from)
        }),
      ],
    }
  },
})

function hostInfo(host: Host): DiscoInfo {
  const identities = [{ category: 'server', type: 'im', name: 'Waxwing' }]
  return { identities, features: unique(host.discoFeatures('host')), forms: host.discoForms() }
}

const hashes = new WeakMap<Host, string>()

/** Hash of what the domain says of itself; features do not change while the server runs. XEP-0115 §5. */
function capsVer(host: Host): string {
  const known = hashes.get(host)
  if (known !== undefined) return known
  const ver = createHash('sha1')
    .update(capsText(hostInfo(host)) ?? '')
    .digest('base64')
  hashes.set(host, ver)
  return ver
}

/** XEP-0115 §6.3: stream features carry the server's own capabilities. */
function capsFeature(host: Host): string {
  return writeWire(Caps, { hash: 'sha-1', node: capsNode, ver: capsVer(host) }, CLIENT_NS)
}

/** Connected resources of an account. XEP-0030 §8. */
function resourcesOf(host: Host, account: BareJid): DiscoItems['items'] {
  return [...(host.online(account)?.available() ?? [])].map(session => ({ jid: session.jid }))
}

/** Who does not see the account's presence hears what they would hear if it were not there. XEP-0030 §8, RFC 6121 §8.5.1. */
async function mustSee(rosters: RosterApi, account: BareJid, asker: BareJid): Promise<void> {
  if (!(await isSubscriber(rosters, account, asker))) throw stanzaError('service-unavailable')
}

function isSubscriber(rosters: RosterApi, account: BareJid, asker: BareJid): Now<boolean> {
  const contact = rosters.of(account)
  const sees = (found: Awaited<typeof contact>): boolean => {
    const state = found.contacts.get(asker)
    return state !== undefined && theySee(state.subscription)
  }
  return contact instanceof Promise ? contact.then(sees) : sees(contact)
}

function unique(features: readonly string[]): readonly string[] {
  return [...new Set(features)].sort()
}
