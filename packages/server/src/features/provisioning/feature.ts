/** Things ask who may do what with them; their owners say so in rules that explain themselves. XEP-0324. */
import { domainOf, tryJid } from '@waxwing/jid'
import { generations, provisioning as provisioningFormat, RULES_NS } from '@waxwing/protocol'
import { escapeText } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { Service } from '../../kernel/service.ts'
import { registry } from '../registry/feature.ts'
import { Askers } from './askers.ts'
import { forOwners } from './for-owners.ts'
import { forThings } from './for-things.ts'
import { Inquiries } from './inquiries.ts'
import { Judgement } from './judgement.ts'
import { News } from './news.ts'
import { Ownership, ownersShape } from './ownership.ts'
import { portable } from './portable.ts'
import { RuleBooks, rulesShape } from './rule-books.ts'

export const provisioning = defineFeature({
  name: 'provisioning',
  implements: [
    {
      spec: 'XEP-0324',
      version: '0.5.1',
      coverage: 'partial',
      note: 'friendship, reading and control in all five namespaces; no tokens are issued, and services and users are not known',
    },
  ],
  needs: { registry },
  config: {
    enabled: setting.flag(true, 'Whether things find a provisioning server here.'),
    domain: setting.text(
      undefined,
      'Domain of the provisioning server; without it "provisioning." before that of the host.',
      { form: 'a domain', accepts: isDomain },
    ),
    maxRules: setting.count(
      500,
      'Rules one account may have; each thing, member of a tag, field and parameter they name counts as one.',
      {
        min: 1,
        max: 10_000,
      },
    ),
    maxCharacters: setting.count(65_536, 'Characters that the rules of one account may have.', {
      min: 1,
      max: 1_000_000,
    }),
    maxThings: setting.count(
      10_000,
      'Things remembered to be told when rules change; those that asked last.',
      {
        max: 1_000_000,
      },
    ),
    maxFriends: setting.count(20, 'Addresses remembered for each thing that asked about their friendship.', {
      max: 10_000,
    }),
    inquiriesPerDay: setting.count(
      20,
      'Messages an owner gets in a day about what no rule is about; 0 for none.',
      { max: 1_000 },
    ),
    timeout: setting.duration('30s', 'Time a thing has to answer that it has forgotten old answers.', {
      min: 1_000,
      max: 600_000,
    }),
  },
  store: { rules: rulesShape, owners: ownersShape },
  setup({ config, store, needs, host, clock, log }) {
    if (!config.enabled) return {}
    const limits = { rules: config.maxRules, characters: config.maxCharacters }
    const books = new RuleBooks(store.rules, limits)
    const ownership = new Ownership(store.owners, books, needs.registry)
    const askers = new Askers({ things: config.maxThings, friends: config.maxFriends })
    const inquiries = new Inquiries(clock, { perDay: config.inquiriesPerDay }, (owner, text) =>
      service.send({ kind: 'message', type: 'chat', to: owner }, `<body>${escapeText(text)}</body>`),
    )
    const judgement = new Judgement(clock, inquiries, () => service.jid)
    const news = new News({
      service: () => service,
      clock,
      askers,
      claims: needs.registry,
      timeoutMs: config.timeout,
      isFriend: async (thing, friend) =>
        judgement.isFriend(await ownership.of(thing), judgement.wish(thing, friend, 'befriend')),
      fault: error => log.error({ error }, 'Things could not be told of changed rules'),
    })
    const port = {
      books,
      ownership,
      judgement,
      askers,
      news,
      clock,
      limits,
      isLocal: (account: Parameters<typeof host.isLocal>[0]) => host.isLocal(account),
    }
    const formats = generations.map(provisioningFormat)
    const service = new Service(
      {
        domain: config.domain ?? `provisioning.${host.domain}`,
        name: 'Provisioning of things',
        info: {
          identities: [{ category: 'component', type: 'generic', name: 'Provisioning of things' }],
          features: [...formats.map(({ ns }) => ns), RULES_NS],
        },
        iq: [...formats.flatMap(format => forThings(format, port)), ...forOwners(port)],
      },
      host,
    )
    return {
      services: [service],
      portable: portable(books, ownership, limits),
      hooks: [
        hook('account:removed', 'store', async ({ account }) => {
          askers.forget(account)
          await Promise.all([books.remove(account), ownership.setOwner(account, undefined)])
          news.changed(account)
        }),
        hook('server:stopping', 'watch', () => news.stop()),
      ],
    }
  },
})

function isDomain(text: string): boolean {
  const jid = tryJid(text)
  return jid !== undefined && domainOf(jid) === jid
}
