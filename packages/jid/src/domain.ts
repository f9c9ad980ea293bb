/**
 * Domainparts: RFC 7622 §3.2.
 *
 * The prepared form of a name is lower case with U-labels: `xn--fsq.example` and its Unicode spelling are one
 * address. Labels are those of IDNA2008 (RFC 5890 to 5893), reached through the mapping of UTS #46 without its
 * transitional part; symbols and emoji, which UTS #46 would let pass, are refused. One trailing dot is removed.
 * Names whose last label is a number are none unless they are an IPv4 address.
 */
import { toASCII, toUnicode } from 'tr46'
import { canonicalIpv6, isIpv4 } from './ip-address.ts'
import { JidError } from './jid-error.ts'
import { requireLength, utf8Length } from './parts.ts'
import { plainDomainEnd } from './plain.ts'
import { requireContext } from './precis/context.ts'
import { PreparationError } from './precis/preparation-error.ts'
import { requireClass } from './precis/string-class.ts'

/**
 * The prepared form of a domainpart: an internationalised name, an IPv4 address, or an IPv6 address in brackets.
 *
 * @throws JidError for anything else
 */
export function prepareDomain(text: string): string {
  if (plainDomainEnd(text, 0) === text.length) return text
  if (text === '') throw new JidError('domainpart', 'is empty')
  requireLength('domainpart', text.length)
  return text.startsWith('[') ? prepareIpv6(text) : prepareName(text)
}

function prepareIpv6(text: string): string {
  const address = text.endsWith(']') ? canonicalIpv6(text.slice(1, -1)) : undefined
  if (address === undefined) throw new JidError('domainpart', 'is no IPv6 address')
  return `[${address}]`
}

const strict = { checkBidi: true, checkHyphens: true, useSTD3ASCIIRules: true } as const

function prepareName(text: string): string {
  const { domain: mapped, error } = toUnicode(text, strict)
  if (error) throw new JidError('domainpart', 'is no internationalised domain name')
  const name = mapped.endsWith('.') ? mapped.slice(0, -1) : mapped
  if (/(?:^|\.)[0-9]+$/.test(name)) return requireIpv4(name)
  for (const label of name.split('.')) requireLabel(label)
  if (toASCII(name, { ...strict, verifyDNSLength: true }) === null) {
    throw new JidError('domainpart', 'has an empty or overlong label, or is too long for the DNS')
  }
  requireLength('domainpart', utf8Length(name))
  return name
}

function requireIpv4(name: string): string {
  if (!isIpv4(name)) throw new JidError('domainpart', 'ends in a number but is no IPv4 address')
  return name
}

/** What UTS #46 leaves open: code points of RFC 5892 §2 and its contextual rules. ASCII is checked already. */
function requireLabel(label: string): void {
  if (isAscii(label)) return
  if (ignorableBlocks.test(label)) throw new JidError('domainpart', 'holds a musical or combining symbol')
  try {
    requireClass(label, 'identifier')
    requireContext(label)
  } catch (error) {
    if (error instanceof PreparationError) throw new JidError('domainpart', error.message, { cause: error })
    throw error
  }
}

/** RFC 5892 §2.4: the only blocks that PRECIS allows and IDNA does not. */
const ignorableBlocks = /[\u20d0-\u20ff\u{1d100}-\u{1d24f}]/u

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
