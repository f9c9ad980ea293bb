/** What people who are in nobody's roster may send: a policy of the host. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { drop, hook, type Now, refuse, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { slot } from '../../session/account.ts'
import { administration } from '../administration/feature.ts'
import { roster } from '../roster/feature.ts'
import { isShown, type Roster } from '../roster/roster.ts'

/** Whom the account has written to while it is online: rooms, services, new acquaintances. */
const known = slot<Set<BareJid>>('written to')

export const strangers = defineFeature({
  name: 'strangers',
  implements: [],
  needs: { administration, roster },
  config: {
    may: setting.oneOf(
      ['all', 'messages', 'ask'],
      'all',
      'What somebody who is not in the roster may send: everything, messages, or nothing but the request to be let in.',
    ),
    maxKnown: setting.count(
      1_000,
      'Addresses remembered of those an account has written to while it is online; they are no strangers.',
      { min: 10, max: 100_000 },
    ),
  },
  setup({ config, needs, host }) {
    if (config.may === 'all') return {}

    function isKnown(account: BareJid, other: BareJid): Now<boolean> {
      const online = host.online(account)
      if (online && known.of(online)?.has(other)) return true
      if (other === account || other === host.jid || needs.administration.isAdmin(other)) return true
      const found = needs.roster.of(account)
      return found instanceof Promise ? found.then(roster => isIn(roster, other)) : isIn(found, other)
    }

    function note(account: BareJid, to: Jid): void {
      const online = host.online(account)
      if (!online) return
      const written = known.of(online) ?? new Set<BareJid>()
      known.set(online, written)
      if (written.size >= config.maxKnown) written.clear()
      written.add(bareOf(to))
    }

    function verdict(stanza: Stanza): Now<Verdict | undefined> {
      const { to, from } = stanza
      if (to === undefined || !host.isLocal(to) || isAlwaysWelcome(stanza)) return undefined
      if (config.may === 'messages' && stanza.kind === 'message') return undefined
      const welcome = isKnown(bareOf(to), bareOf(from))
      if (welcome instanceof Promise) return welcome.then(yes => (yes ? undefined : refusal(stanza)))
      return welcome ? undefined : refusal(stanza)
    }

    return {
      hooks: [
        hook('stanza:sent', 'watch', ({ to, from }) => {
          if (to !== undefined) note(bareOf(from), to)
          return undefined
        }),
        hook('stanza:arriving', 'guard', verdict),
      ],
    }
  },
})

function isIn({ contacts }: Roster, other: BareJid): boolean {
  const contact = contacts.get(other)
  return contact !== undefined && isShown(contact)
}

/** Answers to what the account has asked, and all about subscriptions. */
function isAlwaysWelcome({ kind, type }: Stanza): boolean {
  if (kind === 'presence') return type !== undefined && type !== 'unavailable'
  return type === 'error' || type === 'result'
}

/** Strangers hear what they would hear if nobody were there. */
function refusal(stanza: Stanza): Verdict {
  return stanza.kind === 'presence' ? drop : refuse('service-unavailable')
}
