/** When each account logged in last: for administrators. XEP-0133 §4.9. */
import type { BareJid } from '@waxwing/jid'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import { column, key, keyed } from '../../store/store.ts'

export interface LastLoginApi {
  /** ms since 1970; `undefined`: never since this is kept. */
  of(account: BareJid): Now<number | undefined>
}

export const lastLogin = defineFeature({
  name: 'last-login',
  implements: [],
  config: {
    writeEvery: setting.duration(
      '10s',
      'How long moments of logging in are gathered before they are written; a crash loses that much.',
      { max: 3_600_000 },
    ),
  },
  store: { logins: keyed(key<BareJid>('account'), { at: column.time() }) },
  setup({ config, store, clock, log }) {
    /** Thousands may log in at once: their moments are written together. */
    const waiting = new Map<BareJid, number>()

    async function write(): Promise<void> {
      const rows = [...waiting]
      waiting.clear()
      await Promise.all(rows.map(([account, at]) => store.logins.put(account, { at })))
    }

    function note(account: BareJid): void {
      waiting.set(account, clock.wall())
      if (waiting.size > 1) return
      clock.after(config.writeEvery, () => {
        write().catch((error: unknown) => log.error({ error }, 'Logins could not be written'))
      })
    }

    return {
      api: {
        of(account) {
          const at = waiting.get(account)
          if (at !== undefined) return at
          const row = store.logins.get(account)
          return row instanceof Promise ? row.then(found => found?.at) : row?.at
        },
      } satisfies LastLoginApi,
      hooks: [
        hook('session:bound', 'watch', ({ session }) => note(session.account.jid)),
        hook('server:stopping', 'store', () => write()),
        hook('account:removed', 'store', ({ account }) => {
          waiting.delete(account)
          return store.logins.delete(account)
        }),
      ],
    }
  },
})
