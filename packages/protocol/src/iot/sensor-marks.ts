// Flags as attributes: absent means no.
import { attr, custom, type Field, type TextCodec } from '@waxwing/xml'

/** Reads anything; only `true` and `1` mean yes. */
export const mark: TextCodec<boolean> = custom(
  text => {
    const word = text.trim()
    return word === 'true' || word === '1'
  },
  String,
  'true or false',
)

/** Yes, no, or neither: for flags whose `false` says more than their absence. */
export const markOrUnknown: TextCodec<boolean | undefined> = custom(
  text => {
    const word = text.trim()
    if (word === 'true' || word === '1') return true
    return word === 'false' || word === '0' ? false : undefined
  },
  String,
  'true or false',
)

/** A flag for each word, spelled as the table says. */
export function marks<K extends string>(
  spelling: Readonly<Record<K, string>>,
): Readonly<Record<K, Field<boolean, boolean, 'defaulted'>>> {
  const entries = Object.entries<string>(spelling).map(([word, name]) => [word, attr(name, mark).or(false)])
  return Object.fromEntries(entries) as Record<K, Field<boolean, boolean, 'defaulted'>>
}

/** The words whose flag is set, in the order of the list. */
export function marked<K extends string>(
  words: readonly K[],
  raw: Readonly<Record<K, boolean>>,
): readonly K[] {
  return words.filter(word => raw[word])
}

/** The flags to set for these words. */
export function markAll<K extends string>(words: readonly K[]): { readonly [word in K]?: true } {
  const set: { [word in K]?: true } = {}
  for (const word of words) set[word] = true
  return set
}
