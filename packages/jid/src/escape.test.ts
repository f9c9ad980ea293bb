import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { escapeLocal, JidError, unescapeLocal } from './index.ts'

const examples = [
  ['space cadet', String.raw`space\20cadet`],
  ['call me "ishmael"', String.raw`call\20me\20\22ishmael\22`],
  ['at&t guy', String.raw`at\26t\20guy`],
  ["d'artagnan", String.raw`d\27artagnan`],
  ['/.fanboy', String.raw`\2f.fanboy`],
  ['::foo::', String.raw`\3a\3afoo\3a\3a`],
  ['<foo>', String.raw`\3cfoo\3e`],
  ['user@host', String.raw`user\40host`],
  [String.raw`c:\net`, String.raw`c\3a\net`],
  [String.raw`c:\\net`, String.raw`c\3a\\net`],
  [String.raw`c:\cool stuff`, String.raw`c\3a\cool\20stuff`],
  [String.raw`c:\5commas`, String.raw`c\3a\5c5commas`],
  ["here's_a_wild_&_/cr%zy/_address", String.raw`here\27s_a_wild_\26_\2fcr%zy\2f_address`],
  [String.raw`\3and\2is\5cool`, String.raw`\5c3and\2is\5c5cool`],
  [String.raw`\2plus\2is\4`, String.raw`\2plus\2is\4`],
  [String.raw`foo\bar`, String.raw`foo\bar`],
  [String.raw`foob\41r`, String.raw`foob\41r`],
] as const

test('the examples of the specification are escaped and read back (XEP-0106 §4.2, §4.3, §5)', () => {
  for (const [shown, escaped] of examples) {
    assert.equal(escapeLocal(shown), escaped)
    assert.equal(unescapeLocal(escaped), shown)
  }
})

test('a space is escaped neither first nor last, nor read there (XEP-0106 §3.2)', () => {
  assert.throws(() => escapeLocal(' a'), JidError)
  assert.throws(() => escapeLocal('a '), JidError)
  assert.equal(unescapeLocal(String.raw`\20a\20b\20`), String.raw`\20a b\20`)
})

test('only lower-case sequences are read, once (XEP-0106 §3.1, §4.1)', () => {
  assert.equal(unescapeLocal(String.raw`a\2Fb`), String.raw`a\2Fb`)
  assert.equal(unescapeLocal(String.raw`a\5c2fb`), String.raw`a\2fb`)
})

test('what looks like a sequence after case mapping is escaped too (XEP-0106 §4.1 and RFC 8265 §3.3)', () => {
  assert.equal(unescapeLocal(escapeLocal(String.raw`a\2Fb`).toLowerCase()), String.raw`a\2fb`)
})

test('every text without spaces at its ends comes back as it was (XEP-0106 §3)', () => {
  const unit = fc.constantFrom(...Array.from(String.raw`\\\2fca05 "&'/:<>@x`))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), text => {
      const inner = text.trim()
      assert.equal(unescapeLocal(escapeLocal(inner)), inner)
      assert.doesNotMatch(escapeLocal(inner), /[ "&'/:<>@]/)
    }),
    { numRuns: 3000 },
  )
})
