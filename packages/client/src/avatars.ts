/** Pictures of people and things. XEP-0084. */
import { type BareJid, parseBareJid } from '@waxwing/jid'
import {
  AVATAR_DATA_NODE,
  AVATAR_METADATA_NODE,
  AvatarData,
  type AvatarInfo,
  AvatarMetadata,
} from '@waxwing/protocol'
import type { Client, Extension } from './client.ts'
import { Emitter, type Off } from './events.ts'
import { type PersonalNode, personal } from './personal.ts'
import type { RequestOptions } from './requests.ts'

/** A picture with what is said of it. */
export interface Avatar {
  readonly info: AvatarInfo
  readonly bytes: Uint8Array
}

export interface AvatarEvents {
  /** Somebody has another picture; without `info` they have none any more. */
  change: { readonly jid: BareJid; readonly info: AvatarInfo | undefined }
}

export interface PublishAvatarOptions extends RequestOptions {
  /** Such as `image/jpeg`; `image/png` unless given. */
  readonly type?: string | undefined
  /** Pixels. */
  readonly width?: number | undefined
  readonly height?: number | undefined
}

/** People whose picture is remembered by its hash; beyond this the oldest is forgotten. */
const maxKnown = 20_000

/** `const avatars = client.use(avatars)`: our capabilities say that we want to hear of pictures. */
export const avatars: Extension<Avatars> = { attach: client => new Avatars(client) }

/** Contacts of the roster tell their picture, too: `contact.avatar`. */
export class Avatars {
  readonly #client: Client
  readonly #data: PersonalNode<AvatarData>
  readonly #metadata: PersonalNode<AvatarMetadata>
  readonly #infos = new Map<BareJid, AvatarInfo>()
  readonly #events: Emitter<AvatarEvents>

  constructor(client: Client) {
    this.#client = client
    this.#events = new Emitter(fault => client.platform.report(fault))
    const nodes = client.use(personal)
    // Everybody may see it: so it is in the card, and in chat rooms, too. XEP-0398
    this.#data = nodes.node(AvatarData, { node: AVATAR_DATA_NODE, access: 'open' })
    this.#metadata = nodes.node(AvatarMetadata, { node: AVATAR_METADATA_NODE, access: 'open' })
    client.roster.on('change', contact => {
      contact.avatar = this.#infos.get(contact.jid)
    })
    this.#metadata.on(({ from, value }) => this.#heard(from, value?.infos[0]))
  }

  on<K extends keyof AvatarEvents>(event: K, listener: (value: AvatarEvents[K]) => void): Off {
    return this.#events.on(event, listener)
  }

  /** What is known of somebody's picture without asking; `undefined`: nothing, or they have none. */
  known(jid: string): AvatarInfo | undefined {
    return this.#infos.get(parseBareJid(jid))
  }

  /** Shows this picture as ours. Settles when the server keeps it. Rejects as `iq.set`. §3.1 */
  async publish(bytes: Uint8Array<ArrayBuffer>, options: PublishAvatarOptions = {}): Promise<void> {
    const { type = 'image/png', width, height, ...request } = options
    const id = hex(await this.#client.platform.crypto.hash('SHA-1', bytes))
    await this.#data.publish({ bytes }, { ...request, id })
    const infos = [{ id, bytes: bytes.length, type, width, height }]
    await this.#metadata.publish({ infos }, { ...request, id })
  }

  /** Shows no picture any more. Rejects as `iq.set`. §3.4 */
  async remove(options: RequestOptions = {}): Promise<void> {
    await this.#metadata.publish({ infos: [] }, { ...options, id: 'none' })
  }

  /** Somebody's picture; `undefined`: they have none that we may see. Rejects as `iq.get`. §3.3 */
  async of(jid: string, options: RequestOptions = {}): Promise<Avatar | undefined> {
    const info = this.known(jid) ?? (await this.#metadata.item(jid, options))?.infos[0]
    if (!info || info.url !== undefined) return undefined
    const data = await this.#data.item(jid, { ...options, id: info.id })
    if (!data) return undefined
    const bytes = new Uint8Array(data.bytes)
    // Who keeps the picture might give out another one. §4.2
    return hex(await this.#client.platform.crypto.hash('SHA-1', bytes)) === info.id.toLowerCase()
      ? { info, bytes }
      : undefined
  }

  #heard(jid: BareJid, info: AvatarInfo | undefined): void {
    this.#infos.delete(jid)
    if (info) this.#infos.set(jid, info)
    if (this.#infos.size > maxKnown)
      for (const oldest of this.#infos.keys()) {
        this.#infos.delete(oldest)
        break
      }
    const contact = this.#client.roster.get(jid)
    if (contact) contact.avatar = info
    this.#events.emit('change', { jid, info })
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
