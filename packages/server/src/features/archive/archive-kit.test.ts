// What tests of the archive share: people who talk, and how one asks.
import assert from 'node:assert/strict'
import type { Peer, Scene } from '@waxwing/testkit'
import { childOf, type Element, elementsOf, textOf } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

export const mam = 'urn:xmpp:mam:2'

/** One answered query: what was sent, and the end. */
export interface Answer {
  readonly results: readonly Element[]
  readonly fin: Element
}

/** Asks and takes everything up to the end. `inside` goes into the query. */
export async function ask(peer: Peer, inside = '', attributes = ''): Promise<Answer> {
  await peer.sends(`<iq type='set' id='q'><query xmlns='${mam}' ${attributes}>${inside}</query></iq>`)
  const results: Element[] = []
  for (;;) {
    const next = await peer.takes('a result or the end')
    if (next.name === 'iq') {
      assert.equal(next.attrs.get('type'), 'result', 'the query was refused')
      return { results, fin: childOf(next, mam, 'fin') ?? assert.fail('no <fin/>') }
    }
    results.push(childOf(next, mam, 'result') ?? assert.fail('no <result/>'))
  }
}

/** A form with these fields. */
export function form(fields: Readonly<Record<string, string | readonly string[]>>): string {
  const all = Object.entries({ FORM_TYPE: mam, ...fields })
  const written = all.map(([name, values]) => {
    const each = typeof values === 'string' ? [values] : values
    return `<field var='${name}'>${each.map(value => `<value>${value}</value>`).join('')}</field>`
  })
  return `<x xmlns='jabber:x:data' type='submit'>${written.join('')}</x>`
}

export const page = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`

export function messageIn(result: Element): Element {
  const wrapped = childOf(result, 'urn:xmpp:forward:0', 'forwarded')
  return (wrapped && childOf(wrapped, 'jabber:client', 'message')) ?? assert.fail('no message')
}

export function bodyOf(message: Element): string {
  const body = childOf(message, 'jabber:client', 'body')
  return body ? textOf(body) : ''
}

export const bodies = ({ results }: Answer): readonly string[] => results.map(r => bodyOf(messageIn(r)))
export const idsOf = ({ results }: Answer): readonly string[] => results.map(r => r.attrs.get('id') ?? '')

/** What `<fin/>` says, in short. */
export function finOf({ fin }: Answer): Readonly<Record<string, string | undefined>> {
  const set = elementsOf(fin)[0]
  const of = (name: string): Element | undefined => set && childOf(set, set.ns, name)
  const text = (name: string): string | undefined => {
    const found = of(name)
    return found && textOf(found)
  }
  return {
    complete: fin.attrs.get('complete'),
    first: text('first'),
    index: of('first')?.attrs.get('index'),
    last: text('last'),
    count: text('count'),
  }
}

/** The id an archive has stamped on a message. */
export function stampOf(message: Element, by: string): string | undefined {
  const found = elementsOf(message).find(
    ({ ns, name, attrs }) => ns === 'urn:xmpp:sid:0' && name === 'stanza-id' && attrs.get('by') === by,
  )
  return found?.attrs.get('id')
}

/** Ten messages of both, a second apart, with Juliet's ids of them. */
export async function talked(host: Scene): Promise<{ romeo: Peer; juliet: Peer; ids: readonly string[] }> {
  const { romeo, juliet } = await pair(host)
  for (let n = 0; n < 10; n++) {
    const [from, to] = n % 2 === 0 ? [romeo, julietJid] : [juliet, romeoJid]
    await from.sends(`<message to='${to}' type='chat' id='m${n}'><body>${n}</body></message>`)
    await host.advance(1_000)
  }
  await romeo.forgets()
  await juliet.forgets()
  return { romeo, juliet, ids: idsOf(await ask(juliet)) }
}
