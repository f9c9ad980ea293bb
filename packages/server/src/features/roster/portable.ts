/** Rosters and waiting subscription requests, as they go from server to server. XEP-0227 §4.4, §4.9. */
import { type BareJid, bareOf, tryJid } from '@waxwing/jid'
import { CLIENT_NS, Roster, type RosterItem } from '@waxwing/protocol'
import { type Element, readWire, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import { payloadOf, Stanza } from '../../router/stanza.ts'
import type { RosterApi } from './feature.ts'
import { keptRequest, requestOf } from './request.ts'
import { type Contact, isShown, newContact } from './roster.ts'

export function portableRosters(
  rosters: RosterApi,
  itemOf: (jid: BareJid, contact: Contact) => RosterItem,
): Portable {
  async function importRoster(account: BareJid, element: Element): Promise<void> {
    for (const { jid, name, subscription = 'none', ask, approved, groups } of readWire(Roster, element).items)
      if (subscription !== 'remove')
        await rosters.change(account, jid, present => ({
          ...(present ?? newContact),
          name,
          groups,
          subscription,
          pendingOut: ask === 'subscribe',
          approved: approved ?? false,
          isListed: true,
        }))
  }

  async function importRequest(account: BareJid, element: Element): Promise<void> {
    const from = tryJid(element.attrs.get('from') ?? '')
    if (from === undefined) return
    const contact = bareOf(from)
    const id = element.attrs.get('id')
    const lang = element.attrs.get('xml:lang')
    const header = { kind: 'presence', type: 'subscribe', from: contact, to: account, id, lang } as const
    await rosters.change(account, contact, present => ({
      ...(present ?? newContact),
      pendingIn: true,
      request: keptRequest(Stanza.composed(header, payloadOf(element))),
    }))
  }

  return {
    async *export(account) {
      const contacts = [...(await rosters.of(account)).contacts]
      const items = contacts
        .filter(([, contact]) => isShown(contact))
        .map(([jid, contact]) => itemOf(jid, contact))
      if (items.length > 0) yield writeWire(Roster, { items })
      for (const [from, { pendingIn, request }] of contacts) {
        if (!pendingIn) continue
        yield requestOf(from, account, request)
          .toText()
          .replace('<presence', `<presence xmlns='${CLIENT_NS}'`)
      }
    },
    async import(account, element) {
      if (element.ns === Roster.ns && element.name === Roster.name) await importRoster(account, element)
      else if (
        element.ns === CLIENT_NS &&
        element.name === 'presence' &&
        element.attrs.get('type') === 'subscribe'
      )
        await importRequest(account, element)
      else return false
      return true
    },
  }
}
