import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { PreparationError } from './preparation-error.ts'
import { nickname, nicknameKey, opaqueString, usernameCaseMapped } from './profiles.ts'
import { saslPrep } from './saslprep.ts'

type Profile = (text: string) => string

function prepares(profile: Profile, rows: readonly (readonly [input: string, expected: string])[]): void {
  for (const [input, expected] of rows) assert.equal(profile(input), expected, JSON.stringify(input))
}

function refuses(profile: Profile, rows: readonly (readonly [input: string, reason: string])[]): void {
  for (const [input, reason] of rows) {
    const isExpected = (error: unknown): boolean =>
      error instanceof PreparationError && error.reason === reason
    assert.throws(() => profile(input), isExpected, JSON.stringify(input))
  }
}

test('usernames of the specification are mapped to lower case (RFC 8265 §3.5, table 1)', () => {
  prepares(usernameCaseMapped, [
    ['juliet@example.com', 'juliet@example.com'],
    ['fussball', 'fussball'],
    ['fu\u00dfball', 'fu\u00dfball'],
    ['\u03c0', '\u03c0'],
    ['\u03a3', '\u03c3'],
    ['\u03c3', '\u03c3'],
    ['\u03c2', '\u03c2'],
    ['\uff21\uff22', 'ab'],
    ['Juliet', 'juliet'],
  ])
})

test('usernames that the specification refuses are refused (RFC 8265 §3.5, table 2)', () => {
  refuses(usernameCaseMapped, [
    ['foo bar', 'disallowed'],
    ['', 'empty'],
    ['henry\u2163', 'disallowed'],
    ['\u221e', 'disallowed'],
    ['\u0378', 'unassigned'],
    ['\u0375a', 'context'],
    ['\u05d0a', 'bidi'],
    ['a\u00b7', 'context'],
    ['l\u00b7', 'context'],
  ])
})

test('passwords keep case and width, and their spaces become one kind (RFC 8265 §4.3)', () => {
  prepares(opaqueString, [
    ['correct horse battery staple', 'correct horse battery staple'],
    ['Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['\u03c0\u00df\u00e5', '\u03c0\u00df\u00e5'],
    ['Jack of \u2666s', 'Jack of \u2666s'],
    ['foo\u1680bar', 'foo bar'],
    ['\u3000', ' '],
    ['A\u030a', '\u00c5'],
    ['\uff21', '\uff21'],
  ])
  refuses(opaqueString, [
    ['', 'empty'],
    ['my cat is a \u0009by', 'disallowed'],
    ['\ud800', 'disallowed'],
    ['\u0378', 'unassigned'],
  ])
})

test('nicknames lose surplus spaces and are compared without case (RFC 8266 §3, table 1)', () => {
  const rows = [
    ['Foo', 'Foo', 'foo'],
    ['foo', 'foo', 'foo'],
    ['Foo Bar', 'Foo Bar', 'foo bar'],
    ['  foo  bar ', 'foo bar', 'foo bar'],
    ['\u03a3', '\u03a3', '\u03c3'],
    ['\u03c3', '\u03c3', '\u03c3'],
    ['\u03c2', '\u03c2', '\u03c2'],
    ['\u265a', '\u265a', '\u265a'],
    ['Richard \u2163', 'Richard IV', 'richard iv'],
    ['a\u3000b', 'a b', 'a b'],
  ] as const
  prepares(
    nickname,
    rows.map(([input, shown]) => [input, shown]),
  )
  prepares(
    nicknameKey,
    rows.map(([input, , key]) => [input, key]),
  )
  refuses(nickname, [
    ['', 'empty'],
    [' \u00a0 ', 'empty'],
    ['a\u0000', 'disallowed'],
  ])
})

test('SASLprep gives the results of its specification (RFC 4013 §3)', () => {
  prepares(saslPrep, [
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['a\u00a0b', 'a b'],
    ['a\u200bb', 'a b'],
    ['\ufe0f', ''],
    ['\u0627\u0628', '\u0627\u0628'],
    ['\u06271\u0628', '\u06271\u0628'],
  ])
  refuses(saslPrep, [
    ['\u0007', 'disallowed'],
    ['\u06271', 'bidi'],
    ['\u0627a\u0628', 'bidi'],
    ['\ue000', 'disallowed'],
    ['\u{e0001}', 'disallowed'],
    ['\u{10ffff}', 'disallowed'],
    ['\ud800', 'disallowed'],
    ['\u2ff0', 'disallowed'],
  ])
})

// each pool is small enough that marks, joiners and digits meet
const pools = [
  [0x41, 0x61, 0x4c, 0x6c, 0xb7, 0x301, 0x308, 0x345, 0x130, 0x131, 0x149, 0x1f0, 0x1c5, 0x390],
  [0x3a3, 0x3c3, 0x3c2, 0x391, 0x375, 0x345, 0x301, 0x1fb3, 0x1f88, 0x1e9e, 0x20, 0xa0, 0xb4],
  [0x5d0, 0x5f3, 0x627, 0x661, 0x6f1, 0x31, 0x64b, 0x200c, 0x200d, 0x645, 0x6cc, 0x640],
  [0x915, 0x94d, 0x200c, 0x200d, 0x93c, 0x30a2, 0x30fb, 0x3099, 0xff76, 0xff9e, 0x3000, 0xac00, 0x11a8],
]
const fromPool = fc
  .constantFrom(...pools)
  .chain(pool => fc.array(fc.constantFrom(...pool), { maxLength: 8 }))
  .map(codePoints => String.fromCodePoint(...codePoints))
const anyText = fc.oneof(
  fromPool,
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: 'grapheme' }),
)

for (const profile of [usernameCaseMapped, opaqueString, nickname, nicknameKey]) {
  test(`what ${profile.name} prepared it leaves alone (RFC 8264 §7)`, () => {
    fc.assert(
      fc.property(anyText, text => {
        const once = resultOf(profile, text)
        if (once !== undefined) assert.equal(profile(once), once)
      }),
      { numRuns: 3000 },
    )
  })
}

function resultOf(profile: Profile, text: string): string | undefined {
  try {
    return profile(text)
  } catch (error) {
    assert.ok(error instanceof PreparationError)
    return undefined
  }
}
