// Message processing hints (XEP-0334).
import { choice, element, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:hints'

/** What the sender of a message wishes of those on the way. XEP-0334 §4. */
export const hints = ['no-copy', 'no-permanent-store', 'no-store', 'store'] as const
export type HintName = (typeof hints)[number]

export interface Hint {
  readonly kind: HintName
}

const hint = (name: HintName): Wire<Empty> => element(NS, name, {})

/** A hint in a message. */
export const Hint: Wire<Hint> = choice({
  'no-copy': hint('no-copy'),
  'no-permanent-store': hint('no-permanent-store'),
  'no-store': hint('no-store'),
  store: hint('store'),
})
