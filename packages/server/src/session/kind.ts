import { CLIENT_NS, type StanzaKind } from '@waxwing/protocol'
import type { Slice } from '@waxwing/xml'

/** Which stanza an element of a client's stream is; `undefined` for nonzas. Looks at bytes: this runs for every stanza. */
export function kindOf(slice: Slice): StanzaKind | undefined {
  if (!slice.isDefault) return prefixedKind(slice)
  const { bytes, start, nameEnd } = slice
  switch (nameEnd - start) {
    case 8:
      return spells(bytes, start + 1, 'message') ? 'message' : undefined
    case 3:
      return spells(bytes, start + 1, 'iq') ? 'iq' : undefined
    case 9:
      return spells(bytes, start + 1, 'presence') ? 'presence' : undefined
    default:
      return undefined
  }
}

/** `<c:message xmlns:c='jabber:client'>` is as good. RFC 6120 §4.8.5. */
function prefixedKind(slice: Slice): StanzaKind | undefined {
  if (slice.ns !== CLIENT_NS) return undefined
  const { name } = slice
  return name === 'message' || name === 'presence' || name === 'iq' ? name : undefined
}

function spells(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false
  return true
}
