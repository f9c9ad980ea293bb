/** Client access management (XEP-0494): the user sees what has access to the account, and takes it away. */
import { type BareJid, resourceOf } from '@waxwing/jid'
import {
  type AccessClient,
  CLIENT_NS,
  ClientList,
  ClientListQuery,
  PasswordResetRequired,
  RevokeAccess,
  stanzaError,
  streamError,
} from '@waxwing/protocol'
import type { ProvenLogin } from '@waxwing/stream'
import { toElement, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { clientCertificates } from '../client-certificates/feature.ts'
import { fast } from '../fast/feature.ts'
import { clientIdOf } from '../sasl2/client-id.ts'
import { sasl2 } from '../sasl2/feature.ts'
import { stablePart } from '../sasl2/resource.ts'
import { type ClientRow, Clients, clientShapes } from './clients.ts'

const day = 24 * 60 * 60_000

/** An installation, a certificate, or a session that has not said of which installation it is. */
interface Found {
  readonly entry: AccessClient
  readonly is: { readonly clientId: string } | { readonly certificate: string } | 'nameless'
}

export const clientAccess = defineFeature({
  name: 'client-access',
  implements: [
    {
      spec: 'XEP-0494',
      version: '0.1.0',
      coverage: 'complete',
      note: 'Certificates of authorities are taken back by those who issue them.',
    },
  ],
  needs: { sasl2, fast, certificates: clientCertificates },
  disco: { account: [ClientListQuery.ns] },
  config: {
    keepFor: setting.duration('90d', 'How long a client that does not come back is listed.', {
      min: day,
      max: 3_650 * day,
    }),
    maxClients: setting.count(64, 'Clients remembered for one account.', { min: 1, max: 10_000 }),
    maxTextLength: setting.count(100, 'Characters kept of what a client calls its software and device.', {
      max: 1_000,
    }),
  },
  store: clientShapes,
  async setup({ config, store, needs, host, clock }) {
    const { crypto } = host
    const key = await host.keyFor('clients')
    const clients = new Clients({
      store: store.clients,
      crypto,
      wall: () => clock.wall(),
      keepForMs: config.keepFor,
      maxClients: config.maxClients,
      maxTextLength: config.maxTextLength,
    })

    /** What a client calls itself is its own affair: one client's name is not told to another. */
    async function idFor(
      account: BareJid,
      kind: 'client' | 'session' | 'certificate',
      name: string,
    ): Promise<string> {
      const text = new TextEncoder().encode(`${kind}\0${account}\0${name}`)
      return stablePart(await crypto.hmac('SHA-256', key, text))
    }

    async function installations(account: BareJid): Promise<readonly Found[]> {
      const epoch = await host.accounts.epochOf(account)
      const rows = await clients.list(account)
      const tokens = new Set((await needs.fast.list(account)).map(({ clientId }) => clientId))
      return Promise.all(
        [...rows].map(async ([clientId, row]) => {
          const id = await idFor(account, 'client', clientId)
          const connected = needs.sasl2.sessionOf(account, clientId) !== undefined
          const auth = { password: clients.isOf(row, epoch), fast: tokens.has(clientId) }
          return { is: { clientId }, entry: entryOf(row, { id, connected, auth }) }
        }),
      )
    }

    /** Sessions of clients that do not say which installation they are: they know the password. */
    async function nameless(account: BareJid): Promise<readonly Found[]> {
      const sessions = [...(host.online(account)?.sessions.values() ?? [])]
      const others = sessions.filter(
        session => !needs.sasl2.isNamed(session) && session.stream?.mechanism !== 'EXTERNAL',
      )
      return Promise.all(
        others.map(async ({ jid }) => {
          const id = await idFor(account, 'session', resourceOf(jid) ?? '')
          const auth = { password: true }
          return { is: 'nameless', entry: { ...anywhere, id, connected: true, auth } }
        }),
      )
    }

    /** Certificates that the account has been given, under the names they were given. */
    async function certified(account: BareJid): Promise<readonly Found[]> {
      const certificates = await needs.certificates.list(account)
      return Promise.all(
        [...certificates].map(async ([name, { since }]) => {
          const id = await idFor(account, 'certificate', name)
          const connected = (await needs.certificates.sessionsBy(account, name)).length > 0
          const firstSeen = new Date(since)
          const userAgent = { device: name }
          return {
            is: { certificate: name },
            entry: { ...anywhere, type: 'access', id, connected, auth: {}, firstSeen, userAgent },
          } satisfies Found
        }),
      )
    }

    const all = async (account: BareJid): Promise<readonly Found[]> => [
      ...(await installations(account)),
      ...(await certified(account)),
      ...(await nameless(account)),
    ]

    async function note(login: ProvenLogin): Promise<string> {
      const clientId = clientIdOf(login.userAgent)
      if (clientId === undefined) return ''
      const epoch = isByPassword(login.mechanism) ? await host.accounts.epochOf(login.account) : undefined
      await clients.note(login, clientId, epoch)
      return ''
    }

    async function revoke(account: BareJid, id: string): Promise<void> {
      const found = (await all(account)).find(({ entry }) => entry.id === id)
      if (!found) throw stanzaError('item-not-found', 'There is no such client')
      const { is, entry } = found
      if (is !== 'nameless' && 'certificate' in is) return needs.certificates.revoke(account, is.certificate)
      if (is === 'nameless' || entry.auth.password) {
        const app = toElement(PasswordResetRequired, {})
        throw stanzaError('service-unavailable', 'This client knows the password', { app })
      }
      const { clientId } = is
      await needs.fast.revoke(account, clientId)
      await clients.forget(account, clientId)
      const gone = streamError('not-authorized', 'Access was taken back')
      needs.sasl2.sessionOf(account, clientId)?.end(gone)
      host.log.info({ account }, 'The access of a client was taken back')
    }

    return {
      inline: { completed: login => (login.userAgent ? note(login) : '') },
      iq: [
        onGet(ClientListQuery, 'self', async ({ account }) => {
          const found = await all(account)
          return writeWire(ClientList, { clients: found.map(({ entry }) => entry) }, CLIENT_NS)
        }),
        onSet(RevokeAccess, 'self', ({ account, payload }) => revoke(account, payload.id)),
      ],
      hooks: [hook('account:removed', 'store', ({ account }) => clients.forgetAll(account))],
    }
  },
})

const anywhere = { type: 'session', permission: { status: 'unrestricted' } } as const

function entryOf(row: ClientRow, known: Pick<AccessClient, 'id' | 'connected' | 'auth'>): AccessClient {
  const { software, device, since, seen } = row
  const userAgent = software === undefined && device === undefined ? undefined : { software, device }
  return { ...anywhere, ...known, firstSeen: new Date(since), lastSeen: new Date(seen), userAgent }
}

function isByPassword(mechanism: string): boolean {
  return mechanism === 'PLAIN' || mechanism.startsWith('SCRAM-')
}
