// Pictures of people and things (XEP-0084), and what presence says of them (XEP-0153).
import {
  attr,
  base64Lines,
  children,
  type Element,
  element,
  rest,
  string,
  text,
  textChild,
  uint,
  type Wire,
} from '@waxwing/xml'

/** Node of the pictures themselves; the id of an item is the SHA-1 of its bytes in hexadecimal. XEP-0084 §4.2. */
export const AVATAR_DATA_NODE = 'urn:xmpp:avatar:data'
/** Node of what is said of them. XEP-0084 §4.3. */
export const AVATAR_METADATA_NODE = 'urn:xmpp:avatar:metadata'
/** Says that a server keeps vCard and avatar alike. XEP-0398 §2. */
export const AVATAR_CONVERSION_NS = 'urn:xmpp:pep-vcard-conversion:0'

/** A picture. XEP-0084 §4.2. */
export interface AvatarData {
  readonly bytes: Uint8Array
}
export const AvatarData: Wire<AvatarData> = element(AVATAR_DATA_NODE, 'data', { bytes: text(base64Lines) })

/** One of the forms a picture comes in. XEP-0084 §4.3. */
export interface AvatarInfo {
  /** SHA-1 of its bytes in hexadecimal. */
  readonly id: string
  /** How many bytes it has. */
  readonly bytes: number
  /** Such as `image/png`. */
  readonly type: string
  /** Pixels. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** Where it is, when it is not in the node of pictures. */
  readonly url?: string | undefined
}
const Info: Wire<AvatarInfo> = element(AVATAR_METADATA_NODE, 'info', {
  bytes: attr('bytes', uint),
  height: attr('height', uint).maybe(),
  id: attr('id', string),
  type: attr('type', string),
  url: attr('url', string).maybe(),
  width: attr('width', uint).maybe(),
})

/** The forms a picture comes in; none: there is no picture any more. XEP-0084 §4.3. */
export interface AvatarMetadata {
  readonly infos: readonly AvatarInfo[]
  /** Pointers to pictures elsewhere, and what else there is, as it came. §4.3 */
  readonly others?: readonly Element[] | undefined
}
export const AvatarMetadata: Wire<AvatarMetadata> = element(AVATAR_METADATA_NODE, 'metadata', {
  infos: children(Info),
  others: rest,
})

/** In presence: the SHA-1 of the picture in the vCard; empty: there is none; absent: not known yet. XEP-0153 §4.1. */
export interface PhotoUpdate {
  readonly photo?: string | undefined
}
export const PhotoUpdate: Wire<PhotoUpdate> = element('vcard-temp:x:update', 'x', {
  photo: textChild('photo', string).maybe(),
})

/** The photo of a vCard, as it is written there. XEP-0054. */
export interface CardPhoto {
  readonly type?: string | undefined
  readonly bytes?: Uint8Array | undefined
}
export const CardPhoto: Wire<CardPhoto> = element('vcard-temp', 'PHOTO', {
  type: textChild('TYPE', string).maybe(),
  bytes: textChild('BINVAL', base64Lines).maybe(),
})
