/** QR codes: for a terminal, and as a picture to print. ISO/IEC 18004 */
import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

/** Rows of modules, `true`: dark. The quiet zone around them is part of it. */
export type Modules = readonly (readonly boolean[])[]

/** ISO/IEC 18004 §6.3.8 */
const quietModules = 4

/** A text as a QR code. Throws when it is longer than a code can hold (2,953 bytes). */
export function qrCode(text: string): Modules {
  return encodeQR(text, 'raw', { ecc: 'low', border: quietModules })
}

/** Light modules are the ones drawn, since most terminals are dark. */
const blocks = ['█', '▄', '▀', ' '] as const

/**
 * Lines of half blocks, two rows of modules each.
 *
 * @param isColored black on white whatever the terminal's own colours are
 */
export function toLines(modules: Modules, isColored: boolean): readonly string[] {
  const lines: string[] = []
  for (let row = 0; row < modules.length; row += 2) {
    const upper = modules[row] ?? []
    const lower = modules[row + 1]
    const line = upper
      .map((isDark, column) => blocks[(isDark ? 1 : 0) + ((lower?.[column] ?? isDark) ? 2 : 0)])
      .join('')
    lines.push(isColored ? `\x1b[38;5;231;48;5;16m${line}\x1b[0m` : line)
  }
  return lines
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** A PNG file of one bit per pixel; `scale` pixels make a module. RFC 2083 */
export function toPng(modules: Modules, scale = 8): Uint8Array {
  const side = modules.length * scale
  const size = Buffer.alloc(13)
  size.writeUInt32BE(side, 0)
  size.writeUInt32BE(side, 4)
  size[8] = 1 // bit per pixel; the zeros behind it say: shades of grey, deflated, not interlaced
  return Buffer.concat([
    signature,
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(rowsOf(modules, scale))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Each row begins with the number of its filter: 0, none. */
function rowsOf(modules: Modules, scale: number): Buffer {
  const side = modules.length * scale
  const rowBytes = 1 + Math.ceil(side / 8)
  const rows = Buffer.alloc(rowBytes * side)
  for (let y = 0; y < side; y++) {
    const row = modules[Math.floor(y / scale)] ?? []
    for (let x = 0; x < side; x++) {
      if (row[Math.floor(x / scale)]) continue
      const at = y * rowBytes + 1 + (x >> 3)
      rows[at] = (rows[at] ?? 0) | (0x80 >> (x & 7))
    }
  }
  return rows
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}
