/** Message archives of accounts: written as messages pass, asked by their owners. XEP-0313, XEP-0441, XEP-0359. */
import type { BareJid } from '@waxwing/jid'
import {
  ARCHIVE_EXTENDED_NS,
  ARCHIVE_GROUPCHAT_FIELD_NS,
  ArchivePreferences,
  ArchivePreferences1,
  ArchiveQuery,
  archiveRules,
  ResultSet,
  StanzaId,
} from '@waxwing/protocol'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { filter, hook, type Now } from '../../kernel/hooks.ts'
import { allKeys, type LogPage, type LogQuery } from '../../store/store.ts'
import { administration } from '../administration/feature.ts'
import { commands } from '../commands/feature.ts'
import { offline } from '../offline/feature.ts'
import { roster } from '../roster/feature.ts'
import { Archive, type Archived, archiveShape } from './archive.ts'
import { ArchiveIds } from './archive-ids.ts'
import { Expiry } from './expiry.ts'
import { ArchivePages } from './pages.ts'
import { portableArchive } from './portable.ts'
import { preferenceHandlers } from './preference-requests.ts'
import { ArchivePolicy, type Preferences, preferencesShape } from './preferences.ts'
import { ArchiveQueries } from './queries.ts'
import { QueryPace } from './query-pace.ts'
import { Recorder } from './recorder.ts'
import { Repeaters } from './repeaters.ts'
import { Retentions, retentionCommand, retentionShape } from './retention.ts'

export interface ArchiveApi {
  /** Archived messages of an account, oldest first; each `stanza` is XML in the client namespace. */
  page(account: BareJid, query: LogQuery<Archived, 'uid' | 'peer'>): Now<LogPage<Archived>>
  /** What the account wants archived. */
  preferences(account: BareJid): Now<Preferences>
  /** Settles when it is durable. @throws StanzaError when there are too many addresses */
  prefer(account: BareJid, preferences: Preferences): Promise<void>
}

const config = {
  default: setting.oneOf(
    archiveRules,
    'always',
    'What is archived for accounts that have not said otherwise: everything, nothing, or messages with contacts in their roster.',
  ),
  keepDays: setting.count(0, 'Days after which messages leave the archive; 0 keeps them for ever.', {
    max: 36_500,
  }),
  keepMessages: setting.count(
    100_000,
    'Messages kept for one account; the oldest leave once an hour. 0 keeps any number.',
    { max: 1_000_000_000 },
  ),
  pageSize: setting.count(50, 'Messages in a page of a query that names no number.', { min: 1, max: 1_000 }),
  maxPage: setting.count(250, 'Messages in one page at most.', { min: 1, max: 1_000 }),
  maxPageBytes: setting.bytes('1 MiB', 'Size of one page at most; one message is always given.', {
    min: 1_000,
    max: 64 * 1024 * 1024,
  }),
  pagesPerSecond: setting.count(
    50,
    'Pages one session may ask for on average, ten times as many at once; beyond it the session waits.',
    { min: 1, max: 100_000 },
  ),
  maxListed: setting.count(1_000, 'Addresses one account may list in its archiving preferences.', {
    max: 100_000,
  }),
}

export const archive = defineFeature({
  name: 'archive',
  implements: [
    { spec: 'XEP-0313', version: '1.1.3', coverage: 'complete', note: 'archives of accounts' },
    { spec: 'XEP-0441', version: '0.2.0', coverage: 'complete' },
    { spec: 'XEP-0359', version: '0.7.0', coverage: 'complete' },
    { spec: 'XEP-0059', version: '1.0', coverage: 'complete', note: 'pages by place among 500 at most' },
    { spec: 'XEP-0297', version: '1.0', coverage: 'complete' },
    { spec: 'XEP-0334', version: '1.0.0', coverage: 'complete' },
  ],
  needs: { administration, commands, roster, offline },
  disco: {
    // Profanity and others look at the host for what their account has
    host: [ArchiveQuery.ns],
    account: [ArchiveQuery.ns, ARCHIVE_EXTENDED_NS, ARCHIVE_GROUPCHAT_FIELD_NS, StanzaId.ns, ResultSet.ns],
  },
  config,
  store: { messages: archiveShape, preferences: preferencesShape, retention: retentionShape },
  async setup({ config, store, needs, host, clock, random, log }) {
    const ids = new ArchiveIds(clock, random)
    const owners = await allKeys(store.preferences)
    const policy = new ArchivePolicy(store.preferences, host, needs.roster, config, owners)
    const retentions = await Retentions.open(store.retention, config)
    const expiry = new Expiry(store.messages, retentions, clock, log)
    const repeaters = new Repeaters(host.router.sessions, clock)
    const messages = new Archive(store.messages, ids, clock, log)
    const recorder = new Recorder(messages, policy, expiry, repeaters, host)
    const queries = new ArchiveQueries(
      new ArchivePages(store.messages, config),
      ids,
      needs.offline,
      new QueryPace(config.pagesPerSecond, clock),
    )
    expiry.start()
    needs.commands.declare(
      retentionCommand(host, needs.administration, retentions, account => expiry.changed(account)),
    )
    const api: ArchiveApi = {
      page: (account, query) => store.messages.page(account, query),
      preferences: account => policy.of(account),
      prefer: (account, preferences) => policy.change(account, preferences),
    }
    return {
      api,
      // XEP-0386 §3.2.1: what a client needs to know to catch up
      inline: { bound: account => queries.metadata(account) },
      portable: portableArchive(store.messages, ids, clock),
      iq: [
        ...queries.handlers(),
        ...preferenceHandlers(ArchivePreferences, policy),
        ...preferenceHandlers(ArchivePreferences1, policy),
      ],
      hooks: [
        filter('stanza:sent', 'store', ['message'], stanza => recorder.sent(stanza)),
        filter('stanza:arriving', 'store', ['message'], stanza => recorder.arriving(stanza)),
        hook('session:bound', 'watch', ({ session }) => {
          repeaters.began(session)
          // Copies from the first moment on: a client that catches up from the archive. XEP-0386 §3.2
          if (session.wantsCopies) needs.offline.hasRead(session, ids.newest)
        }),
        hook('account:removed', 'store', async ({ account }) => {
          await Promise.all([
            store.messages.clear(account),
            policy.forget(account),
            retentions.forget(account),
          ])
        }),
        hook('server:stopping', 'store', () => expiry.stop()),
      ],
    }
  },
})
