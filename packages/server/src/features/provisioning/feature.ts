/** Things ask who may do what with them; their owners say so in rules that explain themselves. XEP-0324. */
import { type BareJid, domainOf, tryJid } from '@waxwing/jid'
import {
  generations,
  ownerGenerations,
  provisioning as provisioningFormat,
  provisioningOwner,
  provisioningServices,
  provisioningTokens,
  RULES_NS,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook } from '../../kernel/hooks.ts'
import { Service } from '../../kernel/service.ts'
import { registry } from '../registry/feature.ts'
import { Askers } from './askers.ts'
import type { Wish } from './decision.ts'
import { type Decided, DecisionLog, decisionShapes } from './decision-log.ts'
import { forAnswers, forInbox } from './for-answers.ts'
import { forOwners } from './for-owners.ts'
import { forThings } from './for-things.ts'
import { Inquiries } from './inquiries.ts'
import { Judgement } from './judgement.ts'
import { News } from './news.ts'
import { OpenQuestions, questionShapes } from './open-questions.ts'
import { Ownership, ownerShapes, type Standing } from './ownership.ts'
import { portable } from './portable.ts'
import { RuleBooks, rulesShape } from './rule-books.ts'
import { forServices, heardLogin } from './services/for-services.ts'
import { ServiceUsers } from './services/service-users.ts'
import { forTokens } from './tokens/for-tokens.ts'
import { Proofs } from './tokens/proofs.ts'
import { Puzzles } from './tokens/puzzles.ts'
import { Tokens, tokenShapes } from './tokens/tokens.ts'

export const provisioning = defineFeature({
  name: 'provisioning',
  implements: [
    {
      spec: 'XEP-0324',
      version: '0.5.1',
      coverage: 'complete',
      note: 'in all five namespaces, with what owners are asked in the newer ones; of what services say of their users, rules know the address',
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
    maxQuestions: setting.count(200, 'Questions that wait for the answer of one owner.', { max: 10_000 }),
    questionsPerCaller: setting.count(20, 'Of these, questions about one and the same caller.', {
      max: 10_000,
    }),
    questionLifetime: setting.duration('30d', 'Time after which a question is not waited for any more.', {
      min: 60_000,
      max: 31_622_400_000,
    }),
    decisionsPerThing: setting.count(
      200,
      'Decisions kept about each thing for its owner to read, the newest; 0 for none.',
      { max: 100_000 },
    ),
    maxTokens: setting.count(16, 'Tokens one account may have, each for a certificate of its own.', {
      max: 1_000,
    }),
    tokenLifetime: setting.duration('365d', 'Time after which a token ends that was not asked for again.', {
      min: 60_000,
      max: 316_224_000_000,
    }),
    proofLifetime: setting.duration(
      '1d',
      'Time for which it counts that somebody has proved a token to a thing.',
      { max: 31_622_400_000 },
    ),
    proofTimeout: setting.duration(
      '8s',
      'Time to prove a token; things should wait longer for the answer to their question.',
      { min: 1_000, max: 600_000 },
    ),
    usersPerService: setting.count(1_000, 'Users of one service who have a token at the same time.', {
      min: 1,
      max: 20_000,
    }),
    userLifetime: setting.duration('1d', 'Time for which the user of a service has a token.', {
      min: 60_000,
      max: 31_622_400_000,
    }),
    timeout: setting.duration('30s', 'Time a thing has to answer that it has forgotten old answers.', {
      min: 1_000,
      max: 600_000,
    }),
  },
  store: {
    rules: rulesShape,
    ...ownerShapes,
    ...questionShapes,
    ...decisionShapes,
    ...tokenShapes,
  },
  setup({ config, store, needs, host, clock, random, log }) {
    if (!config.enabled) return {}
    const limits = { rules: config.maxRules, characters: config.maxCharacters }
    const books = new RuleBooks(store.rules, limits)
    const wall = (): number => clock.wall()
    const ownership = new Ownership(store, books, needs.registry, wall)
    const askers = new Askers({ things: config.maxThings, friends: config.maxFriends })
    const isLocal = (account: BareJid): boolean => host.isLocal(account)
    const fault = (error: unknown): void => log.error({ error }, 'A decision could not be told or kept')
    const questions = new OpenQuestions(
      store,
      {
        most: config.maxQuestions,
        mostOfCaller: config.questionsPerCaller,
        lifetimeMs: config.questionLifetime,
      },
      wall,
      () => randomId(random),
    )
    const inquiries = new Inquiries({
      clock,
      questions,
      perDay: config.inquiriesPerDay,
      isLocal,
      send: (to, payload) => service.send({ kind: 'message', type: 'chat', to }, payload),
      fault,
    })
    const judgement = new Judgement(clock, inquiries, needs.registry, () => service.jid)
    const decisions = new DecisionLog(store, config.decisionsPerThing)
    const news = new News({
      service: () => service,
      clock,
      askers,
      claims: needs.registry,
      timeoutMs: config.timeout,
      isFriend: async (thing, friend) =>
        judgement.isFriend(await ownership.of(thing), judgement.wish(thing, friend, 'befriend')),
      fault,
    })
    const equal = (a: Uint8Array, b: Uint8Array): boolean => host.crypto.equal(a, b)
    // IEEE 1451.99: who gave it, and something random.
    const newToken = (): string => `${service.jid}:${randomId(random)}`
    const tokens = new Tokens({
      tokens: store.tokens,
      holdings: store.holdings,
      most: config.maxTokens,
      lifetimeMs: config.tokenLifetime,
      wall,
      newToken,
    })
    const proofs = new Proofs({
      tokens,
      clock,
      random,
      equal,
      lifetimeMs: config.proofLifetime,
      timeoutMs: config.proofTimeout,
      service: () => service,
    })
    const users = new ServiceUsers({
      mostOfService: config.usersPerService,
      lifetimeMs: config.userLifetime,
      wall,
      newToken,
    })
    const giving = { tokens, puzzles: new Puzzles(random, wall, equal), random, wall, isLocal }
    const port = {
      books,
      ownership,
      judgement,
      askers,
      news,
      clock,
      limits,
      isLocal,
      questions,
      decisions,
      proofs,
      tokens,
      users,
      registry: needs.registry,
      note: ({ owner, isConfirmed }: Standing, wish: Wish, decided: Decided): void => {
        if (isConfirmed && isLocal(owner)) decisions.add(owner, wish, decided).catch(fault)
      },
    }
    needs.registry.watch(thing => news.changedFor(thing))
    const formats = generations.map(provisioningFormat)
    const ownerFormats = ownerGenerations.map(provisioningOwner)
    const tokenFormats = (['xep', ...ownerGenerations] as const).map(provisioningTokens)
    const serviceFormats = (['sn', 'xep'] as const).map(provisioningServices)
    const service = new Service(
      {
        domain: config.domain ?? `provisioning.${host.domain}`,
        name: 'Provisioning of things',
        info: {
          identities: [{ category: 'component', type: 'generic', name: 'Provisioning of things' }],
          features: [...[...formats, ...ownerFormats, ...tokenFormats].map(({ ns }) => ns), RULES_NS],
        },
        iq: [
          ...formats.flatMap(format => forThings(format, port)),
          ...ownerFormats.flatMap(format => forAnswers(format, port)),
          ...tokenFormats.flatMap(format => forTokens(format, giving)),
          ...serviceFormats.flatMap(format => forServices(format, port)),
          ...forOwners(port),
          forInbox(port),
        ],
        takes: stanza => heardLogin(serviceFormats, stanza, port),
      },
      host,
    )
    return {
      services: [service],
      portable: portable({ books, ownership, tokens, decisions, limits, wall }),
      hooks: [
        hook('account:removed', 'store', async ({ account }) => {
          askers.forget(account)
          const [orphans] = await Promise.all([
            ownership.forgetOwner(account),
            books.remove(account),
            ownership.setOwner(account, undefined),
            decisions.forgetOwner(account),
            questions.remove(account, () => true),
            decisions.clear(account),
            tokens.removeOf(account),
          ])
          users.removeOf(account)
          news.changed(account)
          for (const thing of orphans) askers.moved(thing, thing)
        }),
        hook('session:available', 'watch', ({ session }) => news.returned(session.jid)),
        hook('server:stopping', 'watch', () => news.stop()),
      ],
    }
  },
})

function isDomain(text: string): boolean {
  const jid = tryJid(text)
  return jid !== undefined && domainOf(jid) === jid
}
