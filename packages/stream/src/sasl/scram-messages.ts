/** The messages of SCRAM, read strictly: RFC 5802 §7. `undefined` means malformed. */
import { decodeBase64 } from './base64.ts'

/** `n`: no channel binding; `y`: the client could, but believes the server cannot; `p`: bound. RFC 5802 §6 */
export type BindingFlag = 'n' | 'y' | 'p'

export interface ClientFirst {
  /** Flag and authorization identity as sent, with both commas. */
  readonly gs2Header: string
  readonly flag: BindingFlag
  /** Channel-binding type behind the flag `p`. */
  readonly bindingType: string | undefined
  readonly authzid: string | undefined
  /** The message without its header. */
  readonly bare: string
  readonly username: string
  readonly nonce: string
}

/** Reads what the client says first. */
export function readClientFirst(text: string): ClientFirst | undefined {
  const header = /^(?:([ny])|p=([A-Za-z0-9.-]+)),(?:a=([^,]+))?,/.exec(text)
  if (!header) return undefined
  const [gs2Header, flag, bindingType, rawAuthzid] = header
  const bare = text.slice(gs2Header.length)
  const attributes = readAttributes(bare, 'nr')
  const username = attributes?.n === undefined ? undefined : decodeSaslName(attributes.n)
  const authzid = rawAuthzid === undefined ? undefined : decodeSaslName(rawAuthzid)
  const nonce = attributes?.r
  if (username === undefined || !isNonce(nonce)) return undefined
  if (rawAuthzid !== undefined && authzid === undefined) return undefined
  return {
    gs2Header,
    flag: flag === 'n' || flag === 'y' ? flag : 'p',
    bindingType,
    authzid,
    bare,
    username,
    nonce,
  }
}

export interface ServerFirst {
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
  /** Hash over the server's offer (XEP-0474), if it sent one. */
  readonly offerHash: string | undefined
}

/** Reads the server's challenge. */
export function readServerFirst(text: string): ServerFirst | undefined {
  const attributes = readAttributes(text, 'rsi')
  const { r: nonce, s = '', i = '', h: offerHash } = attributes ?? {}
  const salt = decodeBase64(s)
  if (!isNonce(nonce) || !salt || salt.length === 0 || !/^[1-9][0-9]{0,9}$/.test(i)) return undefined
  return { nonce, salt, iterations: Number(i), offerHash }
}

export interface ClientFinal {
  readonly binding: Uint8Array
  readonly nonce: string
  /** The message up to the comma before the proof. */
  readonly withoutProof: string
  readonly proof: Uint8Array
}

/** Reads the client's answer to the challenge. */
export function readClientFinal(text: string): ClientFinal | undefined {
  const end = text.lastIndexOf(',p=')
  if (end < 0) return undefined
  const withoutProof = text.slice(0, end)
  const { c = '', r: nonce, p: otherProof } = readAttributes(withoutProof, 'cr') ?? {}
  const [binding, proof] = [decodeBase64(c), decodeBase64(text.slice(end + 3))]
  if (!isNonce(nonce) || otherProof !== undefined || !binding || binding.length === 0 || !proof)
    return undefined
  return { binding, nonce, withoutProof, proof }
}

/** The server's last word: its signature, or the name of an error. */
export type ServerFinal = { readonly signature: Uint8Array } | { readonly error: string }

/** Reads the server's last message. */
export function readServerFinal(text: string): ServerFinal | undefined {
  const { e: error } = readAttributes(text, 'e') ?? {}
  if (error !== undefined) return { error }
  const { v } = readAttributes(text, 'v') ?? {}
  const signature = v === undefined ? undefined : decodeBase64(v)
  return signature && { signature }
}

/** A name as SCRAM sends it: `,` and `=` are escaped. RFC 5802 §5.1 */
export function encodeSaslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function decodeSaslName(text: string): string | undefined {
  if (/=(?!2C|3D)|\0/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

type Attributes = Readonly<Partial<Record<string, string>>>

/**
 * The attributes of a message by letter. Those of `order` must come first and in that order; others may follow,
 * each at most once. The extension `m` is one we must not ignore and do not know, so it is malformed. RFC 5802 §5.1
 */
function readAttributes(text: string, order: string): Attributes | undefined {
  const attributes: Record<string, string> = {}
  for (const [index, part] of text.split(',').entries()) {
    const letter = part.charAt(0)
    const isExpected = index < order.length ? letter === order.charAt(index) : /[a-zA-Z]/.test(letter)
    if (!isExpected || letter === 'm' || letter in attributes) return undefined
    if (part.charAt(1) !== '=' || part.length < 3 || part.includes('\0')) return undefined
    attributes[letter] = part.slice(2)
  }
  return order.charAt(order.length - 1) in attributes ? attributes : undefined
}

/** Printable ASCII but the comma. RFC 5802 §7 */
function isNonce(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x2b\x2d-\x7e]+$/.test(text)
}
