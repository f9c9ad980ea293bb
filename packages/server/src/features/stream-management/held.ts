/** A stanza sent and not acknowledged, and the copies of one message that several resources got. */
import { type BareJid, tryJid } from '@waxwing/jid'
import { ArchiveResult, CLIENT_NS, type StanzaKind } from '@waxwing/protocol'
import { parseElement } from '@waxwing/xml'
import { payloadOf, Stanza } from '../../router/stanza.ts'
import type { OutgoingRow } from './rows.ts'

export interface Held {
  /** Which stanza of the session it is, from 1; never taken modulo anything. */
  number: number
  /** When it was sent, ms since 1970. */
  readonly at: number
  readonly stanza: Stanza
  /** How much memory it holds, roughly. */
  readonly bytes: number
  /** It is in the store, too: a message, and not one that can be asked for again. */
  readonly isKept: boolean
  /** `undefined` when nobody else got it. */
  readonly copies: Copies | undefined
}

/** A message that went to several resources: it is lost only when the last of them goes without having it. */
export class Copies {
  readonly key: string
  readonly total: number
  #holders = 0
  #open = 0
  #isTaken = false

  constructor(key: string, total: number) {
    this.key = key
    this.total = total
  }

  /** One more session answers for a copy. */
  hold(): void {
    this.#holders++
    this.#open++
  }

  /** A client has acknowledged its copy. */
  taken(): void {
    this.#isTaken = true
  }

  /** A session is over with its copy not acknowledged. @returns whether nobody else has the message */
  left(): boolean {
    this.#open--
    // Copies nobody answers for were written to plain streams, or acknowledged before a restart.
    return this.#open === 0 && !this.#isTaken && this.#holders === this.total
  }
}

/** Whether a stanza outlives the process: answers of an archive, and what is no message, can be asked for again. */
export function isKept(stanza: Stanza, account: BareJid): boolean {
  if (stanza.kind !== 'message') return false
  return stanza.from !== account || stanza.headNs !== ArchiveResult.ns
}

export function rowOf({ at, stanza, copies }: Held): OutgoingRow {
  return { at, stanza: stanza.toText(), shared: copies?.key, copies: copies?.total }
}

/** A stanza as it was kept; `undefined` when its addresses make no sense (any more). */
export function stanzaFrom(text: string): Stanza | undefined {
  // What this server wrote was within its limits when it came, and has grown a little since.
  const element = parseElement(text, { ns: CLIENT_NS, limits: 'none' })
  const from = tryJid(element.attrs.get('from') ?? '')
  const to = tryJid(element.attrs.get('to') ?? '')
  const kind = kinds.find(name => name === element.name)
  if (from === undefined || kind === undefined) return undefined
  const { attrs } = element
  const header = { kind, from, to, type: attrs.get('type'), id: attrs.get('id'), lang: attrs.get('xml:lang') }
  return Stanza.composed(header, payloadOf(element))
}

const kinds: readonly StanzaKind[] = ['message', 'presence', 'iq']
