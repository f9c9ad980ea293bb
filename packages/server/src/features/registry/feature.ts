/** A registry of things on a domain of its own: things enter themselves, owners claim them, others find them. XEP-0347. */
import { type BareJid, bareOf, domainOf, type Jid, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type ListPage,
  type NodeRef,
  type RegistryFormat,
  type RegistryGeneration,
  registry as registryFormat,
  registryGenerations,
  stanzaError,
  type ThingSearch,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, type IqHandler, onGet, onSet } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { Service } from '../../kernel/service.ts'
import { wireLength } from '../../kernel/wire-length.ts'
import type { Stanza } from '../../router/stanza.ts'
import { administration } from '../administration/feature.ts'
import { Allowance } from './allowance.ts'
import { Entries } from './entries.ts'
import { type Entry, type NoticeKind, thingsShape } from './entry.ts'
import { Notices } from './notices.ts'
import { portable } from './portable.ts'
import { Registry } from './registry.ts'
import { searchFor } from './search.ts'
import { asList, type Tags } from './tags.ts'

export interface RegistryApi {
  /** Who owns a thing, or a node behind it; `undefined`: nobody, or it is not known here. */
  ownerOf(jid: BareJid, node?: NodeRef): BareJid | undefined
  /** What is said of a thing, by names in capitals; empty when it is not known. */
  tagsOf(jid: BareJid): Tags
  /** Calls `changed` whenever a thing has another owner or other tags. */
  watch(changed: (thing: BareJid) => void): void
  /** One page of what somebody owns, as a payload in a generation. */
  owned(generation: RegistryGeneration, page: ListPage, owner: Jid): string
}

export const registry = defineFeature({
  name: 'registry',
  implements: [
    {
      spec: 'XEP-0347',
      version: '0.5.1',
      coverage: 'partial',
      note: 'the registry, in all four namespaces; things find it by service discovery, not by DHCP or mDNS',
    },
  ],
  needs: { administration },
  config: {
    enabled: setting.flag(true, 'Whether there is a registry of things.'),
    domain: setting.text(
      undefined,
      'Domain of the registry; without it "registry." before that of the host.',
      {
        form: 'a domain',
        accepts: text => isDomain(text),
      },
    ),
    selfOwned: setting.flag(true, 'Whether things may own themselves, which everybody finds.'),
    publicUnlessSaid: setting.flag(
      false,
      'Whether everybody finds a thing whose owner did not say so when claiming it; XEP-0347 would have it so.',
    ),
    minKeyLength: setting.count(16, 'Characters the KEY of a thing has at least.', { max: 128 }),
    maxThings: setting.count(20_000, 'Things the registry takes; all of them are kept in memory.', {
      min: 1,
      max: 1_000_000,
    }),
    maxThingsPerAccount: setting.count(
      1_000,
      'Things one address may register: itself and nodes behind it.',
      {
        min: 1,
        max: 1_000_000,
      },
    ),
    maxTags: setting.count(64, 'Tags one thing may have.', { min: 1, max: 256 }),
    maxFound: setting.count(100, 'Things in one answer to a search.', { min: 1, max: 1_000 }),
    maxFoundSize: setting.bytes('64 KiB', 'Size of one answer to a search, roughly; one thing always fits.', {
      min: 1_024,
      max: 10_000_000,
    }),
    maxConditions: setting.count(32, 'Conditions in one search.', { min: 1, max: 1_000 }),
    maxPatternSteps: setting.count(
      500_000,
      'Steps that the patterns of one search may take: regular expressions, masks, names with wildcards.',
      {
        min: 1_000,
        max: 100_000_000,
      },
    ),
    failedClaimsPerHour: setting.count(20, 'Claims of one account that may fail in an hour.', {
      min: 1,
      max: 10_000,
    }),
    wrongKeysPerHour: setting.count(60, 'Wrong keys for one thing in an hour, whoever gives them.', {
      min: 1,
      max: 10_000,
    }),
    searchesPerHour: setting.count(3_600, 'Searches of one account in an hour.', { min: 1, max: 1_000_000 }),
    searchesAtOnce: setting.count(30, 'Searches of one account without a pause.', { min: 1, max: 10_000 }),
    timeout: setting.duration('30s', 'Time a thing has to answer what it is told.', {
      min: 1_000,
      max: 600_000,
    }),
  },
  store: { things: thingsShape },
  async setup({ config, store, needs, host, clock, log }) {
    if (!config.enabled) return { api: nobodys }
    const entries = await Entries.open(store.things)
    const searches = new Allowance(config.searchesPerHour, clock, config.searchesAtOnce)
    const secret = await host.keyFor('keys of things')
    const utf8 = new TextEncoder()

    const things = new Registry({
      rules: config,
      entries,
      claims: new Allowance(config.failedClaimsPerHour, clock),
      wrongKeys: new Allowance(config.wrongKeysPerHour, clock),
      digest: key => host.crypto.hmac('SHA-256', secret, utf8.encode(key)),
      equal: (a, b) => host.crypto.equal(a, b),
      tell: (entry, kind) => tell(entry, kind),
      wall: () => clock.wall(),
    })

    const service = new Service(
      {
        domain: config.domain ?? `registry.${host.domain}`,
        name: 'Registry of things',
        info: {
          identities: [{ category: 'component', type: 'generic', name: 'Registry of things' }],
          // Owners may ask for their things here, too, but that alone makes no provisioning server: it is not announced.
          features: registryGenerations.map(generation => registryFormat(generation).ns),
        },
        iq: registryGenerations.flatMap(generation => handlersOf(registryFormat(generation))),
        takes: befriended,
      },
      host,
    )
    const notices = new Notices({
      host,
      questions: service.questions,
      clock,
      timeoutMs: config.timeout,
      entries,
    })

    /** Never rejects: what could not be told is told later. */
    function tell(entry: Entry, kind: NoticeKind): Promise<boolean> {
      return notices.tell(entry, kind).catch((error: unknown) => {
        log.error({ error, thing: entry.jid, kind }, 'A thing could not be told')
        return false
      })
    }

    function handlersOf(format: RegistryFormat): readonly IqHandler[] {
      const { register, claim, update, unregister, remove, disown, search, owned, claimed, generation } =
        format
      const claimedText = (jid: Jid, { node, visibility }: Entry): string =>
        writeWire(claimed, { jid, node, isPublic: visibility === 'public' }, CLIENT_NS)
      return [
        onSet(register, 'host', async ({ payload, from }) => {
          const known = await things.register(payload, from, generation)
          return known?.owner && claimedText(known.owner, known)
        }),
        onSet(claim, 'host', async ({ payload, from }) => {
          const entry = await things.claim(payload, from)
          return claimedText(entry.jid, entry)
        }),
        onSet(update, 'host', async ({ payload, from }) => {
          const outcome = await things.update(payload, from)
          if (outcome === 'disowned') return writeWire(format.disowned, { node: payload.node }, CLIENT_NS)
        }),
        onSet(unregister, 'host', ({ payload, from }) => things.unregister(payload.node, from)),
        onSet(remove, 'host', ({ payload, from }) => things.remove(payload, from)),
        // The thing may be at the other end of the same stream: nobody waits for it.
        onSet(disown, 'host', ({ payload, from }) => things.disown(payload, from), { beside: true }),
        onGet(search, 'host', ({ payload, from }) => searched(format, payload, from)),
        ...(owned
          ? [onGet(owned, 'host', ({ payload, from }) => listed(format, ownThings(from), payload, from))]
          : []),
      ]
    }

    function searched(format: RegistryFormat, search: ThingSearch, from: Jid): string {
      const account = bareOf(from)
      if (searches.isSpent(account)) throw stanzaError('resource-constraint', 'Too many searches; try later')
      searches.spend(account)
      return listed(format, entries.found(searchFor(search.conditions, config)), search, from)
    }

    function ownThings(from: Jid): Iterable<Entry> {
      return entries.eachOfOwner(bareOf(from))
    }

    /** One page of a list; the owner is told to owners and administrators alone. */
    function listed(format: RegistryFormat, list: Iterable<Entry>, page: ListPage, from: Jid): string {
      const asker = bareOf(from)
      const max = Math.min(page.maxCount ?? defaultPage, config.maxFound)
      const { found, more } = pageOf(list, page.offset, max, config.maxFoundSize)
      const mayKnow = ({ owner }: Entry): boolean => owner === asker || needs.administration.isAdmin(asker)
      const shown = found.map(entry => ({
        jid: entry.jid,
        node: entry.node,
        owner: mayKnow(entry) ? entry.owner : undefined,
        tags: asList(entry.tags),
      }))
      return writeWire(format.found, { more, things: shown }, CLIENT_NS)
    }

    return {
      api: {
        ownerOf: (jid, node) => entries.ownerOf(jid, node),
        tagsOf: jid => entries.get(jid, undefined)?.tags ?? noTags,
        watch: changed => entries.watch(changed),
        owned: (generation, page, owner) => listed(registryFormat(generation), ownThings(owner), page, owner),
      } satisfies RegistryApi,
      services: [service],
      portable: portable(entries, things),
      hooks: [
        hook('session:available', 'watch', ({ session }) => {
          const { jid } = session.account
          if (!notices.owes(jid)) return
          notices
            .catchUp(jid)
            .catch((error: unknown) => log.error({ error, thing: jid }, 'A thing could not be told'))
        }),
        hook('account:removed', 'store', ({ account }) => things.forget(account)),
      ],
    }
  },
})

const noTags: Tags = new Map()
const nobodys: RegistryApi = {
  ownerOf: () => undefined,
  tagsOf: () => noTags,
  watch: () => {},
  owned: generation => writeWire(registryFormat(generation).found, { more: false, things: [] }, CLIENT_NS),
}

/** Things in an answer when nobody says how many. */
const defaultPage = 20

interface Page {
  readonly found: readonly Entry[]
  readonly more: boolean
}

function pageOf(list: Iterable<Entry>, offset: number, max: number, maxSize: number): Page {
  const found: Entry[] = []
  let at = 0
  let size = 0
  for (const entry of list) {
    if (at++ < offset) continue
    size += sizeOf(entry)
    if (found.length === max || (found.length > 0 && size > maxSize)) return { found, more: true }
    found.push(entry)
  }
  return { found, more: false }
}

/** Roughly the bytes it takes on the wire. */
function sizeOf({ jid, node, tags }: Entry): number {
  let size = 100 + wireLength(jid)
  for (const part of [node?.id, node?.source, node?.partition]) size += wireLength(part ?? '')
  for (const [name, value] of tags) size += 30 + wireLength(name) + wireLength(String(value))
  return size
}

/** Things that are used to registries with accounts ask for their friendship; it is given, and means nothing. XEP-0347 §5.1. */
function befriended({ kind, type, to, from }: Stanza, service: Service): boolean {
  if (kind !== 'presence' || to !== service.jid) return false
  const account = bareOf(from)
  if (type === 'subscribe') void welcome(account, service)
  if (type === 'probe') service.send({ kind: 'presence', to: account }, '')
  return true
}

/** Presence comes behind the approval, which takes a look into the roster. RFC 6121 §3.1.5. */
async function welcome(account: BareJid, service: Service): Promise<void> {
  await service.sendSettled({ kind: 'presence', type: 'subscribed', to: account }, '')
  service.send({ kind: 'presence', to: account }, '')
}

function isDomain(text: string): boolean {
  const jid = tryJid(text)
  return jid !== undefined && domainOf(jid) === jid
}
