/** Privacy lists (XEP-0016), for old clients; newer ones use the blocking command. Off unless the configuration offers them. */
import { type BareJid, bareOf, isFull, type Jid } from '@waxwing/jid'
import { CLIENT_NS, type PrivacyItem, PrivacyList, PrivacyLists, stanzaError } from '@waxwing/protocol'
import { childOf, elementsOf, readWire, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, type IqRequest, onGet, onSet } from '../../kernel/feature.ts'
import { drop, hook, type Now, refuse, type Verdict } from '../../kernel/hooks.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { blocking } from '../blocking/feature.ts'
import { roster } from '../roster/feature.ts'
import { theySee } from '../roster/subscription.ts'
import { blockedBy, blockedName, itemsOf } from './blocked-list.ts'
import { type OwnLists, PrivacyBook, privacyShapes } from './privacy-book.ts'
import { allows, faultOf, type Relation, stranger, type Traffic } from './privacy-rules.ts'

export const privacyLists = defineFeature({
  name: 'privacy-lists',
  implements: [
    {
      spec: 'XEP-0016',
      version: '1.7',
      coverage: 'partial',
      note: 'off by default; what is addressed to the account is kept out by an active list only where all of its sessions agree',
    },
  ],
  needs: { blocking, roster },
  config: {
    offered: setting.flag(
      false,
      'Whether accounts may have privacy lists. Newer clients use the blocking command.',
    ),
    maxLists: setting.count(20, 'Lists one account may have.', { min: 1, max: 1_000 }),
    maxItems: setting.count(500, 'Rules one list may have.', { min: 1, max: 10_000 }),
  },
  store: privacyShapes,
  async setup({ config, store, needs, host }) {
    if (!config.offered) return {}
    const book = await PrivacyBook.open(store, host)

    async function relationOf(account: BareJid, other: Jid): Promise<Relation> {
      return (await needs.roster.of(account)).contacts.get(bareOf(other)) ?? stranger
    }

    /** Whether rules keep account and other apart; `undefined` rules keep nobody apart. */
    async function keepApart(
      items: readonly PrivacyItem[] | undefined,
      account: BareJid,
      other: Jid,
      traffic: Traffic,
    ): Promise<boolean> {
      return items !== undefined && !allows(items, other, traffic, await relationOf(account, other))
    }

    /** Neither one's own resources nor one's own server can be shut out. §2.1. */
    const isExempt = (account: BareJid, other: Jid): boolean =>
      bareOf(other) === account || other === host.jid

    function arriving(stanza: Stanza): Now<Verdict | undefined> {
      const { to, from } = stanza
      if (to === undefined || !book.has(bareOf(to)) || isExempt(bareOf(to), from) || isReply(stanza))
        return undefined
      return judgeArriving(stanza, to)
    }

    async function judgeArriving(stanza: Stanza, to: Jid): Promise<Verdict | undefined> {
      const account = bareOf(to)
      const own = await book.of(account)
      for (const items of inForceFor(own, account, to))
        if (!(await keepApart(items, account, stanza.from, trafficIn(stanza)))) return undefined
      return stanza.kind === 'presence' ? drop : refuse('service-unavailable')
    }

    /** The rules of the resource addressed, or of all that could receive what is addressed to the account. §2.2. */
    function inForceFor(
      own: OwnLists,
      account: BareJid,
      to: Jid,
    ): readonly (readonly PrivacyItem[] | undefined)[] {
      const session = isFull(to) ? host.router.sessions.find(to) : undefined
      if (session) return [book.inForce(own, session)]
      const sessions = [...(host.online(account)?.sessions.values() ?? [])]
      return sessions.length === 0
        ? [book.inForce(own, undefined)]
        : sessions.map(one => book.inForce(own, one))
    }

    function leaving(stanza: Stanza): Now<Verdict | undefined> {
      const { to, from } = stanza
      const account = bareOf(from)
      if (to === undefined || !book.has(account) || isExempt(account, to) || isReply(stanza)) return undefined
      return judgeLeaving(stanza, account, to)
    }

    async function judgeLeaving(stanza: Stanza, account: BareJid, to: Jid): Promise<Verdict | undefined> {
      const items = book.inForce(await book.of(account), host.router.sessions.find(stanza.from))
      const traffic = stanza.kind === 'presence' && isNotification(stanza) ? 'presence-out' : 'other'
      if (!(await keepApart(items, account, to, traffic))) return undefined
      return stanza.kind === 'presence'
        ? drop
        : refuse('not-acceptable', 'A privacy list of yours forbids it')
    }

    needs.blocking.hide((account, other, session) => {
      if (!book.has(account) || isExempt(account, other)) return false
      const own = book.of(account)
      return Promise.resolve(own).then(lists =>
        keepApart(book.inForce(lists, session), account, other, 'presence-out'),
      )
    })

    /** Contacts that must not see a session any more see it go; those that may again see it. §2.11. */
    async function change(account: BareJid, act: () => Promise<void>): Promise<void> {
      const sessions = [...(host.online(account)?.available() ?? [])]
      const before = await book.of(account)
      const rulesBefore = sessions.map(session => book.inForce(before, session))
      await act()
      const after = await book.of(account)
      const { contacts } = await needs.roster.of(account)
      for (const [jid, contact] of contacts) {
        if (!theySee(contact.subscription)) continue
        for (const [n, session] of sessions.entries()) {
          const sees = (items: readonly PrivacyItem[] | undefined): boolean =>
            items === undefined || allows(items, jid, 'presence-out', contact)
          const [did, does] = [sees(rulesBefore[n]), sees(book.inForce(after, session))]
          if (did !== does) show(session, jid, does)
        }
      }
    }

    function show(session: ClientSession, to: BareJid, isShown: boolean): void {
      const gone = Stanza.composed({ kind: 'presence', type: 'unavailable', from: session.jid, to }, '')
      if (!isShown) host.send(gone)
      else if (session.presence) host.send(session.presence.addressed(to))
    }

    /** Whether another session than this one goes by a list. §2.2 rule 11. */
    function isUsedElsewhere(
      own: OwnLists,
      account: BareJid,
      name: string | undefined,
      session: ClientSession,
    ): boolean {
      for (const other of host.online(account)?.sessions.values() ?? [])
        if (other !== session && (book.activeOf(other) ?? own.default) === name && name !== undefined)
          return true
      return false
    }

    /** The account's lists, with what the blocking command blocks as one of them. XEP-0191 §5. */
    async function shown(account: BareJid): Promise<OwnLists> {
      const [own, blocked] = await Promise.all([book.of(account), needs.blocking.blocked(account)])
      if (blocked.size === 0) return own
      return { ...own, lists: new Map(own.lists).set(blockedName, itemsOf(blocked)) }
    }

    async function editBlocked(account: BareJid, items: readonly PrivacyItem[]): Promise<void> {
      const jids = blockedBy(items)
      if (!jids) throw stanzaError('not-acceptable', 'This list only has addresses to be denied altogether')
      await needs.blocking.replace(account, jids)
    }

    async function edit(
      account: BareJid,
      session: ClientSession,
      { name, items = [] }: PrivacyList,
    ): Promise<void> {
      const own = await shown(account)
      if (items.length === 0) mustExist(own, name)
      if (name === blockedName) return editBlocked(account, items)
      if (items.length === 0) {
        if (isUsedElsewhere(own, account, name, session))
          throw stanzaError('conflict', 'Another session uses this list')
        await change(account, () => book.remove(account, name))
        if (book.activeOf(session) === name) book.setActive(session, undefined)
        return
      }
      if (items.length > config.maxItems || (!own.lists.has(name) && own.lists.size >= config.maxLists))
        throw stanzaError('resource-constraint', 'There are too many lists or rules')
      const contacts = (await needs.roster.of(account)).contacts.values()
      const fault = faultOf(items, new Set([...contacts].flatMap(({ groups }) => groups)))
      if (fault) throw stanzaError(fault, 'The rules cannot be used')
      await change(account, () => book.write(account, name, items))
      const push = writeWire(PrivacyLists, { lists: [{ name }] }, CLIENT_NS)
      for (const one of host.online(account)?.sessions.values() ?? []) host.push(one, push)
    }

    async function choose({ account, session, payload }: IqRequest<PrivacyLists>): Promise<void> {
      if (!session) throw stanzaError('not-allowed')
      const own = await shown(account)
      const [list] = payload.lists ?? []
      if (payload.active) {
        const { name } = payload.active
        if (name !== undefined) mustExist(own, name)
        await change(account, async () => book.setActive(session, name))
      } else if (payload.default) {
        const { name } = payload.default
        if (name !== undefined) mustExist(own, name)
        const goBy = [...(host.online(account)?.sessions.values() ?? [])].filter(one => !book.activeOf(one))
        if (own.default !== undefined && own.default !== name && goBy.some(one => one !== session))
          throw stanzaError('conflict', 'Another session goes by the default list')
        await change(account, () => book.setDefault(account, name))
      } else if (list) await edit(account, session, list)
    }

    return {
      disco: { hostFeatures: [PrivacyLists.ns] },
      iq: [
        onGet(PrivacyLists, 'self', async ({ account, session, payload }) => {
          const own = await shown(account)
          const wanted = payload.lists ?? []
          if (wanted.length > 1) throw stanzaError('bad-request', 'One list at a time')
          const [list] = wanted
          if (list) {
            const { name } = list
            return writeWire(PrivacyLists, { lists: [{ name, items: mustExist(own, name) }] }, CLIENT_NS)
          }
          const active = session && book.activeOf(session)
          const answer = {
            active: active === undefined ? undefined : { name: active },
            default: own.default === undefined ? undefined : { name: own.default },
            lists: [...own.lists.keys()].map(name => ({ name })),
          }
          return writeWire(PrivacyLists, answer, CLIENT_NS)
        }),
        onSet(PrivacyLists, 'self', async request => {
          const query = childOf(request.stanza.element(), PrivacyLists.ns, PrivacyLists.name)
          // §2.1: one thing at a time.
          if (!query || elementsOf(query).length !== 1)
            throw stanzaError('bad-request', 'One change at a time')
          await choose(request)
        }),
      ],
      portable: {
        async *export(account) {
          const own = await book.of(account)
          if (own.lists.size === 0) return
          const lists = [...own.lists].map(([name, items]) => ({ name, items }))
          yield writeWire(PrivacyLists, {
            default: own.default === undefined ? undefined : { name: own.default },
            lists,
          })
        },
        async import(account, element) {
          if (element.ns !== PrivacyLists.ns || element.name !== PrivacyLists.name) return false
          const { lists = [], default: chosen } = readWire(PrivacyLists, element)
          for (const { name, items = [] } of lists.slice(0, config.maxLists))
            if (name !== blockedName) await book.write(account, name, items.slice(0, config.maxItems))
          if (chosen?.name !== undefined) await book.setDefault(account, chosen.name)
          return true
        },
      },
      hooks: [
        hook('stanza:sent', 'guard', leaving),
        hook('stanza:arriving', 'guard', arriving),
        hook('account:removed', 'store', ({ account }) => book.forget(account)),
      ],
    }
  },
})

/** @throws StanzaError item-not-found */
function mustExist(own: OwnLists, name: string): readonly PrivacyItem[] {
  const found = own.lists.get(name)
  if (!found) throw stanzaError('item-not-found', `There is no list ${name}`)
  return found
}

/** What answers something the account has sent is let through. */
function isReply({ kind, type }: Stanza): boolean {
  return type === 'error' || (kind === 'iq' && type === 'result')
}

/** Presence as such, not about subscriptions. §2.10. */
function isNotification({ type }: Stanza): boolean {
  return type === undefined || type === 'unavailable'
}

function trafficIn(stanza: Stanza): Traffic {
  if (stanza.kind !== 'presence') return stanza.kind
  return isNotification(stanza) ? 'presence-in' : 'other'
}
