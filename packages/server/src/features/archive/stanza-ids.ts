/** Unique and stable ids in messages: read, taken out where they are forged, and stamped. XEP-0359. */
import { type BareJid, tryJid } from '@waxwing/jid'
import { CLIENT_NS, OriginId, StanzaId } from '@waxwing/protocol'
import { childOf, writeWire } from '@waxwing/xml'
import type { Stanza, StanzaChild } from '../../router/stanza.ts'
import { trait } from '../../router/traits.ts'

/** The id its sender gave a message; `undefined` when there is none. XEP-0359 §2.2. */
export function originIdOf(stanza: Stanza): string | undefined {
  if ((stanza.traits & trait.originId) === 0) return undefined
  if (!stanza.slice) return childOf(stanza.element(), OriginId.ns, OriginId.name)?.attrs.get('id')
  for (const child = stanza.slice.firstLevel(); child.next(); )
    if (child.name === OriginId.name && child.ns === OriginId.ns) return child.attr('id')
  return undefined
}

/** The message without ids that claim to be given by one of these. XEP-0359 §3, rule 2. */
export function withoutIdsBy(stanza: Stanza, owner: BareJid, host: BareJid): Stanza {
  if ((stanza.traits & trait.stanzaId) === 0) return stanza
  return stanza.without(child => {
    if (child.name !== StanzaId.name || child.ns !== StanzaId.ns) return false
    const by = byOf(child)
    return by === owner || by === host
  })
}

function byOf(child: StanzaChild): string | undefined {
  const by = child.attr('by')
  return by === undefined ? undefined : tryJid(by)
}

/** The message with the id it has in the owner's archive. XEP-0313 §3.5. */
export function stamped(stanza: Stanza, owner: BareJid, id: string): Stanza {
  return stanza.appended(writeWire(StanzaId, { id, by: owner }, CLIENT_NS))
}
