/** A subscription request that waits for an answer: kept as it came, told at every login until then. RFC 6121 §3.1.3. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS } from '@waxwing/protocol'
import { parseElement } from '@waxwing/xml'
import { payloadOf, Stanza } from '../../router/stanza.ts'

/** What is kept of a request: the complete stanza, with its id, its language and whatever it carries. */
export function keptRequest(stanza: Stanza): string {
  return stanza.toText()
}

/** The request as the contact's clients are told of it. `kept`: absent where nothing but the fact is known. */
export function requestOf(from: BareJid, to: BareJid, kept = ''): Stanza {
  const header = { kind: 'presence', type: 'subscribe', from, to } as const
  // COMPAT: rosters of earlier versions kept the payload alone.
  if (!kept.startsWith('<presence ')) return Stanza.composed(header, kept)
  const element = parseElement(kept, { ns: CLIENT_NS, limits: 'none' })
  const { attrs } = element
  return Stanza.composed({ ...header, id: attrs.get('id'), lang: attrs.get('xml:lang') }, payloadOf(element))
}
