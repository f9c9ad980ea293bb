/** Who administers this host, and which accounts are locked. XEP-0133 §4.3, §4.4, §4.29. */
import { type BareJid, bareOf, tryJid } from '@waxwing/jid'
import { stanzaError, streamError } from '@waxwing/protocol'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { allKeys, column, key, keyed } from '../../store/store.ts'

export interface AdministrationApi {
  isAdmin(jid: BareJid): boolean
  /** Administrators by the configuration and by the command, in order. */
  admins(): readonly BareJid[]
  /** Sets the administrators beside those of the configuration. @throws StanzaError not-allowed for one of those left out */
  setAdmins(jids: readonly BareJid[]): Promise<void>
  isDisabled(account: BareJid): boolean
  disabled(): readonly BareJid[]
  /** Ends the account's sessions, and lets nobody log in to it. Its data stay. */
  disable(account: BareJid): Promise<void>
  enable(account: BareJid): Promise<void>
}

const address = setting.text('admin@localhost', 'An administrator’s address.', {
  form: 'a bare JID, as in "admin@example.org"',
  accepts: text => {
    const jid = tryJid(text)
    return jid !== undefined && bareOf(jid) === jid
  },
})

const disabledText = 'This account has been disabled by an administrator'

export const administration = defineFeature({
  name: 'administration',
  implements: [],
  config: {
    admins: setting.list(
      address,
      [],
      'Addresses of those who may administer this host with ad-hoc commands.',
      {
        max: 1_000,
      },
    ),
    maxAdmins: setting.count(100, 'Administrators that may be added by command.', { max: 10_000 }),
  },
  store: {
    admins: keyed(key<BareJid>('jid'), { since: column.time() }),
    disabled: keyed(key<BareJid>('account'), { since: column.time() }),
  },
  async setup({ config, store, host, clock }) {
    const fixed = new Set(config.admins.flatMap(text => bareOf(tryJid(text) ?? host.jid)))
    const added = await allKeys(store.admins)
    const disabled = await allKeys(store.disabled)

    const api: AdministrationApi = {
      isAdmin: jid => fixed.has(jid) || added.has(jid),
      admins: () => [...new Set([...fixed, ...added])].sort(),
      async setAdmins(jids) {
        const wanted = new Set(jids)
        for (const jid of fixed)
          if (!wanted.delete(jid))
            throw stanzaError('not-allowed', `${jid} is an administrator by the configuration`)
        if (wanted.size > config.maxAdmins)
          throw stanzaError('resource-constraint', 'Too many administrators')
        const gone = [...added].filter(jid => !wanted.has(jid))
        const come = [...wanted].filter(jid => !added.has(jid))
        for (const jid of gone) added.delete(jid)
        for (const jid of come) added.add(jid)
        const since = clock.wall()
        await Promise.all([
          ...gone.map(jid => store.admins.delete(jid)),
          ...come.map(jid => store.admins.put(jid, { since })),
        ])
      },
      isDisabled: account => disabled.has(account),
      disabled: () => [...disabled].sort(),
      async disable(account) {
        disabled.add(account)
        const written = store.disabled.put(account, { since: clock.wall() })
        const gone = streamError('not-authorized', disabledText)
        const sessions = [...(host.online(account)?.sessions.values() ?? [])]
        await Promise.all([written, ...sessions.map(async session => session.end(gone))])
      },
      async enable(account) {
        disabled.delete(account)
        await store.disabled.delete(account)
      },
    }

    return {
      api,
      barsLogin: account =>
        disabled.has(account) ? { condition: 'account-disabled', text: disabledText } : undefined,
      hooks: [
        hook('account:removed', 'store', async ({ account }) => {
          // Whoever gets the name next is somebody else.
          added.delete(account)
          disabled.delete(account)
          await Promise.all([store.admins.delete(account), store.disabled.delete(account)])
        }),
      ],
    }
  },
})
