// Base64 (RFC 4648 §4), strict and without the platform's own decoders, which forgive too much.
import { CodecError, custom, type TextCodec } from './codec.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The six bits of a character, or −1. */
function bitsOf(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52
  if (code === 0x2b) return 62
  return code === 0x2f ? 63 : -1
}

function paddingOf(text: string): number {
  if (text.length % 4 !== 0) throw new CodecError('length is no multiple of four')
  if (text.endsWith('==')) return 2
  return text.endsWith('=') ? 1 : 0
}

/**
 * Bytes of a base64 text. Throws `CodecError` for white space, missing or surplus padding, other alphabets and
 * bits set behind the last byte (RFC 4648 §3.5): each byte string has exactly one text.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return decodedByPlatform(text) ?? decodeStrictly(text)
}

/** A platform of ECMAScript 2026 decodes by itself, strictly but for white space, which shows in the length. */
type Decodes = typeof Uint8Array & {
  fromBase64?: (text: string, options: { lastChunkHandling: 'strict' }) => Uint8Array<ArrayBuffer>
}

/** `undefined` where the platform cannot, or finds fault: what fault is said by {@link decodeStrictly}. */
function decodedByPlatform(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = (Uint8Array as Decodes).fromBase64?.(text, { lastChunkHandling: 'strict' })
    return bytes?.length === (text.length / 4) * 3 - paddingOf(text) ? bytes : undefined
  } catch {
    return undefined
  }
}

/** The same on older platforms. */
export function decodeStrictly(text: string): Uint8Array<ArrayBuffer> {
  const padding = paddingOf(text)
  const length = text.length - padding
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let held = 0
  let heldBits = 0
  let at = 0
  for (let i = 0; i < length; i++) {
    const bits = bitsOf(text.charCodeAt(i))
    if (bits < 0) throw new CodecError('a character outside the base64 alphabet')
    held = ((held << 6) | bits) & 0xffff
    heldBits += 6
    if (heldBits >= 8) {
      heldBits -= 8
      bytes[at++] = held >> heldBits
    }
  }
  if ((held & ((1 << heldBits) - 1)) !== 0) throw new CodecError('bits behind the last byte')
  return bytes
}

/** A platform of ECMAScript 2026 encodes by itself. */
type Encodes = Uint8Array & { toBase64?: () => string }

/** Base64 with padding and without line breaks. */
export function encodeBase64(bytes: Uint8Array): string {
  return (bytes as Encodes).toBase64?.() ?? spell(bytes)
}

/** The same on older platforms. */
export function spell(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const present = Math.min(3, bytes.length - i)
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63)
    text += present > 1 ? alphabet.charAt((group >> 6) & 63) : '='
    text += present > 2 ? alphabet.charAt(group & 63) : '='
  }
  return text
}

/** Strict base64, as SASL demands (RFC 6120 §6.4.2, RFC 4648 §3). */
export const base64: TextCodec<Uint8Array> = custom(decodeBase64, encodeBase64, 'base64')

/** Base64 that may be broken into lines, as avatars and pictures are (`xs:base64Binary`); written without breaks. */
export const base64Lines: TextCodec<Uint8Array> = custom(
  text => decodeBase64(text.replace(/[\t\n\r ]/g, '')),
  encodeBase64,
  'base64',
)
