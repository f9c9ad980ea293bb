/** Words of the administrators to everybody: announcements, the message of the day, the welcome. XEP-0133 §4.23-§4.28. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, StanzaError, stanzaError } from '@waxwing/protocol'
import { childOf, type Element, escapeText, textOf } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { drop, filter, hook, type Now, refuse, type Verdict } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { allKeys, column, key, keyed } from '../../store/store.ts'
import { administration } from '../administration/feature.ts'

/** What is said, as the children of a message. */
export interface Words {
  readonly subject?: string | undefined
  readonly body: string
}

export interface AnnouncementsApi {
  /** Tells everybody who is online on this host. @returns how many sessions it went to */
  tellOnline(words: Words): number
  /** Tells every account, online or not; those who are away find it when they come. */
  tellAll(words: Words): Promise<void>
  motd(): Words | undefined
  /** Sets the message of the day and shows it to everybody who is online. */
  setMotd(words: Words): Promise<void>
  /** Changes its words; who has seen it does not see it again. */
  editMotd(words: Words): Promise<void>
  deleteMotd(): Promise<void>
  welcome(): Words | undefined
  /** What new accounts are told when they come for the first time; `undefined`: nothing. */
  setWelcome(words: Words | undefined): Promise<void>
}

/** Accounts told before others have their turn. */
const portion = 500

export const announcements = defineFeature({
  name: 'announcements',
  implements: [],
  needs: { administration },
  config: {
    maxBytes: setting.bytes('16 KiB', 'Longest announcement, message of the day or welcome.', {
      min: 100,
      max: 262_144,
    }),
  },
  store: {
    texts: keyed(key<'motd' | 'welcome'>('name'), {
      subject: column.text().maybe(),
      body: column.text(),
      /** Number of the message of the day: who has seen it is remembered by it. */
      edition: column.integer(),
    }),
    motd_seen: keyed(key<BareJid>('account'), { edition: column.integer() }),
    newcomers: keyed(key<BareJid>('account'), { since: column.time() }),
  },
  async setup({ config, store, needs, host, clock, log }) {
    let motd = await store.texts.get('motd')
    let welcome = await store.texts.get('welcome')
    const newcomers = await allKeys(store.newcomers)

    function checked(words: Words): Words {
      if (words.body === '') throw stanzaError('not-acceptable', 'There is nothing to say')
      if (Buffer.byteLength(words.body) + Buffer.byteLength(words.subject ?? '') > config.maxBytes)
        throw stanzaError('not-acceptable', 'This is too long')
      return words
    }

    async function setMotd(words: Words, edition: number): Promise<void> {
      const { subject, body } = checked(words)
      motd = { subject, body, edition }
      await store.texts.put('motd', motd)
    }

    /** Shows the message of the day to who has not seen it. */
    async function showMotd(session: ClientSession): Promise<void> {
      const shown = motd
      if (!shown) return
      const { jid } = session.account
      if ((await store.motd_seen.get(jid))?.edition === shown.edition) return
      session.deliver(messageOf(host, session.jid, 'headline', shown))
      await store.motd_seen.put(jid, { edition: shown.edition })
    }

    async function greet(session: ClientSession): Promise<void> {
      const { jid } = session.account
      if (!newcomers.delete(jid)) return
      if (welcome) session.deliver(messageOf(host, session.jid, 'normal', welcome))
      await store.newcomers.delete(jid)
    }

    function* onlineSessions(): Generator<ClientSession> {
      for (const session of host.router.sessions.all())
        if (session.host === host && session.isAvailable) yield session
    }

    function tellOnline(words: Words): number {
      let count = 0
      for (const session of onlineSessions()) {
        session.deliver(messageOf(host, session.jid, 'headline', words))
        count++
      }
      return count
    }

    async function tellAll(words: Words): Promise<void> {
      let told = 0
      for await (const account of host.accounts.list()) {
        await host.sendSettled(messageOf(host, account, 'normal', words))
        // Between portions everybody else has their turn.
        if (++told % portion === 0) await new Promise<void>(resolve => clock.after(0, resolve))
      }
    }

    const api: AnnouncementsApi = {
      tellOnline: words => tellOnline(checked(words)),
      tellAll: words => tellAll(checked(words)),
      motd: () => motd,
      async setMotd(words) {
        await setMotd(words, (motd?.edition ?? 0) + clock.wall())
        for (const session of onlineSessions()) await showMotd(session)
      },
      async editMotd(words) {
        if (!motd) throw stanzaError('item-not-found', 'There is no message of the day')
        await setMotd(words, motd.edition)
      },
      async deleteMotd() {
        motd = undefined
        await store.texts.delete('motd')
      },
      welcome: () => welcome,
      async setWelcome(words) {
        welcome = words && { ...checked(words), edition: 0 }
        await (welcome ? store.texts.put('welcome', welcome) : store.texts.delete('welcome'))
      },
    }

    /** What the addresses below `announce/` do. */
    const actions: ReadonlyMap<string, (words: Words) => Now<unknown>> = new Map([
      ['online', words => api.tellOnline(words)],
      ['all', words => later(checked(words))],
      ['motd', words => api.setMotd(words)],
      ['motd/update', words => api.editMotd(words)],
      ['motd/delete', () => api.deleteMotd()],
    ] satisfies [string, (words: Words) => Now<unknown>][])

    /** Goes on behind the sender's next stanza. */
    function later(words: Words): void {
      tellAll(words).catch((error: unknown) => log.error({ error }, 'An announcement failed'))
    }

    async function obey(stanza: Stanza, name: string): Promise<Verdict> {
      if (!needs.administration.isAdmin(bareOf(stanza.from)))
        return refuse('forbidden', 'Only administrators make announcements')
      const action = actions.get(name)
      if (!action) return refuse('item-not-found', 'There is no such kind of announcement')
      try {
        await action(wordsIn(stanza.element()))
        return drop
      } catch (error) {
        if (error instanceof StanzaError) return { do: 'refuse', error }
        throw error
      }
    }

    const addresses = `${host.domain}/announce/`
    return {
      api,
      hooks: [
        filter('stanza:arriving', 'change', ['message'], stanza => {
          if (stanza.to === undefined || !stanza.to.startsWith(addresses)) return undefined
          if (stanza.type === 'error') return undefined
          return obey(stanza, stanza.to.slice(addresses.length))
        }),
        hook('session:available', 'watch', ({ session }) => {
          if (newcomers.size > 0 && newcomers.has(session.account.jid))
            return greet(session).then(() => showMotd(session))
          return motd ? showMotd(session) : undefined
        }),
        hook('account:created', 'store', ({ account }) => {
          if (!welcome) return
          newcomers.add(account)
          return store.newcomers.put(account, { since: clock.wall() })
        }),
        hook('account:removed', 'store', async ({ account }) => {
          newcomers.delete(account)
          await Promise.all([store.newcomers.delete(account), store.motd_seen.delete(account)])
        }),
      ],
    }
  },
})

function messageOf(host: Host, to: Jid, type: string, { subject, body }: Words): Stanza {
  const about = subject === undefined ? '' : `<subject>${escapeText(subject)}</subject>`
  const payload = `${about}<body>${escapeText(body)}</body>`
  return Stanza.composed({ kind: 'message', type, from: host.jid, to }, payload)
}

function wordsIn(message: Element): Words {
  const textIn = (name: string): string | undefined => {
    const child = childOf(message, CLIENT_NS, name)
    return child && textOf(child)
  }
  return { subject: textIn('subject'), body: textIn('body') ?? '' }
}
