// vCards as an account's profile (XEP-0054).
import { base64Lines, childOf, type Element, element, rest, textOf, type Wire } from '@waxwing/xml'

const NS = 'vcard-temp'

/** A card, as it came: most fields travel through a server unread. XEP-0054 §3.1. */
export interface VCard {
  readonly content: readonly Element[]
}
export const VCard: Wire<VCard> = element(NS, 'vCard', { content: rest })

/** A picture: its bytes, or where they are. XEP-0054 §9 (`PHOTO`). */
export type Photo =
  | { readonly kind: 'bytes'; readonly type: string | undefined; readonly bytes: Uint8Array }
  | { readonly kind: 'external'; readonly url: string }

function fieldOf(card: VCard, name: string): Element | undefined {
  return card.content.find(field => field.ns === NS && field.name === name)
}

function textIn(field: Element | undefined, name: string): string | undefined {
  const found = field && childOf(field, NS, name)
  return found && textOf(found)
}

function ownText(card: VCard, name: string): string | undefined {
  const field = fieldOf(card, name)
  return field && textOf(field)
}

/** `FN`, the name as it is shown. */
export function fullNameOf(card: VCard): string | undefined {
  return ownText(card, 'FN')
}

/** `NICKNAME`. */
export function nicknameOf(card: VCard): string | undefined {
  return ownText(card, 'NICKNAME')
}

/** `URL`, as written. */
export function urlOf(card: VCard): string | undefined {
  return ownText(card, 'URL')
}

/** `DESC`, free text. */
export function descriptionOf(card: VCard): string | undefined {
  return ownText(card, 'DESC')
}

/** The first `EMAIL`. */
export function emailOf(card: VCard): string | undefined {
  return textIn(fieldOf(card, 'EMAIL'), 'USERID')
}

/** `PHOTO`; `undefined` if there is none or it is empty. Throws `CodecError` if its bytes are no base64. */
export function photoOf(card: VCard): Photo | undefined {
  const photo = fieldOf(card, 'PHOTO')
  const url = textIn(photo, 'EXTVAL')
  if (url !== undefined) return { kind: 'external', url }
  const data = textIn(photo, 'BINVAL')
  return data === undefined
    ? undefined
    : { kind: 'bytes', type: textIn(photo, 'TYPE'), bytes: base64Lines.parse(data) }
}
