/** Archives as they go from server to server. XEP-0227 §4.11. */
import { type BareJid, bareOf, resourceOf, tryJid } from '@waxwing/jid'
import { ArchiveResult, CLIENT_NS, Delay, Forwarded } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { type Element, elementsOf, escapeAttr, readWire, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import { payloadOf, Stanza } from '../../router/stanza.ts'
import type { EntryId } from '../../store/store.ts'
import type { Archived, ArchiveStore } from './archive.ts'
import type { ArchiveIds } from './archive-ids.ts'

const ns = 'urn:xmpp:pie:0#mam'
const pageSize = 100

export function portableArchive(messages: ArchiveStore, ids: ArchiveIds, clock: Clock): Portable {
  /** The first one of a message's addresses that is not the owner's. */
  function rowOf(owner: BareJid, { name, ns: stanzaNs, attrs, children }: Element): Archived | undefined {
    const from = tryJid(attrs.get('from') ?? owner)
    const to = tryJid(attrs.get('to') ?? owner)
    if (name !== 'message' || stanzaNs !== CLIENT_NS || from === undefined || to === undefined)
      return undefined
    const peer = bareOf(from) === owner ? to : from
    const header = {
      kind: 'message',
      type: attrs.get('type'),
      id: attrs.get('id'),
      lang: attrs.get('xml:lang'),
    } as const
    const payload = payloadOf({ ns: stanzaNs, name, attrs, children })
    const stanza = Stanza.composed({ ...header, from, to }, payload).toText()
    return { uid: ids.next(), peer: bareOf(peer), resource: resourceOf(peer), origin: undefined, stanza }
  }

  return {
    async *export(account) {
      if ((await messages.count(account)) === 0) return
      yield `<archive xmlns='${ns}'>`
      for (let after: EntryId | undefined; ; ) {
        const { entries, complete } = await messages.page(account, { max: pageSize, after })
        for (const { at, value } of entries) yield written(at, value)
        after = entries.at(-1)?.id
        if (complete) break
      }
      yield '</archive>'
    },
    async import(account, element) {
      if (element.ns !== ns || element.name !== 'archive') return false
      for (const child of elementsOf(element)) {
        const { stanza, delay } = readWire(ArchiveResult, child).forwarded
        const row = rowOf(account, stanza)
        if (row) await messages.append(account, row, delay?.stamp.getTime() ?? clock.wall())
      }
      return true
    },
  }
}

function written(at: number, { uid, stanza }: Archived): string {
  const delay = writeWire(Delay, { stamp: new Date(at) })
  const message = stanza.replace('<message', `<message xmlns='${CLIENT_NS}'`)
  return `<result xmlns='${ArchiveResult.ns}' id='${escapeAttr(uid)}'><forwarded xmlns='${Forwarded.ns}'>${delay}${message}</forwarded></result>`
}
