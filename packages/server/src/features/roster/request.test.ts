import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { Stanza } from '../../router/stanza.ts'
import { keptRequest, requestOf } from './request.ts'

const from = parseBareJid('romeo@montague.example')
const to = parseBareJid('juliet@montague.example')
const addressed = "from='romeo@montague.example' to='juliet@montague.example' type='subscribe'"
const header = { kind: 'presence', type: 'subscribe', from, to } as const

const whole: readonly [what: string, stanza: Stanza][] = [
  ['nothing but the wish', Stanza.composed(header, '')],
  ['an id and a language', Stanza.composed({ ...header, id: `<'&">`, lang: 'it' }, '')],
  ['a status and an extension', Stanza.composed(header, "<status>&amp;</status><x xmlns='urn:x'><y/></x>")],
  ['a child that looks like a request itself', Stanza.composed(header, "<presence from='a@b' id='x'/>")],
]

for (const [what, stanza] of whole)
  test(`a request with ${what} is told as it came (RFC 6121 §3.1.3)`, () => {
    const { id, lang } = stanza
    const told = requestOf(from, to, keptRequest(stanza))
    assert.deepEqual([told.type, told.from, told.to, told.id, told.lang], ['subscribe', from, to, id, lang])
    assert.deepEqual(told.element().children, stanza.element().children)
  })

const earlier: readonly [kept: string | undefined, told: string][] = [
  [undefined, `<presence ${addressed}/>`],
  ['', `<presence ${addressed}/>`],
  ['<status>Will you?</status>', `<presence ${addressed}><status>Will you?</status></presence>`],
]

for (const [kept, told] of earlier)
  test(`what earlier versions kept of a request is told as well: ${kept ?? 'nothing'} (RFC 6121 §3.1.3)`, () => {
    assert.equal(requestOf(from, to, kept).toText(), told)
  })
