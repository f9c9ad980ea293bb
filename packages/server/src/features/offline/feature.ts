/** Messages for accounts that nobody is online for, kept until somebody comes. XEP-0160, XEP-0203. */
import { type BareJid, tryJid } from '@waxwing/jid'
import { CHAT_STATES_NS, CLIENT_NS, Delay } from '@waxwing/protocol'
import { elementsOf, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import { receiversOf } from '../../router/rules.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { allKeys, column, key, log, type Row } from '../../store/store.ts'

const pageSize = 100

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
  async setup({ config, store, host, clock }) {
    /** Accounts that messages wait for: most logins need no look at the store. */
    const waiting = await allKeys(store.messages)

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
      waiting.add(account)
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
      // Somebody may have come while it was being written.
      const receiver = receiversOf('normal', host.online(account)?.available() ?? [])[0]
      if (receiver) await flush(receiver)
      return true
    }

    function flush(session: ClientSession): Now<void> {
      return waiting.has(session.account.jid) ? handOver(session) : undefined
    }

    /** Hands everything over in order, then forgets it. */
    async function handOver(session: ClientSession): Promise<void> {
      const owner = session.account.jid
      for (;;) {
        const { entries, complete } = await store.messages.page(owner, { max: pageSize })
        for (const { at, value } of entries) deliver(session, at, value)
        const ids = entries.map(entry => entry.id)
        if (complete) waiting.delete(owner)
        if (ids.length > 0) await store.messages.remove(owner, ids)
        if (complete) return
      }
    }

    function deliver(session: ClientSession, at: number, kept: Row<typeof columns>): void {
      const from = tryJid(kept.sender)
      const to = tryJid(kept.addressee)
      if (from === undefined || to === undefined) return
      const delay = writeWire(
        Delay,
        { from: host.jid, stamp: new Date(at), reason: 'Offline Storage' },
        CLIENT_NS,
      )
      const { type, stanza_id: id, lang, payload } = kept
      session.deliver(Stanza.composed({ kind: 'message', type, id, from, to, lang }, payload + delay))
    }

    return {
      hooks: [
        hook('message:unclaimed', 'store', ({ account, stanza }) => keep(account, stanza)),
        hook('session:receptive', 'store', ({ session }) => flush(session)),
        hook('account:removed', 'store', ({ account }) => {
          waiting.delete(account)
          return store.messages.clear(account)
        }),
      ],
    }
  },
})

/** Things that mean nothing later: chat states and threads without text. */
function isPassing(ns: string, name: string): boolean {
  return ns === CHAT_STATES_NS || (ns === CLIENT_NS && name === 'thread')
}
