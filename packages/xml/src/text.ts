import type { BytesPort } from './bytes.ts'
import { AMP, CR, HASH, LF, plainEnd, SEMICOLON, TAB, TEXT, VALUE } from './names.ts'

/** Character data as the reader of a document sees it: references resolved, line ends made LF (XML 1.0 §2.11). */
export function decodeText(port: BytesPort, bytes: Uint8Array, start: number, end: number): string {
  return decode(port, bytes, start, end, false)
}

/** An attribute value, normalised as CDATA: white space written literally becomes spaces (XML 1.0 §3.3.3). */
export function decodeValue(port: BytesPort, bytes: Uint8Array, start: number, end: number): string {
  return decode(port, bytes, start, end, true)
}

/** The content of a CDATA section: nothing but line ends changes. */
export function decodeRaw(port: BytesPort, bytes: Uint8Array, start: number, end: number): string {
  return port.utf8(bytes, start, end).replaceAll(/\r\n?/g, '\n')
}

function decode(port: BytesPort, bytes: Uint8Array, start: number, end: number, isValue: boolean): string {
  const plain = plainEnd(bytes, start, end, isValue ? VALUE : TEXT)
  if (plain === end) return port.latin1(bytes, start, end)
  for (let i = plain; i < end; i++) {
    if (changes(bytes[i] as number, isValue)) return decodePieces(port, bytes, start, i, end, isValue)
  }
  return port.utf8(bytes, start, end)
}

function changes(c: number, isValue: boolean): boolean {
  return c === AMP || c === CR || (isValue && (c === LF || c === TAB))
}

function decodePieces(
  port: BytesPort,
  bytes: Uint8Array,
  start: number,
  first: number,
  end: number,
  isValue: boolean,
): string {
  let text = ''
  let from = start
  for (let i = first; i < end; i++) {
    const c = bytes[i] as number
    if (!changes(c, isValue)) continue
    if (i > from) text += port.utf8(bytes, from, i)
    if (c === AMP) {
      const semicolon = indexOfByte(bytes, SEMICOLON, i)
      text += reference(port, bytes, i + 1, semicolon)
      i = semicolon
    } else {
      if (c === CR && i + 1 < end && bytes[i + 1] === LF) i++
      text += isValue ? ' ' : '\n'
    }
    from = i + 1
  }
  return from < end ? text + port.utf8(bytes, from, end) : text
}

/** What stands between `&` and `;`, already known to be one of the five names or a legal character. */
function reference(port: BytesPort, bytes: Uint8Array, start: number, end: number): string {
  const name = port.latin1(bytes, start, end)
  if (bytes[start] === HASH) {
    return String.fromCodePoint(name[1] === 'x' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10))
  }
  switch (name) {
    case 'lt':
      return '<'
    case 'gt':
      return '>'
    case 'quot':
      return '"'
    case 'apos':
      return "'"
    default:
      return '&'
  }
}

/** Where a byte is that is known to come; a plain loop, because it mostly comes soon. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  let i = from
  while (i < bytes.length && bytes[i] !== byte) i++
  return i
}
