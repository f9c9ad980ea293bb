import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  bareJid,
  bareOf,
  domainOf,
  fullJid,
  isFull,
  JidError,
  jid,
  localOf,
  parseBareJid,
  parseFullJid,
  parseJid,
  resourceOf,
  sameBare,
  tryJid,
  withResource,
} from './index.ts'

test('an address gives its parts (RFC 7622 §3.1)', () => {
  const rows = [
    ['juliet@example.com/balcony', 'juliet', 'example.com', 'balcony', 'juliet@example.com'],
    ['juliet@example.com', 'juliet', 'example.com', undefined, 'juliet@example.com'],
    ['example.com', undefined, 'example.com', undefined, 'example.com'],
    ['example.com/a@b/c', undefined, 'example.com', 'a@b/c', 'example.com'],
    ['a@example.com/@/@', 'a', 'example.com', '@/@', 'a@example.com'],
  ] as const
  for (const [text, local, domain, resource, bare] of rows) {
    const address = parseJid(text)
    assert.equal(localOf(address), local)
    assert.equal(domainOf(address), domain)
    assert.equal(resourceOf(address), resource)
    assert.equal(bareOf(address), bare)
    assert.equal(isFull(address), resource !== undefined)
  }
})

test('addresses are built from unprepared parts (RFC 7622 §3.3 to §3.4)', () => {
  const bare = bareJid('Juliet', 'Example.COM.')
  assert.equal(bare, 'juliet@example.com')
  assert.equal(fullJid(bare, 'Balcony'), 'juliet@example.com/Balcony')
  assert.equal(withResource(parseJid('juliet@example.com/a'), 'b'), 'juliet@example.com/b')
  assert.equal(jid(undefined, 'example.com', 'a/b'), 'example.com/a/b')
  assert.equal(jid('a', 'b'), 'a@b')
  assert.ok(sameBare(parseJid('a@b/c'), parseJid('A@B')))
  assert.ok(!sameBare(parseJid('a@b/c'), parseJid('b/c')))
})

test('a part cannot bring in another one (RFC 7622 §3.1)', () => {
  assert.throws(() => bareJid('a@b', 'example.com'), JidError)
  assert.throws(() => bareJid('a/b', 'example.com'), JidError)
  assert.throws(() => bareJid('a', 'example.com/b'), JidError)
  assert.throws(() => bareJid(undefined, 'a@example.com'), JidError)
  assert.throws(() => bareJid('', 'example.com'), JidError)
  assert.throws(() => fullJid(bareJid('a', 'b'), ''), JidError)
})

test('bare and full addresses are told apart (RFC 6120 §1.4)', () => {
  assert.equal(parseBareJid('a@b'), 'a@b')
  assert.equal(parseFullJid('a@b/c'), 'a@b/c')
  assert.throws(() => parseBareJid('a@b/c'), { name: 'JidError', part: 'resourcepart' })
  assert.throws(() => parseFullJid('a@b'), { name: 'JidError', part: 'resourcepart', reason: 'is missing' })
  assert.equal(tryJid('a@b/c'), 'a@b/c')
  assert.equal(tryJid('a@'), undefined)
})

test('an error names part and reason, and the condition to answer with (RFC 6120 §8.3.3.8)', () => {
  assert.throws(() => parseJid('\u265a@example.com'), {
    condition: 'jid-malformed',
    part: 'localpart',
    message: 'localpart: U+265A is not allowed here',
  })
})

const part = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...Array.from('aA1.-@/ \u00df\u03a3\u0301\u05d0\u0661\u200d\u30a2\uff21\u4f8b_xn')),
    maxLength: 8,
  }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.stringMatching(/^[a-z0-9.-]{1,8}$/),
)
const texts = fc
  .tuple(part, fc.constantFrom('', '@'), part, fc.constantFrom('', '/'), part)
  .map(pieces => pieces.join(''))

test('a prepared address is its own prepared form, and the sum of its parts (RFC 7622 §3)', () => {
  let valid = 0
  fc.assert(
    fc.property(texts, text => {
      const address = tryJid(text)
      if (address === undefined) return
      valid++
      assert.equal(parseJid(address), address)
      assert.equal(jid(localOf(address), domainOf(address), resourceOf(address)), address)
    }),
    { numRuns: 5000 },
  )
  assert.ok(valid > 100, `${valid} of 5000 were addresses`)
})

test('the quick look and the full preparation agree on ASCII (RFC 7622 §3)', () => {
  const unit = fc.constantFrom(...Array.from('ab1.-@/x '))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), text => {
      // capitals take the slow path, and preparation makes both spellings one
      const slash = text.indexOf('/')
      const end = slash < 0 ? text.length : slash
      const loud = text.slice(0, end).toUpperCase() + text.slice(end)
      assert.equal(tryJid(loud), tryJid(text))
    }),
    { numRuns: 5000 },
  )
})
