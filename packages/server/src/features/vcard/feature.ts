/** vcard-temp (XEP-0054): one card per account, readable by everybody. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, stanzaError, VCard } from '@waxwing/protocol'
import { childOf, type Element, parseElement, writeElement, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import { column, key, keyed } from '../../store/store.ts'

/** What other features do with cards. */
export interface VCardApi {
  /** The card of an account; `undefined`: it has none. */
  of(account: BareJid): Now<Element | undefined>
  /** Writes a card in its owner's name. @throws StanzaError not-acceptable when it is too large */
  put(account: BareJid, card: Element): Promise<void>
  /** Hears of every card that was written: by its owner, or by the server itself. */
  onWritten(listener: CardListener): void
}

export type CardListener = (account: BareJid, card: Element, by: 'owner' | 'server') => Promise<void>

export const vcard = defineFeature({
  name: 'vcard',
  implements: [{ spec: 'XEP-0054', version: '1.3.0', coverage: 'complete' }],
  disco: { host: [VCard.ns], account: [VCard.ns] },
  config: {
    maxBytes: setting.bytes('256 KiB', 'Largest card, picture included.', {
      min: 1024,
      max: 16 * 1024 * 1024,
    }),
  },
  store: { cards: keyed(key<BareJid>('account'), { card: column.text() }) },
  setup({ config, store, host }) {
    const isTooLarge = (card: string): boolean => new TextEncoder().encode(card).length > config.maxBytes
    const empty = writeWire(VCard, { content: [] }, CLIENT_NS)
    const listeners: CardListener[] = []
    const parsed = (card: string): Element => parseElement(card, { ns: CLIENT_NS, limits: 'none' })

    async function write(account: BareJid, card: string, by: 'owner' | 'server'): Promise<void> {
      if (isTooLarge(card)) throw stanzaError('not-acceptable', 'The card is too large')
      await store.cards.put(account, { card })
      for (const listener of listeners) await listener(account, parsed(card), by)
    }

    const api: VCardApi = {
      of(account) {
        const row = store.cards.get(account)
        return row instanceof Promise
          ? row.then(found => found && parsed(found.card))
          : row && parsed(row.card)
      },
      put: (account, card) => write(account, writeElement(card, CLIENT_NS), 'server'),
      onWritten: listener => void listeners.push(listener),
    }

    return {
      api,
      iq: [
        onGet(VCard, 'self', async ({ account }) => (await store.cards.get(account))?.card ?? empty),
        onGet(VCard, 'account', async ({ account }) => {
          const row = await store.cards.get(account)
          // §3.1: no card and no account sound alike.
          if (!row) throw stanzaError('service-unavailable')
          return row.card
        }),
        onGet(
          VCard,
          'host',
          () =>
            `<vCard xmlns='${VCard.ns}'><FN>${host.domain}</FN><DESC>An XMPP server for people and things</DESC></vCard>`,
        ),
        onSet(VCard, 'self', async ({ account, stanza }) => {
          const element = childOf(stanza.element(), VCard.ns, VCard.name)
          await write(account, element ? writeElement(element, CLIENT_NS) : empty, 'owner')
        }),
        onSet(VCard, 'account', () => {
          throw stanzaError('forbidden', 'Only the owner may change a card')
        }),
      ],
      portable: {
        async *export(account) {
          const row = await store.cards.get(account)
          if (row) yield row.card
        },
        async import(account, element) {
          if (element.ns !== VCard.ns || element.name !== VCard.name) return false
          await write(account, writeElement(element, CLIENT_NS), 'server')
          return true
        },
      },
      hooks: [hook('account:removed', 'store', ({ account }) => store.cards.delete(account))],
    }
  },
})
