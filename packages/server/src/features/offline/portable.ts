/** Messages that wait, as they go from server to server. XEP-0227 §4.5. */
import { type BareJid, tryJid } from '@waxwing/jid'
import { CLIENT_NS, Delay, PIE_NS } from '@waxwing/protocol'
import { childOf, type Element, elementsOf, readWire, WireError, writeElement, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import { Stanza } from '../../router/stanza.ts'
import type { EntryId, Log, Row } from '../../store/store.ts'
import type { columns } from './feature.ts'

const name = 'offline-messages'
const pageSize = 100

interface PortableParts {
  readonly messages: Log<BareJid, Row<typeof columns>>
  readonly domain: BareJid
  readonly maxMessages: number
  /** ms since 1970. */
  readonly now: () => number
  /** Messages wait for this account now. */
  readonly kept: (account: BareJid) => void
}

export function portableMessages({ messages, domain, maxMessages, now, kept }: PortableParts): Portable {
  function written(
    at: number,
    { sender, addressee, type, stanza_id: id, lang, payload }: Row<typeof columns>,
  ): string {
    const from = tryJid(sender)
    const to = tryJid(addressee)
    if (from === undefined || to === undefined) return ''
    const delay = writeWire(
      Delay,
      { from: domain, stamp: new Date(at), reason: 'Offline Storage' },
      CLIENT_NS,
    )
    const text = Stanza.composed({ kind: 'message', type, id, from, to, lang }, payload + delay).toText()
    return text.replace('<message', `<message xmlns='${CLIENT_NS}'`)
  }

  async function take(account: BareJid, message: Element): Promise<void> {
    const delay = delayIn(message)
    const payload = elementsOf(message)
      .filter(child => child.ns !== Delay.ns)
      .map(child => writeElement(child, CLIENT_NS))
      .join('')
    const { attrs } = message
    const sender = tryJid(attrs.get('from') ?? '')
    if (sender === undefined) return
    const row = {
      sender,
      addressee: tryJid(attrs.get('to') ?? '') ?? account,
      type: attrs.get('type'),
      stanza_id: attrs.get('id'),
      lang: attrs.get('xml:lang'),
      payload,
    }
    await messages.append(account, row, delay ?? now())
  }

  return {
    async *export(account) {
      if ((await messages.count(account)) === 0) return
      yield `<${name} xmlns='${PIE_NS}'>`
      for (let after: EntryId | undefined; ; ) {
        const { entries, complete } = await messages.page(account, { max: pageSize, after })
        for (const { at, value } of entries) yield written(at, value)
        after = entries.at(-1)?.id
        if (complete) break
      }
      yield `</${name}>`
    },
    async import(account, element) {
      if (element.ns !== PIE_NS || element.name !== name) return false
      kept(account)
      const stanzas = elementsOf(element).filter(child => child.ns === CLIENT_NS && child.name === 'message')
      for (const message of stanzas.slice(0, maxMessages)) await take(account, message)
      return true
    },
  }
}

/** When the message came; ms since 1970. */
function delayIn(message: Element): number | undefined {
  const delay = childOf(message, Delay.ns, Delay.name)
  try {
    return delay && readWire(Delay, delay).stamp.getTime()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
