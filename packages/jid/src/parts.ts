import { JidError, type JidPart } from './jid-error.ts'
import { PreparationError } from './precis/preparation-error.ts'
import { opaqueString, usernameCaseMapped } from './precis/profiles.ts'

/** Longest localpart, domainpart or resourcepart, in octets of UTF-8. RFC 7622 §3.2 to §3.4. */
export const maxPartOctets = 1023

/** A localpart: UsernameCaseMapped without the characters that RFC 7622 §3.3.1 takes away. */
export function prepareLocal(text: string): string {
  const local = prepared('localpart', text, usernameCaseMapped)
  const excluded = /["&'/:<>@]/.exec(local)
  if (excluded) throw new JidError('localpart', `${excluded[0]} is not allowed here`)
  return local
}

/** A resourcepart: OpaqueString, RFC 7622 §3.4. Spaces may stand anywhere, also first and last. */
export function prepareResource(text: string): string {
  return prepared('resourcepart', text, opaqueString)
}

function prepared(part: JidPart, text: string, profile: (text: string) => string): string {
  if (text === '') throw new JidError(part, 'is empty')
  requireLength(part, text.length)
  try {
    const result = profile(text)
    requireLength(part, utf8Length(result))
    return result
  } catch (error) {
    if (error instanceof PreparationError) throw new JidError(part, error.message, { cause: error })
    throw error
  }
}

/** Refuses a part that is too long. Before preparation the length is that in code units, the least it can be. */
export function requireLength(part: JidPart, octets: number): void {
  if (octets > maxPartOctets) throw new JidError(part, `is longer than ${maxPartOctets} octets`)
}

/** Octets of a well-formed text in UTF-8. */
export function utf8Length(text: string): number {
  let octets = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // a surrogate is half of a sequence of four
    octets += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3
  }
  return octets
}
