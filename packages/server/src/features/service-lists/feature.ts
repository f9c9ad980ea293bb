/** Whom nobody of this host talks with, and with whom alone. XEP-0133 §4.11, §4.12. */
import type { Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, refuse, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { column, key, mapped } from '../../store/store.ts'
import { administration } from '../administration/feature.ts'
import { mayPass, ServiceList } from './service-list.ts'

export type ServiceListName = 'blacklist' | 'whitelist'

export interface ServiceListsApi {
  of(name: ServiceListName): readonly Jid[]
  /** Replaces a list. @throws StanzaError not-allowed, resource-constraint */
  set(name: ServiceListName, jids: readonly Jid[]): Promise<void>
}

export const serviceLists = defineFeature({
  name: 'service-lists',
  implements: [],
  needs: { administration },
  config: {
    maxItems: setting.count(10_000, 'Addresses the blacklist or the whitelist of the service may have.', {
      max: 1_000_000,
    }),
  },
  store: { items: mapped(key<ServiceListName>('list'), key<Jid>('jid'), { since: column.time() }) },
  async setup({ config, store, needs, host, clock }) {
    const load = async (name: ServiceListName): Promise<ServiceList> =>
      new ServiceList((await store.items.all(name)).keys())
    const lists = { blacklist: await load('blacklist'), whitelist: await load('whitelist') }
    const isLocal = (jid: Jid): boolean => host.isLocal(jid)

    function verdict(stanza: Stanza): Verdict | undefined {
      const { blacklist, whitelist } = lists
      if (blacklist.jids.size === 0 && whitelist.jids.size === 0) return undefined
      // Administrators reach the host itself, whatever they have written into the lists.
      if (stanza.to === undefined || stanza.to === host.jid) return undefined
      if (mayPass(blacklist, whitelist, stanza.from, stanza.to, isLocal)) return undefined
      return refuse('not-allowed', 'This service does not let the two of you talk')
    }

    const api: ServiceListsApi = {
      of: name => [...lists[name].jids].sort(),
      async set(name, jids) {
        const wanted = new Set(jids)
        if (wanted.size > config.maxItems) throw stanzaError('resource-constraint', 'The list is too long')
        const isOurs = (jid: Jid): boolean =>
          jid === host.jid || needs.administration.admins().some(admin => admin === jid)
        if (name === 'blacklist' && jids.some(isOurs))
          throw stanzaError('not-allowed', 'This host and its administrators cannot be on the blacklist')
        const before = lists[name].jids
        const since = clock.wall()
        lists[name] = new ServiceList(wanted)
        await Promise.all([
          ...[...before].filter(jid => !wanted.has(jid)).map(jid => store.items.delete(name, jid)),
          ...[...wanted].filter(jid => !before.has(jid)).map(jid => store.items.put(name, jid, { since })),
        ])
      },
    }

    return {
      api,
      hooks: [hook('stanza:sent', 'guard', verdict), hook('stanza:arriving', 'guard', verdict)],
    }
  },
})
