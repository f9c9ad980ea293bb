// Entity capabilities (XEP-0115): a hash of what service discovery would answer.
import { attr, element, string, type Wire } from '@waxwing/xml'
import { type DataForm, FORM_TYPE, fieldOf, formTypeOf } from './data-forms.ts'
import type { DiscoInfo, Identity } from './disco.ts'

const NS = 'http://jabber.org/protocol/caps'

/** Stands in presence and in stream features. XEP-0115 §4. */
export interface Caps {
  /** The hash function, such as `sha-1`; absent in the format of before 2007. */
  readonly hash?: string | undefined
  /** Which software, as a URI. */
  readonly node: string
  /** The hash in base64. §5. */
  readonly ver: string
}
export const Caps: Wire<Caps> = element(NS, 'c', {
  hash: attr('hash', string).maybe(),
  node: attr('node', string),
  ver: attr('ver', string),
})

/** i;octet order of the texts in UTF-8 (RFC 4790 §9.3), which is the order of code points. */
function byOctets(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const one = a.charCodeAt(i)
    const other = b.charCodeAt(i)
    if (one !== other) return rank(one) - rank(other)
  }
  return a.length - b.length
}

/** Surrogates stand for code points behind all others. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function hasRepeats(sorted: readonly string[]): boolean {
  return sorted.some((text, i) => i > 0 && text === sorted[i - 1])
}

/** Category, type and language; the name only makes the text complete. */
function identityParts({ category, type, lang = '', name = '' }: Identity): readonly string[] {
  return [category, type, lang, name]
}

function byParts(a: readonly string[], b: readonly string[]): number {
  for (const [i, part] of a.entries()) {
    const order = byOctets(part, b[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function formText(form: DataForm, formType: string): string {
  const fields = (form.fields ?? [])
    .filter(field => field.var !== undefined && field.var !== FORM_TYPE)
    .toSorted((a, b) => byOctets(a.var ?? '', b.var ?? ''))
  const lines = fields.flatMap(field => [field.var ?? '', ...field.values.toSorted(byOctets)])
  return [formType, ...lines].map(ended).join('')
}

function ended(text: string): string {
  return `${text}<`
}

/** FORM_TYPE and text of each form that counts, or `undefined` when the answer is ill-formed. §5.4 (3.5, 3.6). */
function formTexts(forms: readonly DataForm[]): string[] | undefined {
  const texts: [formType: string, text: string][] = []
  for (const form of forms) {
    if (new Set(fieldOf(form, FORM_TYPE)?.values).size > 1) return undefined
    const formType = formTypeOf(form)
    if (formType !== undefined) texts.push([formType, formText(form, formType)])
  }
  texts.sort(([a], [b]) => byOctets(a, b))
  return hasRepeats(texts.map(([formType]) => formType)) ? undefined : texts.map(([, text]) => text)
}

/**
 * The text whose hash, in base64, is `ver`; hash its UTF-8. XEP-0115 §5.1.
 *
 * @returns `undefined` when the information is ill-formed: something is there twice (§5.4, step 3)
 */
export function capsText(info: DiscoInfo): string | undefined {
  const identities = (info.identities ?? [])
    .map(identityParts)
    .toSorted(byParts)
    .map(parts => parts.join('/'))
  const features = (info.features ?? []).toSorted(byOctets)
  const forms = formTexts(info.forms ?? [])
  if (!forms || hasRepeats(identities) || hasRepeats(features)) return undefined
  return [...identities, ...features].map(ended).join('') + forms.join('')
}
