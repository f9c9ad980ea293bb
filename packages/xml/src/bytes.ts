/** How memory is had and bytes become text on this platform. Texts asked for are valid UTF-8 already. */
export interface BytesPort {
  /** Memory of at least `size` bytes; its content does not matter. */
  alloc(size: number): Uint8Array
  /** The same for what stays: it keeps nothing else alive. */
  allocLasting(size: number): Uint8Array
  /** Text of bytes that are all ASCII. */
  latin1(bytes: Uint8Array, start: number, end: number): string
  /** Text of valid UTF-8. */
  utf8(bytes: Uint8Array, start: number, end: number): string
  /** The same for what comes again and again: names and namespaces. */
  name(bytes: Uint8Array, start: number, end: number): string
}

/** The two methods of Node's `Buffer` that turn bytes into text without an intermediate view. */
interface TextSlices {
  latin1Slice?(start: number, end: number): string
  utf8Slice?(start: number, end: number): string
}

/** Below this length a loop beats the call into a decoder. */
const shortText = 12

const decoder: TextDecoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Works on every platform, and is fast where the bytes are a Node `Buffer`. */
export const portableBytes: BytesPort = {
  alloc: size => new Uint8Array(size),
  allocLasting: size => new Uint8Array(size),

  latin1(bytes, start, end) {
    const native: TextSlices & Uint8Array = bytes
    if (native.latin1Slice !== undefined) return native.latin1Slice(start, end)
    return shortAscii(bytes, start, end) ?? decoder.decode(bytes.subarray(start, end))
  },

  utf8(bytes, start, end) {
    const native: TextSlices & Uint8Array = bytes
    if (native.utf8Slice !== undefined) return native.utf8Slice(start, end)
    return shortAscii(bytes, start, end) ?? decoder.decode(bytes.subarray(start, end))
  },

  name(bytes, start, end) {
    return portableBytes.utf8(bytes, start, end)
  },
}

/** Names and the like; undefined where the decoder has to do it. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > shortText) return undefined
  let text = ''
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number
    if (c >= 0x80) return undefined
    text += String.fromCharCode(c)
  }
  return text
}

/** What `bufferBytes` needs of Node's `Buffer` class. */
export interface BufferClass {
  allocUnsafe(size: number): Uint8Array
  allocUnsafeSlow(size: number): Uint8Array
}

/** Slots for names remembered, a power of two. */
const slots = 512
/** Longer names are not remembered. */
const longestName = 64

/**
 * A port whose own memory is Node's `Buffer` too, and which remembers names: `bufferBytes(Buffer)`. One is meant to
 * serve all streams of a process.
 */
export function bufferBytes(buffer: BufferClass): BytesPort {
  const names: string[] = Array.from({ length: slots }, () => '')
  const name = (bytes: Uint8Array, start: number, end: number): string => {
    const length = end - start
    if (length > longestName || length === 0) return portableBytes.utf8(bytes, start, end)
    const slot = slotOf(bytes, start, length)
    const known = names[slot]
    if (known !== undefined && spells(bytes, start, length, known)) return known
    const text = portableBytes.utf8(bytes, start, end)
    if (text.length === length) names[slot] = text
    return text
  }
  return {
    ...portableBytes,
    alloc: size => buffer.allocUnsafe(size),
    allocLasting: size => buffer.allocUnsafeSlow(size),
    name,
  }
}

/** A name overwrites another in its slot, so that peers cannot make this grow. */
function slotOf(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] as number
  const middle = bytes[start + (length >> 1)] as number
  const beforeLast = bytes[start + (length > 1 ? length - 2 : 0)] as number
  const last = bytes[start + length - 1] as number
  return (length * 59 + first * 31 + middle * 17 + beforeLast * 7 + last) & (slots - 1)
}

/** Whether the bytes are this text; ASCII only, since each byte is compared with one UTF-16 unit below 128. */
function spells(bytes: Uint8Array, start: number, length: number, text: string): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
