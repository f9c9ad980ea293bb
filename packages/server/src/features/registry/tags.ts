/** What is said of a thing, as plain data. XEP-0347 §5.2. */
import { createHash } from 'node:crypto'
import { stanzaError, type Tag } from '@waxwing/protocol'

export type TagValue = string | number

/** Values by names in capitals; what a name means does not hang on the case of its letters. */
export interface Tags extends Iterable<readonly [name: string, value: TagValue]> {
  readonly size: number
  get(name: string): TagValue | undefined
}

export interface TagRules {
  /** Tags one thing may have. */
  readonly maxTags: number
}

/** Characters of a name: as many as the newest generation allows. */
export const maxTagName = 64
/** Characters of a text. XEP-0347 §5.2. */
export const maxTagText = 128

/** The tag that thing and owner alone know. XEP-0347 §3.15. */
export const keyTag = 'KEY'

const forbiddenInNames = /[:#\s]/u

/** The name as it is kept. @throws StanzaError bad-request */
export function tagName(name: string): string {
  if (name === '' || name.length > maxTagName || forbiddenInNames.test(name))
    throw stanzaError('bad-request', 'That is no name of a tag')
  return name.toUpperCase()
}

/** Tags as they came, the key apart. @throws StanzaError bad-request */
export function readTags(list: readonly Tag[], rules: TagRules): { tags: Tags; key: string | undefined } {
  if (list.length > rules.maxTags + 1) throw stanzaError('not-acceptable', 'That are too many tags')
  const tags = new Map<string, TagValue>()
  for (const { name: given, value } of list) {
    const name = tagName(given)
    if (tags.has(name)) throw stanzaError('bad-request', `${name} is there twice`)
    if (typeof value === 'string' && isTooLong(value))
      throw stanzaError('not-acceptable', `${name} is too long`)
    tags.set(name, value)
  }
  const key = tags.get(keyTag)
  tags.delete(keyTag)
  return { tags, key: key === undefined || key === '' ? undefined : String(key) }
}

/** Characters are counted, not halves of them: a text of birds may be as long as one of letters. */
function isTooLong(text: string): boolean {
  return text.length > maxTagText && (text.length > 2 * maxTagText || Array.from(text).length > maxTagText)
}

/** Tags with changes: those with an empty text go. XEP-0347 §3.13. @throws StanzaError not-acceptable */
export function merged(before: Tags, changes: Tags, rules: TagRules): Tags {
  const tags = new Map<string, TagValue>(before)
  for (const [name, value] of changes) {
    if (value === '') tags.delete(name)
    else tags.set(name, value)
  }
  if (tags.size > rules.maxTags) throw stanzaError('not-acceptable', 'That are too many tags')
  return tags
}

export function asList(tags: Tags): readonly Tag[] {
  return [...tags].map(([name, value]) =>
    typeof value === 'string' ? { kind: 'str', name, value } : { kind: 'num', name, value },
  )
}

/** The same for the same tags, whatever their order: a claim names all of them. XEP-0347 §3.9. @returns 22 characters */
export function claimOf(tags: Tags): string {
  return digestOf(JSON.stringify([...tags].sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** 128 bits of SHA-256. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest().toString('base64url', 0, 16)
}

export function sameTags(one: Tags, other: Tags): boolean {
  if (one.size !== other.size) return false
  for (const [name, value] of one) if (other.get(name) !== value) return false
  return true
}
