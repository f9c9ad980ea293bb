/** Guests: logins without an account, by SASL ANONYMOUS. XEP-0175. */
import { type BareJid, bareOf, domainOf, type Jid, localOf } from '@waxwing/jid'
import { EnableCarbons, SessionFeature } from '@waxwing/protocol'
import { AnonymousResponder } from '@waxwing/stream'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, refuse, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { anonymousName, isAnonymousName } from './anonymous-name.ts'

export const anonymous = defineFeature({
  name: 'anonymous',
  implements: [{ spec: 'XEP-0175', version: '1.2', coverage: 'complete' }],
  config: {
    enabled: setting.flag(false, 'Whether anybody may log in as a guest, without an account.'),
    localOnly: setting.flag(
      true,
      'Whether guests reach this server alone: its domains and the components connected to it.',
    ),
    maxGuests: setting.count(1_000, 'Guests that may be there at a time.', { min: 1, max: 1_000_000 }),
  },
  setup({ config, host }) {
    if (!config.enabled) return {}
    const guests = new Set<BareJid>()
    const isGuest = (jid: Jid): boolean => guests.size > 0 && guests.has(bareOf(jid))

    const isHere = (jid: Jid): boolean =>
      host.router.host(domainOf(jid)) !== undefined ||
      [...host.router.linkedDomains()].includes(domainOf(jid))

    /** What guests may not do: reach other servers, be in rosters, leave anything behind. */
    function judge(stanza: Stanza): Verdict | undefined {
      const { to } = stanza
      if (config.localOnly && to !== undefined && !isHere(to))
        return refuse('not-allowed', 'Guests reach this server alone')
      if (stanza.kind === 'presence' && isSubscribing(stanza))
        return refuse('not-allowed', 'Guests are in no rosters')
      if (stanza.kind === 'iq' && stanza.type === 'set' && keeps(stanza, host.jid))
        return refuse('not-allowed', 'Nothing is kept for guests')
      return undefined
    }

    function judgeArriving(stanza: Stanza): Verdict | undefined {
      if (config.localOnly && !isHere(stanza.from)) return refuse('service-unavailable')
      if (stanza.kind === 'presence' && isSubscribing(stanza))
        return refuse('not-allowed', 'Guests are in no rosters')
      return undefined
    }

    function welcome(account: BareJid): void {
      if (isAnonymousName(localOf(account))) guests.add(account)
    }

    /** Whatever was noted of the guest in passing goes with it. */
    async function farewell(account: BareJid): Promise<void> {
      guests.delete(account)
      if (!(await host.accounts.exists(account))) await host.hooks.tell('account:removed', { account })
    }

    return {
      mechanisms: [
        {
          name: 'ANONYMOUS',
          isListed: true,
          canWork: () => true,
          start: () =>
            new AnonymousResponder(() =>
              guests.size < config.maxGuests
                ? { username: anonymousName(host.crypto.randomBytes(16)) }
                : 'temporary-auth-failure',
            ),
        },
      ],
      hooks: [
        hook('session:bound', 'guard', ({ session }) => welcome(session.account.jid)),
        hook('stanza:sent', 'guard', stanza => (isGuest(stanza.from) ? judge(stanza) : undefined)),
        hook('stanza:arriving', 'guard', stanza =>
          stanza.to && isGuest(stanza.to) ? judgeArriving(stanza) : undefined,
        ),
        hook('session:ended', 'watch', ({ session }) => {
          const { jid, sessions } = session.account
          const isLast = [...sessions.values()].every(other => other === session)
          return isLast && isAnonymousName(localOf(jid)) ? farewell(jid) : undefined
        }),
      ],
    }
  },
})

const subscribing: readonly (string | undefined)[] = [
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
]

function isSubscribing({ type }: Stanza): boolean {
  return subscribing.includes(type)
}

/** Settings of a session, as against what an account keeps. */
const ofSession: readonly (string | undefined)[] = [SessionFeature.ns, EnableCarbons.ns]

/** Requests that would keep something for the account. */
function keeps(stanza: Stanza, host: Jid): boolean {
  const { to } = stanza
  const isOwn = to === undefined || bareOf(to) === bareOf(stanza.from)
  return (
    (isOwn && !ofSession.includes(stanza.headNs)) || (to === host && stanza.headNs === 'jabber:iq:register')
  )
}
