import { CodecError, decodeBase64 as decodeOrThrow } from '@waxwing/xml'

export { encodeBase64 } from '@waxwing/xml'

/**
 * The bytes of a base64 text, or `undefined` if it is none: white space, wrong padding and bits behind the last
 * byte count (RFC 6120 §6.4.2, §13.9.1). A lone "=" for an empty initial response is the caller's affair.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return decodeOrThrow(text)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
