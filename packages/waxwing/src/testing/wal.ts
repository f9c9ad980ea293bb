/** Where a write-ahead log of SQLite ends, and cutting it off there. https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'

const headerBytes = 32
const frameHeaderBytes = 24
const markBytes = 16

/** A point in a log: the salts it was begun with, and the length up to there. */
export interface WalMark {
  readonly salts: string
  readonly end: number
}

function read(file: number, at: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  return readSync(file, bytes, 0, length, at) === length ? bytes : undefined
}

function saltsOf(file: number): { salts: string; pageBytes: number } | undefined {
  const header = read(file, 0, headerBytes)
  return header && { salts: header.toString('hex', 16, 24), pageBytes: header.readUInt32BE(8) }
}

/** The end of the frames that belong to the log: behind it lie those of an older one, or nothing. */
export function walEnd(path: string, from?: WalMark): WalMark | undefined {
  if (!existsSync(path)) return undefined
  const file = openSync(path, 'r')
  try {
    const header = saltsOf(file)
    if (!header) return undefined
    const { salts, pageBytes } = header
    const size = fstatSync(file).size
    let end = from?.salts === salts ? from.end : headerBytes
    for (; end + frameHeaderBytes + pageBytes <= size; end += frameHeaderBytes + pageBytes)
      if (read(file, end + 8, 8)?.toString('hex') !== salts) break
    return { salts, end }
  } finally {
    closeSync(file)
  }
}

export function writtenMark({ salts, end }: WalMark): Buffer {
  const bytes = Buffer.alloc(markBytes)
  bytes.write(salts, 'hex')
  bytes.writeBigUInt64BE(BigInt(end), 8)
  return bytes
}

/**
 * Takes from a database, which nobody has open, what no fsync had covered: the log is cut off behind the last commit that
 * had returned. A log begun anew since then had no commit of its own; what it replaced is in the database.
 *
 * @returns how many bytes are gone
 */
export function cutPower(database: string, markFile: string): number {
  const path = `${database}-wal`
  if (!existsSync(path)) return 0
  const bytes = existsSync(markFile) ? readFileSync(markFile) : Buffer.alloc(0)
  const mark =
    bytes.length === markBytes
      ? { salts: bytes.toString('hex', 0, 8), end: Number(bytes.readBigUInt64BE(8)) }
      : undefined
  const written = walEnd(path)?.end ?? 0
  const file = openSync(path, 'r+')
  try {
    const keeps = mark !== undefined && saltsOf(file)?.salts === mark.salts ? mark.end : 0
    ftruncateSync(file, keeps)
    return Math.max(0, written - keeps)
  } finally {
    closeSync(file)
  }
}
