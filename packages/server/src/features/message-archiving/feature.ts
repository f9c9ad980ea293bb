/** The old archiving protocol over the same archive, to be read by old clients. XEP-0136. */
import type { BareJid } from '@waxwing/jid'
import {
  ARCHIVING_AUTO_NS,
  ARCHIVING_MANAGE_NS,
  ARCHIVING_PREF_NS,
  ArchivingModes,
  AutoArchiving,
  CLIENT_NS,
  Collection,
  CollectionList,
  RemovedModes,
  RetrieveCollection,
  stanzaError,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, type IqRequest, onGet, onSet } from '../../kernel/feature.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { archive } from '../archive/feature.ts'
import type { Preferences } from '../archive/preferences.ts'
import { Collections, messagesOf } from './collections.ts'
import { changed, modesOf, without } from './modes.ts'

const isAsking = new WeakSet<ClientSession>()

export const messageArchiving = defineFeature({
  name: 'message-archiving',
  implements: [
    {
      spec: 'XEP-0136',
      version: '1.3.1',
      coverage: 'partial',
      note: 'off by default; bodies by contact and day, read only; modes',
    },
  ],
  needs: { archive },
  config: {
    enabled: setting.flag(false, 'Whether old clients may read the archive by XEP-0136.'),
    maxPage: setting.count(100, 'Collections or messages in one page at most.', { min: 1, max: 1_000 }),
  },
  disco: { host: [ArchivingModes.ns, ARCHIVING_AUTO_NS, ARCHIVING_MANAGE_NS, ARCHIVING_PREF_NS] },
  setup({ config, needs, host, clock }) {
    if (!config.enabled) return {}
    const collections = new Collections(needs.archive, config.maxPage, clock)

    /** Whoever has asked for the modes hears of changes. §2.4 */
    function tell(account: BareJid, payload: string): void {
      for (const session of host.online(account)?.sessions.values() ?? [])
        if (isAsking.has(session)) host.push(session, payload)
    }

    async function change(account: BareJid, act: (present: Preferences) => Preferences): Promise<void> {
      await needs.archive.prefer(account, act(await needs.archive.preferences(account)))
    }

    async function retrieve({ account, payload }: IqRequest<RetrieveCollection>): Promise<string> {
      const { with: peer, start, page: asked = {} } = payload
      const { found, page, since } = await collections.retrieve(account, peer, start, asked)
      const messages = messagesOf(account, start.getTime(), since, found)
      return writeWire(Collection, { with: peer, start, version: 0, messages, page }, CLIENT_NS)
    }

    return {
      iq: [
        onGet(ArchivingModes, 'self', async ({ account, session }) => {
          if (session) isAsking.add(session)
          return writeWire(ArchivingModes, modesOf(await needs.archive.preferences(account)), CLIENT_NS)
        }),
        onSet(ArchivingModes, 'self', async ({ account, payload }) => {
          await change(account, present => changed(present, payload))
          const { standard, items } = payload
          tell(account, writeWire(ArchivingModes, { standard, items }, CLIENT_NS))
        }),
        onSet(RemovedModes, 'self', async ({ account, payload }) => {
          const jids = payload.items.map(({ jid }) => jid)
          await change(account, present => without(present, jids))
          tell(account, writeWire(RemovedModes, payload, CLIENT_NS))
        }),
        onSet(AutoArchiving, 'self', ({ payload }) => {
          // The archive asks preferences, not streams.
          if (!payload.save) throw stanzaError('not-allowed', 'Set the default mode instead')
        }),
        onGet(CollectionList, 'self', async ({ account, payload }) => {
          const { found, page } = await collections.list(account, payload, payload.page ?? {})
          return writeWire(CollectionList, { chats: found, page }, CLIENT_NS)
        }),
        onGet(RetrieveCollection, 'self', retrieve),
      ],
    }
  },
})
