/** Last activity (XEP-0012): when an account was last online, how long the server has been up. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { CLIENT_NS, LastActivity, LastActivityQuery, stanzaError } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { childOf, textOf, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import type { Log } from '../../kernel/log.ts'
import type { Stanza } from '../../router/stanza.ts'
import { column, type Keyed, key, keyed } from '../../store/store.ts'
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
  config: {
    writeEvery: setting.duration(
      '2s',
      'How long moments of going offline are gathered before they are written; a crash loses that much.',
      {
        max: 60_000,
      },
    ),
  },
  setup({ config, store, needs, host, clock, log }) {
    const seen = new LastSeen(store.seen, clock, log, config.writeEvery)
    const startedAt = clock.wall()
    const answer = (since: number, status?: string): string => {
      const seconds = Math.max(0, Math.floor((clock.wall() - since) / 1000))
      return writeWire(LastActivity, { seconds, status }, CLIENT_NS)
    }

    async function ofAccount(account: BareJid): Promise<string> {
      if (host.online(account)?.isAvailable) return answer(clock.wall())
      const row = await seen.of(account)
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
          seen.note(session.account.jid, { at: clock.wall(), status: statusOf(stanza) }),
        ),
        hook('server:stopping', 'store', () => seen.write()),
        hook('account:removed', 'store', ({ account }) => seen.forget(account)),
      ],
    }
  },
})

interface Seen {
  readonly at: number
  readonly status?: string | undefined
}

/** Thousands may go offline at once: what is known of them is gathered and written together. */
class LastSeen {
  readonly #store: Keyed<BareJid, Seen>
  readonly #clock: Clock
  readonly #log: Log
  readonly #everyMs: number
  readonly #waiting = new Map<BareJid, Seen>()

  constructor(store: Keyed<BareJid, Seen>, clock: Clock, log: Log, everyMs: number) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#everyMs = everyMs
  }

  of(account: BareJid): Now<Seen | undefined> {
    return this.#waiting.get(account) ?? this.#store.get(account)
  }

  note(account: BareJid, seen: Seen): void {
    this.#waiting.set(account, seen)
    if (this.#waiting.size > 1) return
    this.#clock.after(this.#everyMs, () => {
      this.write().catch((error: unknown) => this.#log.error({ error }, 'Last activity could not be written'))
    })
  }

  async write(): Promise<void> {
    const rows = [...this.#waiting]
    this.#waiting.clear()
    await Promise.all(rows.map(([account, seen]) => this.#store.put(account, seen)))
  }

  async forget(account: BareJid): Promise<void> {
    this.#waiting.delete(account)
    await this.#store.delete(account)
  }
}

function statusOf(stanza: Stanza): string | undefined {
  if (stanza.headName === undefined) return undefined
  const status = childOf(stanza.element(), CLIENT_NS, 'status')
  return status && textOf(status)
}
