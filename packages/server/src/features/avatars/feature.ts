/** Pictures: those of personal eventing (XEP-0084) and those of cards (XEP-0153) are one and the same. XEP-0398. */
import type { BareJid } from '@waxwing/jid'
import {
  AVATAR_CONVERSION_NS,
  AVATAR_DATA_NODE,
  AVATAR_METADATA_NODE,
  AvatarMetadata,
  CLIENT_NS,
  PhotoUpdate,
} from '@waxwing/protocol'
import { type Element, encodeBase64, writeWire } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'
import { filter, hook, type Now, type Verdict } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import { slot } from '../../session/account.ts'
import { allKeys, column, key, keyed } from '../../store/store.ts'
import { pep } from '../pep/feature.ts'
import { presence } from '../presence/feature.ts'
import type { Change } from '../pubsub/changes.ts'
import { readable } from '../pubsub/readable.ts'
import { vcard } from '../vcard/feature.ts'
import { avatarIn, hashOf, metadataIn, type Picture, photoIn, withPhoto } from './pictures.ts'

/** SHA-1 of the picture of an online account; empty: there is none. */
const hashes = slot<string>('photo hash')

/** Everybody may see a card, so a picture that comes from one may be seen by everybody, too. */
const open = { accessModel: 'open' } as const

export const avatars = defineFeature({
  name: 'avatars',
  implements: [
    { spec: 'XEP-0084', version: '1.1.4', coverage: 'complete' },
    { spec: 'XEP-0153', version: '1.1.1', coverage: 'complete' },
    { spec: 'XEP-0398', version: '1.0.0', coverage: 'complete' },
  ],
  needs: { pep, presence, vcard },
  disco: { account: [AVATAR_CONVERSION_NS] },
  store: {
    /** Whose card has which picture; no row: there is none. */
    photos: keyed(key<BareJid>('account'), { hash: column.text() }),
  },
  async setup({ store, needs, host }) {
    /** Accounts with a picture: for all others, and for things, nothing is looked up. */
    const pictured = await allKeys(store.photos)

    /** The hash to be told in presence; empty: none. */
    function photoHash(account: BareJid): Now<string> {
      if (!pictured.has(account)) return ''
      const online = host.online(account)
      const known = online && hashes.of(online)
      if (known !== undefined) return known
      const row = store.photos.get(account)
      return row instanceof Promise
        ? row.then(one => noted(account, one?.hash ?? ''))
        : noted(account, row?.hash ?? '')
    }

    function noted(account: BareJid, hash: string): string {
      const online = host.online(account)
      if (online) hashes.set(online, hash)
      return hash
    }

    /** A card has a picture, or none, from now on: those who see the presence are told. XEP-0398 §4 */
    async function written(account: BareJid, card: Element, by: 'owner' | 'server'): Promise<void> {
      const before = await photoHash(account)
      const photo = photoIn(card)
      const hash = hashOf(photo)
      if (hash === '') pictured.delete(account)
      else pictured.add(account)
      await (hash === '' ? store.photos.delete(account) : store.photos.put(account, { hash }))
      noted(account, hash)
      if (by === 'owner') await toEvents(account, photo, hash, before)
      if (hash !== before) showAgain(account, hash)
    }

    /** XEP-0398 §3.2. A picture taken out of the card goes from the nodes, if it was the same. */
    async function toEvents(
      account: BareJid,
      photo: Picture | undefined,
      hash: string,
      before: string,
    ): Promise<void> {
      const shown = metadataIn(await needs.pep.item(account, AVATAR_METADATA_NODE))?.infos[0]?.id ?? ''
      if (shown === hash || (!photo && shown !== before)) return
      if (photo) {
        const payload = `<data xmlns='${AVATAR_DATA_NODE}'>${encodeBase64(photo.bytes)}</data>`
        await needs.pep.publish(account, AVATAR_DATA_NODE, { id: hash, payload }, open)
      }
      const infos = photo ? [{ id: hash, bytes: photo.bytes.length, type: photo.type }] : []
      const payload = writeWire(AvatarMetadata, { infos })
      await needs.pep.publish(account, AVATAR_METADATA_NODE, { id: photo ? hash : 'none', payload }, open)
    }

    /** XEP-0398 §3.1, §7: only what everybody may see anyway goes into the card. */
    async function toCard({ service, item }: Change): Promise<void> {
      const card = await needs.vcard.of(service)
      const isGone = !item && (await needs.pep.item(service, AVATAR_METADATA_NODE)) === undefined
      const metadata = metadataIn(item)
      const picture = metadata && (await pictureOf(service, metadata))
      if (!picture && !isGone && metadata?.infos.length !== 0) return
      if (hashOf(photoIn(card)) === hashOf(picture)) return
      await needs.vcard
        .put(service, withPhoto(card, picture))
        .catch((error: unknown) =>
          host.log.debug({ error, account: service }, 'A picture does not fit into the card'),
        )
    }

    async function pictureOf(account: BareJid, { infos }: AvatarMetadata): Promise<Picture | undefined> {
      const info = infos.find(({ url }) => url === undefined)
      if (!info || (await needs.pep.configOf(account, AVATAR_DATA_NODE))?.accessModel !== 'open')
        return undefined
      const bytes = avatarIn(await needs.pep.item(account, AVATAR_DATA_NODE, info.id))
      const picture = bytes && { bytes, type: info.type }
      return hashOf(picture) === info.id.toLowerCase() ? picture : undefined
    }

    function showAgain(account: BareJid, hash: string): void {
      const update = hash === '' ? writeWire(PhotoUpdate, { photo: '' }, CLIENT_NS) : ''
      for (const session of host.online(account)?.available() ?? []) {
        const plain = session.presence?.without(({ ns }) => ns === PhotoUpdate.ns)
        if (plain) void host.router.sent(update === '' ? plain : plain.appended(update), session)
      }
    }

    /** Puts the hash into presence, unless the client says that it has no picture to show. XEP-0398 §4 */
    function stamped(stanza: Stanza): Now<Verdict | undefined> {
      if (stanza.type !== undefined || pictured.size === 0) return undefined
      const session = host.router.sessions.find(stanza.from)
      if (!session) return undefined
      const hash = photoHash(session.account.jid)
      return hash instanceof Promise ? hash.then(found => withHash(stanza, found)) : withHash(stanza, hash)
    }

    needs.vcard.onWritten(written)
    needs.pep.onChange(AVATAR_METADATA_NODE, toCard)
    return {
      hooks: [
        filter('stanza:sent', 'change', ['presence'], stamped),
        hook('account:removed', 'store', ({ account }) => {
          pictured.delete(account)
          return store.photos.delete(account)
        }),
      ],
    }
  },
})

function withHash(stanza: Stanza, hash: string): Verdict | undefined {
  if (hash === '') return undefined
  const update = stanza.headName === undefined ? undefined : readable(() => stanza.as(PhotoUpdate))
  if (update?.photo === '' || update?.photo === hash) return undefined
  // Itself where there is none.
  const plain = stanza.without(({ ns }) => ns === PhotoUpdate.ns)
  return { do: 'replace', by: plain.appended(writeWire(PhotoUpdate, { photo: hash }, CLIENT_NS)) }
}
