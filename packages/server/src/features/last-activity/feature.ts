/** Last activity (XEP-0012): when an account was last online, how long the server has been up. */
import type { BareJid } from '@waxwing/jid'
import { bareOf } from '@waxwing/jid'
import { CLIENT_NS, LastActivity, LastActivityQuery, stanzaError } from '@waxwing/protocol'
import { childOf, textOf, writeWire } from '@waxwing/xml'
import { defineFeature, onGet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { column, key, keyed } from '../../store/store.ts'
import { roster } from '../roster/feature.ts'
import { theySee } from '../roster/subscription.ts'

export const lastActivity = defineFeature({
  name: 'last-activity',
  implements: [{ spec: 'XEP-0012', version: '2.0', coverage: 'complete' }],
  needs: { roster },
  disco: { host: [LastActivity.ns], account: [LastActivity.ns] },
  store: {
    seen: keyed(key<BareJid>('account'), { at: column.time(), status: column.text().maybe() }),
  },
  setup({ store, needs, host, clock }) {
    const startedAt = clock.wall()
    const answer = (since: number, status?: string): string => {
      const seconds = Math.max(0, Math.floor((clock.wall() - since) / 1000))
      return writeWire(LastActivity, { seconds, status }, CLIENT_NS)
    }

    async function ofAccount(account: BareJid): Promise<string> {
      if (host.online(account)?.isAvailable) return answer(clock.wall())
      const row = await store.seen.get(account)
      if (!row) throw stanzaError('item-not-found', 'This account has never been online')
      return answer(row.at, row.status)
    }

    return {
      iq: [
        onGet(LastActivityQuery, 'host', () => answer(startedAt)),
        onGet(LastActivityQuery, 'self', ({ account }) => ofAccount(account)),
        onGet(LastActivityQuery, 'account', async ({ account, from }) => {
          const contact = (await needs.roster.of(account)).contacts.get(bareOf(from))
          // XEP-0012 §4: only those who see the account's presence.
          if (!contact || !theySee(contact.subscription)) throw stanzaError('forbidden')
          return ofAccount(account)
        }),
      ],
      hooks: [
        hook('presence:unavailable', 'store', ({ session, stanza }) =>
          store.seen.put(session.account.jid, { at: clock.wall(), status: statusOf(stanza) }),
        ),
        hook('account:removed', 'store', ({ account }) => store.seen.delete(account)),
      ],
    }
  },
})

function statusOf(stanza: Stanza): string | undefined {
  const status = childOf(stanza.element(), CLIENT_NS, 'status')
  return status && textOf(status)
}
