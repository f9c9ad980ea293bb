/** Writes a rule as owners would. */
import { type BareJid, domainOf, type Jid, localOf } from '@waxwing/jid'
import type { FieldCategory, NodeRef } from '@waxwing/protocol'
import { formatDateTime } from '@waxwing/xml'
import type { Subject, Verb } from './rule.ts'

export interface RuleLine {
  readonly effect: 'allow' | 'deny'
  readonly subject: Subject
  readonly verb: Verb
  readonly thing: BareJid
  /** Absent: the thing itself and all nodes behind it. */
  readonly node?: NodeRef | undefined
  /** Empty: all. */
  readonly names: readonly string[]
  /** Empty: all. */
  readonly categories: readonly FieldCategory[]
  readonly until?: Date | undefined
}

export function writeRule({
  effect,
  subject,
  verb,
  thing,
  node,
  names,
  categories,
  until,
}: RuleLine): string {
  const parts = [effect, subjectText(subject), 'to', verb, word(thing)]
  if (node) parts.push(nodeText(node))
  if (names.length > 0) parts.push('only', names.map(nameText).join(', '))
  if (categories.length > 0) parts.push('types', categories.join(', '))
  if (until) parts.push('until', formatDateTime(until))
  return parts.join(' ')
}

/** Who somebody is to rules: a domain that speaks for itself has no account. */
export function accountSubject(jid: BareJid): Subject {
  return localOf(jid) === undefined ? domainSubject(jid) : { kind: 'account', jid }
}

export function domainSubject(jid: Jid): Subject {
  return { kind: 'domain', domain: domainOf(jid) }
}

function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'token':
      return `${subject.of ?? 'token'} ${nameText(subject.token)}`
    case 'account':
      return word(subject.jid)
    case 'tag':
      return `tag ${nameText(subject.name)}`
    case 'domain':
      return `domain ${word(subject.domain)}`
    case 'everyone':
      return 'everyone'
  }
}

function nodeText({ id, source, partition }: NodeRef): string {
  const parts = ['node', nameText(id)]
  if (source !== undefined) parts.push('source', nameText(source))
  if (partition !== undefined) parts.push('partition', nameText(partition))
  return parts.join(' ')
}

/** An address as it is, where nothing in it means something else to rules. */
function word(text: string): string {
  return /^[^\s",#\\][^\s",\\]*$/.test(text) ? text : quoted(text)
}

/** A name as rules have it. A line break in it would make two lines of one. */
function nameText(name: string): string {
  const plain = name.replaceAll(/\s+/g, ' ')
  return /^[\w.-]+$/.test(plain) ? plain : quoted(plain)
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
