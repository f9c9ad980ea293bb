/** Pictures in cards and in items: bytes with a type and a hash, whatever is on them. XEP-0084 §4, XEP-0153 §3. */
import { createHash } from 'node:crypto'
import { AvatarData, AvatarMetadata, CardPhoto, photoOf, VCard } from '@waxwing/protocol'
import { type Element, parseElement, readWire, toElement } from '@waxwing/xml'
import { readable } from '../pubsub/readable.ts'

export interface Picture {
  readonly bytes: Uint8Array
  /** Such as `image/png`. */
  readonly type: string
}

interface Item {
  readonly payload: string
}

/** SHA-1 of a picture in hexadecimal; of none it is empty. */
export function hashOf(picture: Picture | undefined): string {
  return picture ? createHash('sha1').update(picture.bytes).digest('hex') : ''
}

/** The picture in a card; `undefined`: there is none, or none that can be read. */
export function photoIn(card: Element | undefined): Picture | undefined {
  if (!card) return undefined
  return readable(() => {
    const photo = photoOf(readWire(VCard, card))
    if (photo?.kind !== 'bytes' || photo.bytes.length === 0) return undefined
    return { bytes: photo.bytes, type: photo.type ?? 'image/png' }
  })
}

export function metadataIn(item: Item | undefined): AvatarMetadata | undefined {
  return item && readable(() => readWire(AvatarMetadata, parsed(item)))
}

export function avatarIn(item: Item | undefined): Uint8Array | undefined {
  return item && readable(() => readWire(AvatarData, parsed(item)).bytes)
}

function parsed({ payload }: Item): Element {
  return parseElement(payload, { limits: 'none' })
}

/** A card with this picture and no other. */
export function withPhoto(card: Element | undefined, picture: Picture | undefined): Element {
  const { attrs, children } = card ?? { attrs: new Map<string, string>(), children: [] }
  const others = children.filter(
    child => typeof child === 'string' || child.ns !== CardPhoto.ns || child.name !== CardPhoto.name,
  )
  const photo = picture ? [toElement(CardPhoto, { type: picture.type, bytes: picture.bytes })] : []
  return { ns: VCard.ns, name: VCard.name, attrs, children: [...others, ...photo] }
}
