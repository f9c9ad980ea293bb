/** How memory is had and bytes become text on this platform. Texts asked for are valid UTF-8 already. */
export interface BytesPort {
  /** Memory of at least `size` bytes; its content does not matter. */
  alloc(size: number): Uint8Array
  /** Text of bytes that are all ASCII. */
  latin1(bytes: Uint8Array, start: number, end: number): string
  /** Text of valid UTF-8. */
  utf8(bytes: Uint8Array, start: number, end: number): string
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
}

/** A port whose own memory is Node's `Buffer` too: `bufferBytes(Buffer)`. */
export function bufferBytes(buffer: BufferClass): BytesPort {
  return { ...portableBytes, alloc: size => buffer.allocUnsafe(size) }
}
