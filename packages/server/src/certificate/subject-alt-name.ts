/** The names in a certificate: subjectAltName (RFC 5280 §4.2.1.6) with XMPP addresses (RFC 6120 §13.7.1.4). */

import { isIP, isIPv4 } from 'node:net'
import { domainToASCII } from 'node:url'

/** The object identifier of subjectAltName. */
export const subjectAltNameId = '2.5.29.17'

/** id-on-xmppAddr, 1.3.6.1.5.5.7.8.5, as DER. RFC 6120 §13.7.1.4. */
const xmppAddressId = Uint8Array.of(0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x05)

function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  return Buffer.concat([Uint8Array.of(tag, ...derLength(length)), ...contents])
}

function derLength(length: number): number[] {
  if (length < 128) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

/** The IP address a domain is, without brackets; `undefined` for a name. */
export function addressOf(domain: string): string | undefined {
  const plain = domain.startsWith('[') && domain.endsWith(']') ? domain.slice(1, -1) : domain
  return isIP(plain) === 0 ? undefined : plain
}

/** The name a domain has in DNS; '' for what can have none. */
export function dnsNameOf(domain: string): string {
  return domainToASCII(domain)
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number))
  const { hostname } = new URL(`http://[${address}]`) // groups in hexadecimal, the longest run of zeros as '::'
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map(half => half.split(':').filter(group => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return Uint8Array.from(
    [...head, ...zeros, ...tail]
      .map(group => Number.parseInt(group, 16))
      .flatMap(group => [group >> 8, group & 0xff]),
  )
}

function networkName(domain: string): Uint8Array {
  const address = addressOf(domain)
  return address === undefined
    ? der(0x82, Buffer.from(dnsNameOf(domain), 'ascii'))
    : der(0x87, addressBytes(address))
}

function xmppAddress(domain: string): Uint8Array {
  return der(0xa0, xmppAddressId, der(0xa0, der(0x0c, Buffer.from(domain, 'utf8'))))
}

/** The extension's value for domains: a DNS name and an XMPP address for each. */
export function subjectAltName(domains: readonly string[]): Uint8Array {
  return der(0x30, ...domains.flatMap(domain => [networkName(domain), xmppAddress(domain)]))
}
