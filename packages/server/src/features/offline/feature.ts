/** Messages for accounts that nobody is online for, kept until somebody comes. XEP-0160, XEP-0203. */
import type { BareJid } from '@waxwing/jid'
import { tryJid } from '@waxwing/jid'
import { CLIENT_NS, Delay } from '@waxwing/protocol'
import { elementsOf, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { column, key, log } from '../../store/store.ts'

const columns = {
  sender: column.text(),
  addressee: column.text(),
  type: column.text().maybe(),
  stanza_id: column.text().maybe(),
  lang: column.text().maybe(),
  payload: column.text(),
}

export const offline = defineFeature({
  name: 'offline',
  implements: [
    { spec: 'XEP-0160', version: '1.0.1', coverage: 'complete' },
    { spec: 'XEP-0203', version: '2.0', coverage: 'complete' },
  ],
  disco: { host: ['msgoffline'] },
  config: {
    maxMessages: setting.count(1_000, 'Messages kept for one account; the next one is refused.', {
      max: 1_000_000,
    }),
  },
  store: { messages: log(key<BareJid>('owner'), columns) },
  setup({ config, store, host, clock }) {
    /** Chat states alone, and error or group messages, are not worth keeping. XEP-0160 §3. */
    function isWorthKeeping(stanza: Stanza): boolean {
      if (stanza.type === undefined || stanza.type === 'normal') return true
      if (stanza.type !== 'chat')
        return stanza.type !== 'groupchat' && stanza.type !== 'headline' && stanza.type !== 'error'
      return elementsOf(stanza.element()).some(child => !isPassing(child.ns, child.name))
    }

    async function keep(account: BareJid, stanza: Stanza): Promise<boolean> {
      if (!(await host.accounts.exists(account))) return false
      if (!isWorthKeeping(stanza)) return true
      // Not kept: the sender hears service-unavailable. XEP-0160 §2
      if ((await store.messages.count(account)) >= config.maxMessages) return false
      await store.messages.append(
        account,
        {
          sender: stanza.from,
          addressee: stanza.to ?? account,
          type: stanza.type,
          stanza_id: stanza.id,
          lang: stanza.lang,
          payload: stanza.payloadText(),
        },
        clock.wall(),
      )
      return true
    }

    /** Hands everything over in order, then forgets it. */
    async function flush(session: ClientSession): Promise<void> {
      const owner = session.account.jid
      for (;;) {
        const { entries, complete } = await store.messages.page(owner, { max: 100 })
        for (const { at, value } of entries) {
          const from = tryJid(value.sender)
          const to = tryJid(value.addressee)
          if (from === undefined || to === undefined) continue
          const delay = writeWire(
            Delay,
            { from: host.jid, stamp: new Date(at), reason: 'Offline Storage' },
            CLIENT_NS,
          )
          const { type, stanza_id: id, lang, payload } = value
          session.deliver(Stanza.composed({ kind: 'message', type, id, from, to, lang }, payload + delay))
        }
        await store.messages.remove(
          owner,
          entries.map(entry => entry.id),
        )
        if (complete) return
      }
    }

    return {
      hooks: [
        hook('message:unclaimed', 'store', ({ account, stanza }) => keep(account, stanza)),
        hook('session:receptive', 'store', ({ session }) => flush(session)),
        hook('account:removed', 'store', ({ account }) => store.messages.clear(account)),
      ],
    }
  },
})

/** Things that mean nothing later: chat states and threads without text. */
function isPassing(ns: string, name: string): boolean {
  return ns === 'http://jabber.org/protocol/chatstates' || (ns === CLIENT_NS && name === 'thread')
}
