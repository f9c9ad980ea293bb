/** Private XML storage (XEP-0049): one element per name and namespace, for the account alone. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, PrivateXml, stanzaError } from '@waxwing/protocol'
import { type Element, elementsOf, parseElement, writeElement, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { column, key, mapped } from '../../store/store.ts'

/** Keeps one element elsewhere, too: what is stored is told, and what is read may come from there. */
export interface Keeper {
  /** What is read; `undefined`: what was stored. @param stored absent: nothing was */
  get(account: BareJid, stored: Element | undefined): Promise<Element | undefined>
  /** The element is about to be stored, or emptied. @throws StanzaError when it is to be refused */
  set(account: BareJid, element: Element): Promise<void>
}

export interface PrivateXmlApi {
  keep(ns: string, name: string, keeper: Keeper): void
}

export const privateXml = defineFeature({
  name: 'private-xml',
  implements: [{ spec: 'XEP-0049', version: '1.2', coverage: 'complete' }],
  disco: { host: [PrivateXml.ns] },
  config: {
    maxElements: setting.count(100, 'Different elements one account may store.', { min: 1, max: 100_000 }),
  },
  store: {
    elements: mapped(key<BareJid>('owner'), 'element', { content: column.text() }),
  },
  setup({ config, store }) {
    const nameOf = (element: Element): string => `{${element.ns}}${element.name}`

    /** §2.2: every stored element has a namespace of its own. */
    function checked(content: readonly Element[]): readonly Element[] {
      if (content.length === 0) throw stanzaError('bad-request', 'Nothing is named to be stored or read')
      if (
        content.some(element => element.ns === '' || element.ns === CLIENT_NS || element.ns === PrivateXml.ns)
      )
        throw stanzaError('not-acceptable', 'Stored elements need a namespace of their own')
      return content
    }

    const keepers = new Map<string, Keeper>()
    const api: PrivateXmlApi = {
      keep: (ns, name, keeper) => void keepers.set(`{${ns}}${name}`, keeper),
    }

    return {
      api,
      iq: [
        onGet(PrivateXml, 'self', async ({ account, payload }) => {
          const [wanted] = checked(payload.content)
          if (!wanted || payload.content.length > 1) throw stanzaError('bad-request', 'One element at a time')
          const row = await store.elements.get(account, nameOf(wanted))
          const stored = row && parseElement(row.content, { limits: 'none' })
          const found = (await keepers.get(nameOf(wanted))?.get(account, stored)) ?? stored ?? wanted
          return writeWire(PrivateXml, { content: [found] }, CLIENT_NS)
        }),
        onSet(PrivateXml, 'self', async ({ account, payload }) => {
          const content = checked(payload.content)
          const known = await store.elements.all(account)
          const added = content.filter(element => !known.has(nameOf(element))).length
          if (known.size + added > config.maxElements)
            throw stanzaError('resource-constraint', 'Too many different elements are stored')
          for (const element of content) await keepers.get(nameOf(element))?.set(account, element)
          await Promise.all(
            content.map(element =>
              elementsOf(element).length === 0 && element.children.length === 0 && element.attrs.size === 0
                ? store.elements.delete(account, nameOf(element))
                : store.elements.put(account, nameOf(element), { content: writeElement(element) }),
            ),
          )
        }),
      ],
      portable: {
        async *export(account) {
          const rows = await store.elements.all(account)
          const content = [...rows.values()].map(row => parseElement(row.content, { limits: 'none' }))
          if (content.length > 0) yield writeWire(PrivateXml, { content })
        },
        async import(account, element) {
          if (element.ns !== PrivateXml.ns || element.name !== PrivateXml.name) return false
          for (const one of checked(elementsOf(element)).slice(0, config.maxElements)) {
            await store.elements.put(account, nameOf(one), { content: writeElement(one) })
            await keepers.get(nameOf(one))?.set(account, one)
          }
          return true
        },
      },
      hooks: [hook('account:removed', 'store', ({ account }) => store.elements.clear(account))],
    }
  },
})
