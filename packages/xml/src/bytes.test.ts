import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bufferBytes, portableBytes } from './bytes.ts'
import { codePointAt, UNFINISHED, utf8Length } from './utf8.ts'

const nodeBytes = bufferBytes(Buffer)

test('ports give the same text, whether the bytes are a Buffer or not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
      const expected = text.toWellFormed()
      const buffer = Buffer.from(`<${expected}>`)
      const end = buffer.length - 1
      for (const bytes of [buffer, Uint8Array.from(buffer)]) {
        for (const port of [portableBytes, nodeBytes]) {
          assert.equal(port.utf8(bytes, 1, end), expected)
          assert.equal(port.name(bytes, 1, end), expected)
          if (end === expected.length + 1) assert.equal(port.latin1(bytes, 1, end), expected)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('a byte order mark in a text is kept', () => {
  for (const bytes of [Buffer.from('\ufeffx'), Uint8Array.from(Buffer.from('\ufeffx'))]) {
    assert.equal(portableBytes.utf8(bytes, 0, bytes.length), '\ufeffx')
  }
})

test('names remembered are not confused, whatever slot they share', () => {
  const names = Array.from({ length: 5000 }, (_, n) => `name-${n * 7919}`)
  for (const name of [...names, ...names]) {
    assert.equal(nodeBytes.name(Buffer.from(name), 0, name.length), name)
  }
})

test('names beyond ASCII are not taken for the letters of their bytes', () => {
  assert.equal(nodeBytes.name(Buffer.from('Ã¤'), 0, 4), 'Ã¤')
  assert.equal(nodeBytes.name(Buffer.from('ä'), 0, 2), 'ä')
})

test('every character is decoded, and counted with its length (RFC 3629 §3)', () => {
  for (let point = 0x80; point < 0x110000; point += point < 0x3000 ? 1 : 61) {
    if (point >= 0xd800 && point < 0xe000) continue
    const bytes = Buffer.from(String.fromCodePoint(point))
    assert.equal(codePointAt(bytes, 0, bytes.length), point)
    assert.equal(utf8Length(point), bytes.length)
    for (let end = 1; end < bytes.length; end++) assert.equal(codePointAt(bytes, 0, end), UNFINISHED)
  }
})

test('up to four arbitrary bytes are judged as Node judges them (RFC 3629 §4)', () => {
  const lead = fc.integer({ min: 0x80, max: 0xff })
  const others = fc.array(fc.oneof(fc.integer({ min: 0x80, max: 0xbf }), fc.nat(0xff)), { maxLength: 3 })
  fc.assert(
    fc.property(lead, others, (first, rest) => {
      const bytes = Uint8Array.of(first, ...rest)
      const point = codePointAt(bytes, 0, bytes.length)
      if (point >= 0) assert.ok(isUtf8(bytes.subarray(0, utf8Length(point))))
      else assert.equal(isUtf8(bytes), false)
    }),
    { numRuns: 3000 },
  )
})
