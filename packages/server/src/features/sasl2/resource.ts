/** Resourceparts of sessions bound inside the login: XEP-0386 §3.2.1. */
import { tryJid } from '@waxwing/jid'
import { encodeBase64 } from '@waxwing/stream'

/** Octets of the part that tells a client's resources from others': 12 characters. */
const partOctets = 9

/** Short, fit for an address, and the same for the same bytes. */
export function stablePart(digest: Uint8Array): string {
  return encodeBase64(digest.subarray(0, partOctets)).replaceAll('+', '-').replaceAll('/', '_')
}

/** The client's tag before the server's part; a tag that no address can hold is left out. */
export function resourceFrom(tag: string | undefined, part: string, maxTagLength: number): string {
  if (tag === undefined || tag === '' || tag.length > maxTagLength) return part
  const resource = `${tag}/${part}`
  return isResource(resource) ? resource : part
}

function isResource(text: string): boolean {
  return tryJid(`domain.example/${text}`) !== undefined
}
