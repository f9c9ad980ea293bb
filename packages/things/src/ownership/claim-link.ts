/** Links that say which thing is meant: on a label, as a QR code, in a message. XEP-0347 §3.9. */
import { formatXmppUri, parseJid, parseXmppUri } from '@waxwing/jid'
import type { SearchCondition, Tag } from '@waxwing/protocol'
import { conditionOf, type Operator } from './conditions.ts'

/** What is said of a thing: texts and numbers by their names. XEP-0347 §5.2 has the usual ones. */
export type Meta = Readonly<Record<string, string | number>>

/** What one needs to make a thing one's own. */
export interface ClaimLink {
  /** With `KEY`, which only thing and owner know. */
  readonly meta: Meta
  /** Where the thing is registered; `undefined`: at the registry of one's own server. */
  readonly registry?: string | undefined
}

/** What things one looks for. */
export interface SearchLink {
  readonly conditions: readonly SearchCondition[]
  readonly registry?: string | undefined
}

/** A text that is no link to a thing. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
}

interface Term {
  readonly isNumber: boolean
  readonly name: string
  readonly operator: Operator
  readonly value: string
}

const registryTag = 'R'

/**
 * Reads `iotdisco:SN=…;KEY=…`, the older `IoTDisco;SN:…;KEY:…`, or `xmpp:registry?claim;SN=…;KEY=…`.
 *
 * @throws LinkError
 */
export function parseClaimLink(text: string): ClaimLink {
  const { terms, registry } = linkIn(text)
  const meta: Record<string, string | number> = {}
  for (const { isNumber, name, operator, value } of terms) {
    if (operator !== '=') throw new LinkError('This link looks for things; it claims none')
    if (Object.hasOwn(meta, name)) throw new LinkError(`${name} is there twice`)
    meta[name] = isNumber ? numberIn(name, value) : value
  }
  if (!Object.hasOwn(meta, 'KEY')) throw new LinkError('There is no KEY in this link')
  return { meta, registry }
}

/** Reads a link with conditions, such as `iotdisco:MAN=example.org;#V>=1`. @throws LinkError */
export function parseSearchLink(text: string): SearchLink {
  const { terms, registry } = linkIn(text)
  if (terms.some(({ name }) => name === 'KEY'))
    throw new LinkError('This link claims a thing; it looks for none')
  return { conditions: terms.map(termCondition), registry }
}

/** Reads `NAME=text`, `NAME~te*t` or `#NAME>=1`, as in links; numbers without `#` where the value is one. @throws LinkError */
export function parseCondition(text: string): SearchCondition {
  const term = termIn(text, uriTerm)
  const isNumber = term.isNumber || (term.operator !== '~' && isNumeric(term.value))
  return termCondition({ ...term, isNumber })
}

function termCondition({ isNumber, name, operator, value }: Term): SearchCondition {
  if (isNumber && operator === '~') throw new LinkError(`${name} is a number: it has no pattern`)
  return conditionOf(name, operator, isNumber ? numberIn(name, value) : value)
}

/** @throws TypeError for a name that no tag may have */
export function formatClaimLink(
  { meta, registry }: ClaimLink,
  scheme: 'iotdisco' | 'xmpp' = 'iotdisco',
): string {
  const named = Object.entries(meta).map(([name, value]) => {
    if (!/^[^:#\s;=<>~\\%]{1,64}$/u.test(name)) throw new TypeError(`${name} is no name of a tag`)
    return [typeof value === 'number' ? `#${name}` : name, String(value)] as const
  })
  if (scheme === 'iotdisco') {
    const all = registry === undefined ? named : [...named, [registryTag, registry] as const]
    return `iotdisco:${all.map(([name, value]) => `${name}=${encoded(value)}`).join(';')}`
  }
  if (registry === undefined) throw new TypeError('An xmpp: link needs the registry')
  return formatXmppUri({ jid: parseJid(registry), action: 'claim', params: new Map(named) })
}

/** Tags as they are sent. */
export function tagsOf(meta: Meta): readonly Tag[] {
  return Object.entries(meta).map(([name, value]) =>
    typeof value === 'number' ? { kind: 'num', name, value } : { kind: 'str', name, value },
  )
}

/** Tags as they came. */
export function metaOf(tags: readonly Tag[]): Meta {
  return Object.fromEntries(tags.map(({ name, value }) => [name, value]))
}

function linkIn(text: string): { terms: readonly Term[]; registry: string | undefined } {
  const all = termsIn(text.trim())
  const terms = all.filter(({ name }) => name !== registryTag)
  if (terms.length === 0) throw new LinkError('This is no link to a thing')
  return { terms, registry: all.find(({ name }) => name === registryTag)?.value }
}

function termsIn(text: string): readonly Term[] {
  if (/^iotdisco;/i.test(text)) return split(text.slice(9)).map(part => termIn(part, oldTerm))
  if (/^iotdisco:/i.test(text)) return split(text.slice(9)).map(part => termIn(part, uriTerm))
  if (/^xmpp:/i.test(text)) return xmppTerms(text)
  throw new LinkError('Links to things begin with iotdisco: or xmpp:')
}

function xmppTerms(text: string): readonly Term[] {
  const { jid, action, params } = xmppUri(text)
  if (jid === undefined || action !== 'claim') throw new LinkError('This link claims no thing')
  const terms = [...params].map(([name, value]) => ({
    isNumber: name.startsWith('#'),
    name: name.replace(/^#/, '').toUpperCase(),
    operator: '=' as const,
    value,
  }))
  return [...terms, { isNumber: false, name: registryTag, operator: '=', value: jid }]
}

function xmppUri(text: string): ReturnType<typeof parseXmppUri> {
  try {
    return parseXmppUri(text)
  } catch (error) {
    throw new LinkError(error instanceof Error ? error.message : 'This is no xmpp: link')
  }
}

interface Spelling {
  readonly pattern: RegExp
  readonly hasPercent: boolean
}

const uriTerm: Spelling = { pattern: /^(#?)([^=<>~]+)(<=|>=|<>|=|<|>|~)(.*)$/su, hasPercent: true }
/** XEP-0347 §3.9. */
const oldTerm: Spelling = { pattern: /^(#?)([^:]+)(:)(.*)$/su, hasPercent: false }

function termIn(part: string, { pattern, hasPercent }: Spelling): Term {
  const [, hash = '', name = '', operator = '', written = ''] = pattern.exec(part) ?? []
  if (name === '') throw new LinkError(`"${part}" says nothing of a thing`)
  const plain = written.replaceAll(/\\(.)/gsu, '$1')
  return {
    isNumber: hash !== '' || (hasPercent && name.startsWith('%23')),
    name: name.replace(/^%23/, '').toUpperCase(),
    operator: operator === ':' ? '=' : (operator as Operator),
    value: hasPercent ? decoded(plain) : plain,
  }
}

/** At semicolons that have no backslash before them. */
function split(text: string): readonly string[] {
  return (text.match(/(?:\\.|[^;\\])+/gsu) ?? []).filter(part => part !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new LinkError('The percent-encoding is broken')
  }
}

/** What separates terms and escapes in any of the spellings, and what a URI cannot hold. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function isNumeric(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)
}

function numberIn(name: string, text: string): number {
  if (!isNumeric(text)) throw new LinkError(`${name} is no number`)
  return Number(text)
}
