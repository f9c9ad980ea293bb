/** Bookmarks of chat rooms: clients of yesterday and of today see the same ones. XEP-0402 §5.3, XEP-0048, XEP-0049. */
import type { BareJid } from '@waxwing/jid'
import { tryJid } from '@waxwing/jid'
import {
  BOOKMARKS_COMPAT_NS,
  BOOKMARKS_NODE,
  Bookmark,
  type NodeConfig,
  type OldBookmark,
  OldBookmarks,
} from '@waxwing/protocol'
import { type Element, parseElement, readWire, toElement, writeWire } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'
import { pep } from '../pep/feature.ts'
import { privateXml } from '../private-xml/feature.ts'
import { readable } from '../pubsub/readable.ts'

/** Bookmarks hold passwords: they are the account's alone. XEP-0402 §3.3 */
const config: Partial<NodeConfig> = {
  accessModel: 'whitelist',
  persistItems: true,
  maxItems: 'max',
  sendLast: 'never',
}

export const bookmarks = defineFeature({
  name: 'bookmarks',
  implements: [
    { spec: 'XEP-0402', version: '1.2.0', coverage: 'complete' },
    { spec: 'XEP-0048', version: '1.2', coverage: 'partial', note: 'kept as private XML (XEP-0049)' },
  ],
  needs: { pep, privateXml },
  disco: { account: [BOOKMARKS_COMPAT_NS] },
  setup({ needs }) {
    /** As clients of today have them, by address of the room. */
    async function current(account: BareJid): Promise<ReadonlyMap<string, Bookmark>> {
      const found = new Map<string, Bookmark>()
      for (const { id, payload } of await needs.pep.items(account, BOOKMARKS_NODE)) {
        const bookmark = readable(() => readWire(Bookmark, parseElement(payload, { limits: 'none' })))
        if (bookmark) found.set(id, bookmark)
      }
      return found
    }

    /** Whether the node is the account's alone, or not there yet. */
    async function isPrivate(account: BareJid): Promise<boolean> {
      const access = (await needs.pep.configOf(account, BOOKMARKS_NODE))?.accessModel
      return access === undefined || access === 'whitelist'
    }

    /** The list of a client of yesterday becomes single items; what has not changed is told to nobody. @throws StanzaError */
    async function set(account: BareJid, element: Element): Promise<void> {
      const old = readable(() => readWire(OldBookmarks, element))
      if (!old || !(await isPrivate(account))) return
      const known = await current(account)
      const wanted = new Map(old.conferences.map(one => [one.jid as string, one]))
      for (const [id, { name, autojoin, nick, password }] of wanted) {
        const before = known.get(id)
        // What other clients have put there stays. §2
        const after = { name, autojoin, nick, password, extensions: before?.extensions }
        const payload = writeWire(Bookmark, after)
        if (before && writeWire(Bookmark, before) === payload) continue
        await needs.pep.publish(account, BOOKMARKS_NODE, { id, payload }, config)
      }
      for (const id of known.keys()) if (!wanted.has(id)) await needs.pep.retract(account, BOOKMARKS_NODE, id)
    }

    /** All items in one element, with what else was stored there. */
    async function get(account: BareJid, stored: Element | undefined): Promise<Element | undefined> {
      const known = await current(account)
      if (known.size === 0 && (await needs.pep.configOf(account, BOOKMARKS_NODE)) === undefined)
        return undefined
      const others = stored && readable(() => readWire(OldBookmarks, stored))?.others
      const conferences = [...known].flatMap(([id, bookmark]): OldBookmark[] => {
        const jid = tryJid(id)
        const { name, autojoin, nick, password } = bookmark
        return jid === undefined ? [] : [{ jid, name, autojoin, nick, password }]
      })
      // The oldest first, as a list grows.
      return toElement(OldBookmarks, { conferences: conferences.toReversed(), others: others ?? [] })
    }

    needs.privateXml.keep(OldBookmarks.ns, OldBookmarks.name, { get, set })
    return {}
  },
})
