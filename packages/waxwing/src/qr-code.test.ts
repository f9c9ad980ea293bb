/** QR codes, read again from what is shown and from what is written. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, inflateSync } from 'node:zlib'
import { decodeQR } from 'qr/decode.js'
import { type Modules, qrCode, toLines, toPng } from './qr-code.ts'

const link = `iotdisco:SN=4711;MAN=example.org;MODEL=Lamp;#V=1.5;KEY=${'0123456789abcdef'.repeat(4)};R=registry.example.org`

/** As a camera would see it. */
function scanned(modules: Modules, scale = 4): string {
  const side = modules.length * scale
  const data = new Uint8Array(side * side * 3).fill(255)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (modules[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        data.fill(0, (y * side + x) * 3, (y * side + x) * 3 + 3)
  return decodeQR({ width: side, height: side, data })
}

/** The modules that half blocks show on a dark terminal. */
function shownBy(lines: readonly string[]): Modules {
  const dark = { '█': [false, false], '▀': [false, true], '▄': [true, false], ' ': [true, true] } as const
  return lines.flatMap(line =>
    [0, 1].map(half =>
      Array.from(line, block => {
        assert.ok(block === '█' || block === '▀' || block === '▄' || block === ' ', block)
        return dark[block][half] ?? false
      }),
    ),
  )
}

interface Chunk {
  readonly name: string
  readonly data: Buffer
}

function* chunksOf(png: Buffer): Generator<Chunk> {
  for (let at = 8; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at)
    assert.equal(png.readUInt32BE(end), crc32(png.subarray(at + 4, end)))
    yield { name: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, end) }
    at = end + 4
  }
}

/** The pixels of a PNG of one bit, dark ones `true`. */
function pixelsOf(png: Buffer): Modules {
  const [head, rows, end] = [...chunksOf(png)]
  assert.deepEqual([head?.name, rows?.name, end?.name], ['IHDR', 'IDAT', 'IEND'])
  const side = head?.data.readUInt32BE(0) ?? 0
  assert.deepEqual([...(head?.data.subarray(8) ?? [])], [1, 0, 0, 0, 0])
  const bytes = inflateSync(rows?.data ?? Buffer.alloc(0))
  const rowBytes = bytes.length / side
  return Array.from({ length: side }, (_, y) =>
    Array.from(
      { length: side },
      (_, x) => ((bytes[y * rowBytes + 1 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) === 0,
    ),
  )
}

for (const text of [link, 'iotdisco:SN=1;KEY=x', 'xmpp:registry.example.org?claim;SN=ü%20ß;KEY=x'])
  test(`${text.slice(0, 20)}… can be read from a terminal and from a picture`, () => {
    const modules = qrCode(text)
    assert.equal(scanned(modules), text)
    assert.equal(scanned(shownBy(toLines(modules, false))), text)
    assert.equal(scanned(pixelsOf(Buffer.from(toPng(modules, 3))), 1), text)
  })

test('four light modules surround the code', () => {
  const modules = qrCode(link)
  const edge = [...modules.slice(0, 4), ...modules.slice(-4)].flat()
  const sides = modules.flatMap(row => [...row.slice(0, 4), ...row.slice(-4)])
  assert.ok(![...edge, ...sides].includes(true))
})

test('a link to a thing fits on a terminal of 80 columns', () => {
  assert.ok((toLines(qrCode(link), false)[0]?.length ?? 99) <= 80)
})

test('on a terminal the colours are those of paper', () => {
  for (const line of toLines(qrCode('x'), true))
    assert.ok(line.startsWith('\x1b[38;5;231;48;5;16m') && line.endsWith('\x1b[0m'))
})
