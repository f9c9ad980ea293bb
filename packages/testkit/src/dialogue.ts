/** Plays the examples of a specification against a server: what its people say is said, what they hear is compared. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { bareOf, parseJid } from '@waxwing/jid'
import { CLIENT_NS } from '@waxwing/protocol'
import { type Element, elementsOf, parseElement, withoutIndentation, writeElement } from '@waxwing/xml'
import { differenceFrom } from './pattern.ts'
import type { Peer } from './peer.ts'

const titledFence = /^Example: (.*)\n```xml\n([\s\S]*?)^```$/gm

/** The text of a specification, where it is here: WAXWING_SPECS names the folder. */
export class Specification {
  readonly #file: string
  /** Why tests of it are skipped, `false` where it is here. */
  readonly skip: string | false

  /** @param xep its number, with four digits */
  constructor(xep: string) {
    const folder = process.env['WAXWING_SPECS']
    this.#file = resolve(folder ?? '', `xep-${xep}.md`)
    const isHere = folder !== undefined && existsSync(this.#file)
    this.skip = isHere ? false : `the text of XEP-${xep} is not here; set WAXWING_SPECS to its folder`
  }

  /** Its examples by their titles, in their order; of several with the same title the second is called `… (2)`. */
  get examples(): ReadonlyMap<string, string> {
    const all = new Map<string, string>()
    for (const [, title = '', text = ''] of readFileSync(this.#file, 'utf8').matchAll(titledFence))
      all.set(all.has(title) ? `${title} (2)` : title, text)
    return all
  }
}

/** What stands in the example, what stands here instead, and why. */
export type Change = readonly [there: string, here: string, why: string]

/** Places that the text leaves open, each on a line of its own: there may be more. */
const ellipsis = /^\s*\.\.\.\s*$/gm

export interface DialogueOptions {
  /** Puts an example into other words. */
  readonly worded?: (text: string) => string
  /** What stands for data in the text, and the data; asked for before each stanza. */
  readonly blanks?: () => ReadonlyMap<string, string>
  /** Whatever is heard. */
  readonly heard?: (found: Element) => void
}

export class Dialogue {
  /** Titles of the examples that were played. */
  readonly played = new Set<string>()
  readonly #texts: ReadonlyMap<string, string>
  readonly #peers = new Map<string, Peer>()
  /** Ids of requests that the server chose, by those of the text. */
  readonly #ids = new Map<string, string>()
  readonly #options: DialogueOptions

  constructor(specification: Specification, options: DialogueOptions = {}) {
    this.#options = options
    this.#texts = specification.examples
  }

  /** Somebody of the text is here. */
  joins(...peers: readonly Peer[]): void {
    for (const peer of peers) this.#peers.set(peer.name, peer)
  }

  /** Goes through the whole example: everybody says and hears their part. */
  async plays(title: string, ...changes: readonly Change[]): Promise<void> {
    for (const stanza of this.#stanzas(title, changes)) {
      if (this.#says(stanza)) await this.#send(this.#filled(stanza))
      else await this.#receive(this.#filled(stanza), this.#isOpen(title))
    }
  }

  /** Says what people say in the example, whatever the answer is there. */
  async asks(title: string, ...changes: readonly Change[]): Promise<void> {
    for (const stanza of this.#stanzas(title, changes))
      if (this.#says(stanza)) await this.#send(this.#filled(stanza))
  }

  /** Hears what people hear in the example, whatever was asked there. */
  async hears(title: string, ...changes: readonly Change[]): Promise<void> {
    for (const stanza of this.#stanzas(title, changes))
      if (!this.#says(stanza)) await this.#receive(this.#filled(stanza), this.#isOpen(title))
  }

  #filled(stanza: Element): Element {
    let text = writeElement(stanza, CLIENT_NS)
    for (const [blank, data] of this.#options.blanks?.() ?? []) text = text.replaceAll(blank, data)
    return parseElement(text, { ns: CLIENT_NS })
  }

  #stanzas(title: string, changes: readonly Change[]): readonly Element[] {
    const text = this.#texts.get(title) ?? assert.fail(`There is no example ${title}`)
    const plain = text.replaceAll(ellipsis, '').replaceAll(/<!--[^>]*-->/g, '')
    const mended = changes.reduce((now, [there, here]) => {
      assert.ok(now.includes(there), `${title} does not say ${there}`)
      return now.replaceAll(there, here)
    }, plain)
    this.played.add(title)
    const worded = this.#options.worded?.(mended) ?? mended
    const all = parseElement(`<all xmlns="${CLIENT_NS}">${worded}</all>`)
    return elementsOf(withoutIndentation(all)).filter(stanza => this.#concernsServer(stanza))
  }

  #isOpen(title: string): boolean {
    return this.#texts.get(title)?.search(ellipsis) !== -1
  }

  /** What people say to each other is for tests of people. */
  #concernsServer({ attrs }: Element): boolean {
    return [attrs.get('from'), attrs.get('to')].some(address => address?.includes('@') === false)
  }

  #says({ attrs }: Element): boolean {
    return attrs.get('from')?.includes('@') === true
  }

  async #send(stanza: Element): Promise<void> {
    const { attrs } = stanza
    const id = this.#ids.get(attrs.get('id') ?? '')
    const isAnswer = attrs.get('type') === 'result' || attrs.get('type') === 'error'
    const own = new Map(attrs)
    if (isAnswer && id !== undefined) own.set('id', id)
    await this.#peerOf(stanza, 'from').sends(writeElement({ ...stanza, attrs: own }, CLIENT_NS))
  }

  /** @param isOpen there may be more than the example has */
  async #receive(stanza: Element, isOpen: boolean): Promise<void> {
    const { attrs } = stanza
    const peer = this.#peerOf(stanza, 'to')
    const id = attrs.get('id')
    const condition = conditionIn(stanza)
    if (condition) {
      await peer.receivesError(stanza.name, id, ...condition)
      return
    }
    const found = await peer.takes(writeElement(stanza, CLIENT_NS))
    this.#options.heard?.(found)
    const isRequest = attrs.get('type') === 'set' || attrs.get('type') === 'get'
    const wanted = new Map(attrs)
    // Requests of ours have ids of our own.
    if (isRequest) wanted.delete('id')
    if (isRequest && id !== undefined) this.#ids.set(id, found.attrs.get('id') ?? '')
    const pattern = { ...stanza, attrs: wanted }
    const different = isOpen ? missingFrom(pattern, found) : differenceFrom(pattern, found)
    assert.equal(different, undefined, `${writeElement(found, CLIENT_NS)}\n${different}`)
  }

  #peerOf({ attrs }: Element, end: 'from' | 'to'): Peer {
    const address = attrs.get(end) ?? ''
    const full = this.#peers.get(address)
    if (full) return full
    for (const [name, peer] of this.#peers) if (bareOf(parseJid(name)) === address) return peer
    assert.fail(`Nobody here is ${address}`)
  }
}

/** Of an error its type and its condition count, not its words. Some examples of errors call themselves results. */
function conditionIn(stanza: Element): readonly [type: string, condition: string] | undefined {
  const error = elementsOf(stanza).find(({ name }) => name === 'error')
  const [condition] = error ? elementsOf(error) : []
  return error && condition && [error.attrs.get('type') ?? '', condition.name]
}

/** The first part of the payload that is not among what was found. */
function missingFrom(wanted: Element, found: Element): string | undefined {
  const [mine] = elementsOf(wanted)
  const [theirs] = elementsOf(found)
  if (!mine || !theirs) return 'there is no payload'
  const whole = differenceFrom({ ...mine, children: [] }, { ...theirs, children: [] })
  if (whole !== undefined) return whole
  const parts = elementsOf(theirs)
  const missing = elementsOf(mine).find(one => parts.every(part => differenceFrom(one, part) !== undefined))
  return missing && `there is no ${writeElement(missing)}`
}
