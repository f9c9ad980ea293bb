/** Up to where conversations have been shown, for all devices of an account, published by the way. XEP-0490 §4.5. */
import { bareOf } from '@waxwing/jid'
import {
  DISPLAYED_ASSIST_NS,
  DISPLAYED_NODE,
  DisplayedUpTo,
  type NodeConfig,
  StanzaError,
} from '@waxwing/protocol'
import { childOf, writeElement } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'
import { filter, type Now, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza, StanzaChild } from '../../router/stanza.ts'
import { trait } from '../../router/traits.ts'
import { pep } from '../pep/feature.ts'

/** The node is the account's alone, and keeps a place for every conversation. §4.2, §7 */
const config: Partial<NodeConfig> = {
  accessModel: 'whitelist',
  persistItems: true,
  maxItems: 'max',
  sendLast: 'never',
}

const isMark = ({ ns, name }: StanzaChild): boolean => ns === DISPLAYED_NODE && name === DisplayedUpTo.name

export const displayedSync = defineFeature({
  name: 'displayed-sync',
  implements: [{ spec: 'XEP-0490', version: '1.0.1', coverage: 'complete' }],
  needs: { pep },
  disco: { account: [DISPLAYED_ASSIST_NS] },
  setup({ needs }) {
    /** What is for the own server goes no further, and is in no archive and no copy. §5.2 */
    function sent(stanza: Stanza): Now<Verdict | undefined> {
      if ((stanza.traits & trait.displayedUpTo) === 0) return undefined
      const verdict = { do: 'replace', by: stanza.without(isMark) } as const
      // What an error repeats is somebody else's.
      if (stanza.to === undefined || stanza.type === 'error') return verdict
      return publish(stanza, stanza.to).then(() => verdict)
    }

    /** A node that others may see gets nothing: then the message just goes on. */
    async function publish(stanza: Stanza, conversation: string): Promise<void> {
      const account = bareOf(stanza.from)
      const mark = childOf(stanza.element(), DISPLAYED_NODE, DisplayedUpTo.name)
      const access = (await needs.pep.configOf(account, DISPLAYED_NODE))?.accessModel ?? 'whitelist'
      if (!mark || access !== 'whitelist') return
      const item = { id: conversation, payload: writeElement(mark) }
      await needs.pep.publish(account, DISPLAYED_NODE, item, config).catch((error: unknown) => {
        if (!(error instanceof StanzaError)) throw error
      })
    }

    return { hooks: [filter('stanza:sent', 'change', ['message'], sent)] }
  },
})
