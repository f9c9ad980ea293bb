/** Messages for accounts that nobody is online for, kept until somebody comes. XEP-0160, XEP-0203. */
import { type BareJid, bareOf, tryJid } from '@waxwing/jid'
import { CLIENT_NS, Delay, StanzaId, stanzaError } from '@waxwing/protocol'
import { elementsOf, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { filter, type Hooks, hook, type Now } from '../../kernel/hooks.ts'
import { receiversOf } from '../../router/rules.ts'
import { Stanza } from '../../router/stanza.ts'
import { hasHint, trait } from '../../router/traits.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { allKeys, column, type EntryId, key, log as logShape, type Row } from '../../store/store.ts'
import { portableMessages } from './portable.ts'

const pageSize = 100

type Unclaimed = Hooks['message:unclaimed']['payload']

/** What other features may tell of those who come for their messages. */
export interface OfflineApi {
  /**
   * The session has read the account's archive up to this id and needs nothing of it again.
   *
   * @param archiveId ids of an archive sort as they were given
   */
  hasRead(session: ClientSession, archiveId: string): void
  /** Asked before a kept message is handed over. `false`: it is not any more. */
  screen(mayPass: (stanza: Stanza) => boolean): void
}

export const columns = {
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
    maxMessages: setting.count(
      1_000,
      'Messages kept for one account; the next one is refused, unless it was accepted for a session that has ended since.',
      {
        max: 1_000_000,
      },
    ),
  },
  store: { messages: logShape(key<BareJid>('owner'), columns) },
  async setup({ config, store, host, clock, log }) {
    /** Accounts that messages wait for, and how many if that is known: most logins need no look at the store. */
    const waiting = new Map<BareJid, number | undefined>()
    for (const account of await allKeys(store.messages)) waiting.set(account, undefined)

    /** The archive's id up to which a session has read it. */
    const read = new WeakMap<ClientSession, string>()
    const screens: ((stanza: Stanza) => boolean)[] = []

    /** Chat states alone, and error or group messages, are not worth keeping. XEP-0160 §3, XEP-0334 §4.2, §4.4. */
    function isWorthKeeping(stanza: Stanza): boolean {
      if (hasHint(stanza, trait.noStore)) return false
      if (stanza.type === undefined || stanza.type === 'normal') return true
      if (stanza.type !== 'chat')
        return stanza.type !== 'groupchat' && stanza.type !== 'headline' && stanza.type !== 'error'
      return (stanza.traits & (trait.meaning | trait.store)) !== 0
    }

    /** Keeps at once wherever the answers are at hand: what one turn writes is there together or not at all. */
    function keep({ account, stanza, at }: Unclaimed): Now<boolean> {
      const exists = host.accounts.exists(account)
      if (exists instanceof Promise) return exists.then(there => there && admit(account, stanza, at))
      return exists && admit(account, stanza, at)
    }

    function admit(account: BareJid, stanza: Stanza, at: number | undefined): Now<boolean> {
      if (!isWorthKeeping(stanza)) return true
      const count = waiting.has(account) ? (waiting.get(account) ?? store.messages.count(account)) : 0
      if (count instanceof Promise) return count.then(known => append(account, stanza, at, known))
      return append(account, stanza, at, count)
    }

    function append(account: BareJid, stanza: Stanza, at: number | undefined, count: number): boolean {
      // Not kept: the sender hears service-unavailable. XEP-0160 §2
      // One that was accepted already, and whose receiver went without it, is not refused now.
      if (count >= config.maxMessages && at === undefined) return false
      waiting.set(account, count + 1)
      const row = {
        sender: stanza.from,
        addressee: stanza.to ?? account,
        type: stanza.type,
        stanza_id: stanza.id,
        lang: stanza.lang,
        payload: stanza.payloadText(),
      }
      store.messages.append(account, row, at ?? clock.wall()).catch((error: unknown) => {
        log.error({ error, account }, 'A message could not be kept')
        waiting.set(account, undefined)
        host.router.refuse(stanza, stanzaError('internal-server-error'))
      })
      // Somebody may have come while it was looked up.
      const receiver = receiversOf('normal', host.online(account)?.available() ?? [])[0]
      const flushed = receiver && flush(receiver)
      if (flushed instanceof Promise)
        flushed.catch((error: unknown) => log.error({ error }, 'Not handed over'))
      return true
    }

    /** Presence waits until what is kept can be read at once: what arrives later must not get ahead of it. */
    function beforePresence(stanza: Stanza): Now<undefined> {
      if (waiting.size === 0 || stanza.to !== undefined) return undefined
      const account = bareOf(stanza.from)
      return waiting.has(account) ? untilReadable(account) : undefined
    }

    async function untilReadable(account: BareJid): Promise<undefined> {
      for (;;) {
        const count = store.messages.count(account)
        if (!(count instanceof Promise)) return undefined
        await count
      }
    }

    function flush(session: ClientSession): Now<void> {
      return waiting.has(session.account.jid) ? handOver(session) : undefined
    }

    /** Hands everything over in order and forgets it, in one turn: a session under stream management keeps it from there. */
    function handOver(session: ClientSession): Now<void> {
      const owner = session.account.jid
      const given: EntryId[] = []
      for (let after: EntryId | undefined; ; ) {
        const page = store.messages.page(owner, { max: pageSize, after })
        if (page instanceof Promise) {
          forget(owner, given)
          return page.then(() => flush(session))
        }
        session.custodian?.awaits(page.entries.length)
        for (const { id, at, value } of page.entries) {
          deliver(session, at, value)
          given.push(id)
        }
        after = given.at(-1)
        if (!page.complete) continue
        waiting.delete(owner)
        return forget(owner, given)
      }
    }

    function forget(owner: BareJid, ids: readonly EntryId[]): void {
      if (ids.length === 0) return
      if (waiting.has(owner)) waiting.set(owner, undefined)
      store.messages
        .remove(owner, ids)
        .catch((error: unknown) => log.error({ error, owner }, 'Messages handed over could not be removed'))
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
      const header = { kind: 'message', type, id, from, to, lang } as const
      const message = Stanza.composed(header, payload)
      if (isRead(session, message) || screens.some(mayPass => !mayPass(message))) return
      session.deliver(Stanza.composed(header, payload + delay))
    }

    /** A message the session has had from the archive does not come a second time. XEP-0313 §6.1.1. */
    function isRead(session: ClientSession, stanza: Stanza): boolean {
      const upTo = read.get(session)
      if (upTo === undefined) return false
      const own = elementsOf(stanza.element()).find(
        ({ ns, name, attrs }) =>
          ns === StanzaId.ns && name === StanzaId.name && attrs.get('by') === session.account.jid,
      )
      const id = own?.attrs.get('id')
      return id !== undefined && id <= upTo
    }

    const api: OfflineApi = {
      hasRead: (session, archiveId) => void read.set(session, archiveId),
      screen: mayPass => void screens.push(mayPass),
    }
    return {
      api,
      portable: portableMessages({
        messages: store.messages,
        domain: host.jid,
        maxMessages: config.maxMessages,
        now: () => clock.wall(),
        kept: account => void waiting.set(account, undefined),
      }),
      hooks: [
        hook('message:unclaimed', 'store', keep),
        filter('stanza:sent', 'guard', ['presence'], beforePresence),
        hook('session:receptive', 'store', ({ session }) => flush(session)),
        hook('account:removed', 'store', ({ account }) => {
          waiting.delete(account)
          return store.messages.clear(account)
        }),
      ],
    }
  },
})
