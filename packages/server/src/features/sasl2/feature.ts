/** Logins with everything a session needs inside of them: the extensible profile, binding, key upgrades. XEP-0388, XEP-0386, XEP-0480. */
import type { BareJid } from '@waxwing/jid'
import { streamError } from '@waxwing/protocol'
import type { ProvenLogin } from '@waxwing/stream'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { slot } from '../../session/account.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { clientIdOf } from './client-id.ts'
import { resourceFrom, stablePart } from './resource.ts'
import { neededUpgrades, offeredUpgrades, unfitMechanisms } from './upgrade.ts'

export interface Sasl2Api {
  /** The session that an installation has, by the name it made up for itself. */
  sessionOf(account: BareJid, clientId: string): ClientSession | undefined
  /** Whether the client of a session has said which installation it is. */
  isNamed(session: ClientSession): boolean
}

/** Sessions by the installation that has them. */
const installed = slot<Map<string, ClientSession>>('installations')

export const sasl2 = defineFeature({
  name: 'sasl2',
  implements: [
    { spec: 'XEP-0388', version: '1.0.4', coverage: 'complete' },
    {
      spec: 'XEP-0386',
      version: '1.1.0',
      coverage: 'partial',
      note: 'Messages kept while the account was away are delivered rather than cleared.',
    },
    { spec: 'XEP-0480', version: '0.2.0', coverage: 'complete' },
    { spec: 'XEP-0474', version: '0.5.0', coverage: 'complete' },
  ],
  config: {
    maxTagLength: setting.count(
      64,
      'Characters of the name a client may put before its resource; longer ones are left out.',
      { max: 512 },
    ),
    upgrades: setting.flag(
      true,
      'Whether accounts that lack keys of stronger hashes, as imported ones may, are offered what they have, and get the others at login.',
    ),
  },
  async setup({ config, host }) {
    const key = await host.keyFor('resources')
    const { crypto } = host

    /** The installation's name stays between client and server: the part tells nothing of it. XEP-0386 §3.2.1 */
    async function partFor({ account, userAgent }: ProvenLogin): Promise<string> {
      const clientId = clientIdOf(userAgent)
      if (clientId === undefined) return stablePart(crypto.randomBytes(9))
      const name = new TextEncoder().encode(`${account}\0${clientId}`)
      return stablePart(await crypto.hmac('SHA-256', key, name))
    }

    const api: Sasl2Api = {
      sessionOf: (account, clientId) => installationsOf(host, account)?.get(clientId),
      isNamed: session => [...(installed.of(session.account)?.values() ?? [])].includes(session),
    }
    return {
      api,
      inline: {
        beside: () => (config.upgrades ? offeredUpgrades() : ''),
        unfit: account => (config.upgrades ? unfitMechanisms(host, account) : []),
        tasks: (login, wanted) => (config.upgrades ? neededUpgrades(host, login, wanted) : []),
        resource: async ({ tag }, login) => resourceFrom(tag, await partFor(login), config.maxTagLength),
        began: (session, { userAgent }) => {
          const clientId = clientIdOf(userAgent)
          if (clientId !== undefined) replaceEarlier(session, clientId)
        },
      },
      hooks: [hook('session:ended', 'watch', ({ session }) => forget(session))],
    }
  },
})

function installationsOf(host: Host, account: BareJid): Map<string, ClientSession> | undefined {
  const online = host.online(account)
  return online && installed.of(online)
}

/** XEP-0386 §3.2: an installation has one session. */
function replaceEarlier(session: ClientSession, clientId: string): void {
  const sessions = installed.of(session.account) ?? new Map<string, ClientSession>()
  installed.set(session.account, sessions)
  const earlier = sessions.get(clientId)
  sessions.set(clientId, session)
  earlier?.end(streamError('conflict', 'The same client has connected anew'))
}

function forget(session: ClientSession): void {
  const sessions = installed.of(session.account)
  for (const [clientId, known] of sessions ?? []) if (known === session) sessions?.delete(clientId)
}
