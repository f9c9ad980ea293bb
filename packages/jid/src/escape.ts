/** JID Escaping (XEP-0106): showing and accepting characters that a localpart cannot hold. */
import { JidError } from './jid-error.ts'

/**
 * A localpart for a text with spaces, quotes, slashes and the like, XEP-0106 §4.2. The result still needs
 * preparation, which `bareJid` does.
 *
 * A backslash is escaped where an escape sequence would otherwise be read into the text; upper-case hex digits
 * count there too, since preparation makes them lower case.
 *
 * @throws JidError when the text begins or ends with a space (§3.2)
 */
export function escapeLocal(text: string): string {
  if (text.startsWith(' ') || text.endsWith(' ')) {
    throw new JidError('localpart', 'begins or ends with a space, which cannot be escaped there')
  }
  return text.replace(/[ "&'/:<>@]|\\(?=2[0267f]|3[ace]|40|5c)/gi, escaped)
}

/**
 * What a localpart shows to people, XEP-0106 §3.3. Only the ten sequences are read, lower case alone; `\20` in the
 * first or last place is none of them. For display and gateways, never for comparing addresses.
 */
export function unescapeLocal(local: string): string {
  return local.replace(/\\(2[0267f]|3[ace]|40|5c)/g, (sequence, hex: string, at: number) => {
    const isAtEdge = at === 0 || at + sequence.length === local.length
    return hex === '20' && isAtEdge ? sequence : String.fromCharCode(Number.parseInt(hex, 16))
  })
}

function escaped(character: string): string {
  return `\\${character.charCodeAt(0).toString(16)}`
}
