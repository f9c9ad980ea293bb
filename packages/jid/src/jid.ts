/** Addresses: RFC 7622. A `Jid` is a string in prepared form; only this module makes one. */
import { prepareDomain } from './domain.ts'
import { JidError } from './jid-error.ts'
import { prepareLocal, prepareResource } from './parts.ts'
import { isPlainJid } from './plain.ts'

declare const brand: unique symbol

/** `domain` or `local@domain`, prepared: equal addresses are equal strings. */
export type BareJid = string & { readonly [brand]: 'bare' }

/** `domain/resource` or `local@domain/resource`, prepared. */
export type FullJid = string & { readonly [brand]: 'full' }

/** Any prepared address. */
export type Jid = BareJid | FullJid

/**
 * Reads and prepares an address. One in plain lower-case ASCII comes back as the same string.
 *
 * @throws JidError naming the part at fault
 */
export function parseJid(text: string): Jid {
  if (isPlainJid(text)) return text as Jid
  const slash = text.indexOf('/')
  const head = slash < 0 ? text : text.slice(0, slash)
  const at = head.indexOf('@')
  const bare = bareJid(at < 0 ? undefined : head.slice(0, at), head.slice(at + 1))
  return slash < 0 ? bare : fullJid(bare, text.slice(slash + 1))
}

/** Reads an address that has no resourcepart. @throws JidError also when it has one */
export function parseBareJid(text: string): BareJid {
  const jid = parseJid(text)
  if (isFull(jid)) throw new JidError('resourcepart', 'is not wanted in a bare address')
  return jid
}

/** Reads an address that has a resourcepart. @throws JidError also when it has none */
export function parseFullJid(text: string): FullJid {
  const jid = parseJid(text)
  if (!isFull(jid)) throw new JidError('resourcepart', 'is missing')
  return jid
}

/** Reads an address, or gives `undefined` if the text is none. */
export function tryJid(text: string): Jid | undefined {
  try {
    return parseJid(text)
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}

/** An address from unprepared parts. @throws JidError */
export function jid(local: string | undefined, domain: string, resource?: string): Jid {
  const bare = bareJid(local, domain)
  return resource === undefined ? bare : fullJid(bare, resource)
}

/** A bare address from unprepared parts; `undefined` as localpart means the domain itself. @throws JidError */
export function bareJid(local: string | undefined, domain: string): BareJid {
  const host = prepareDomain(domain)
  return (local === undefined ? host : `${prepareLocal(local)}@${host}`) as BareJid
}

/** A full address from a bare one and an unprepared resourcepart. @throws JidError */
export function fullJid(bare: BareJid, resource: string): FullJid {
  return `${bare}/${prepareResource(resource)}` as FullJid
}

/** The address with this resourcepart in place of its own, if it had one. @throws JidError */
export function withResource(address: Jid, resource: string): FullJid {
  return fullJid(bareOf(address), resource)
}

/** Whether the address has a resourcepart. */
export function isFull(address: Jid): address is FullJid {
  return address.includes('/')
}

/** The address without its resourcepart. */
export function bareOf(address: Jid): BareJid {
  const slash = address.indexOf('/')
  return (slash < 0 ? address : address.slice(0, slash)) as BareJid
}

/** The localpart; `undefined` for a domain. */
export function localOf(address: Jid): string | undefined {
  const at = atOf(address)
  return at < 0 ? undefined : address.slice(0, at)
}

/** The domainpart. */
export function domainOf(address: Jid): string {
  const slash = address.indexOf('/')
  return address.slice(atOf(address) + 1, slash < 0 ? address.length : slash)
}

/** The resourcepart; `undefined` for a bare address. */
export function resourceOf(address: Jid): string | undefined {
  const slash = address.indexOf('/')
  return slash < 0 ? undefined : address.slice(slash + 1)
}

/** Whether two addresses are the same but for their resourceparts. */
export function sameBare(a: Jid, b: Jid): boolean {
  return bareOf(a) === bareOf(b)
}

/** Index of the `@` behind the localpart, or -1: one in the resourcepart does not count. */
function atOf(address: Jid): number {
  const at = address.indexOf('@')
  if (at < 0) return -1
  const slash = address.indexOf('/')
  return slash >= 0 && slash < at ? -1 : at
}
