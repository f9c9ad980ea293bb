import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { JidError, parseJid } from './index.ts'

type Row = readonly [input: string, expected: string, note: string]

function rowsOf(name: string): readonly Row[] {
  const text = readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8')
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return lines.map(line => {
    const [input = '', expected = '', note = ''] = line.split('\t')
    return [spelledOut(input), spelledOut(expected), note]
  })
}

function spelledOut(text: string): string {
  const characters = text.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
  return characters.replace(/\\r\{([0-9]+),([^}]*)\}/g, (_, count: string, part: string) =>
    part.repeat(Number(count)),
  )
}

test('every valid address has its one prepared form, which is prepared already (RFC 7622 §3)', () => {
  const rows = rowsOf('jid-valid.txt')
  assert.ok(rows.length >= 60)
  for (const [input, expected, note] of rows) {
    assert.equal(parseJid(input), expected, note)
    assert.equal(parseJid(expected), expected, note)
  }
})

test('every invalid address is refused for the part at fault (RFC 7622 §3)', () => {
  const rows = rowsOf('jid-invalid.txt')
  assert.ok(rows.length >= 60)
  for (const [input, part, note] of rows) {
    assert.throws(
      () => parseJid(input),
      error => error instanceof JidError && error.part === part,
      `${JSON.stringify(input.slice(0, 60))}: ${note}`,
    )
  }
})
