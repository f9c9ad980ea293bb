/** vcard-temp (XEP-0054): one card per account, readable by everybody. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, stanzaError, VCard } from '@waxwing/protocol'
import { childOf, writeElement, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { column, key, keyed } from '../../store/store.ts'

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
    return {
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
          const card = element ? writeElement(element, CLIENT_NS) : empty
          if (isTooLarge(card)) throw stanzaError('not-acceptable', 'The card is too large')
          await store.cards.put(account, { card })
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
          const card = writeElement(element, CLIENT_NS)
          if (isTooLarge(card)) throw stanzaError('not-acceptable', 'The card is too large')
          await store.cards.put(account, { card })
          return true
        },
      },
      hooks: [hook('account:removed', 'store', ({ account }) => store.cards.delete(account))],
    }
  },
})
