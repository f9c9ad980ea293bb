/** What things ask, in one generation. Each account asks about itself alone. XEP-0324 §3.2, §3.3, §3.4 */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  type AskedVerb,
  CLIENT_NS,
  type NodeRef,
  type ProvisioningFormat,
  type ReadoutTokens,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { type IqHandler, onGet } from '../../kernel/feature.ts'
import type { Askers } from './askers.ts'
import type { Wish } from './decision.ts'
import type { Decided } from './decision-log.ts'
import { type Asked, type Grant, rulesBehind } from './grants.ts'
import type { Judgement } from './judgement.ts'
import type { News } from './news.ts'
import type { Ownership, Standing } from './ownership.ts'
import type { Proofs } from './tokens/proofs.ts'

export interface ThingsPort {
  readonly ownership: Ownership
  readonly judgement: Judgement
  readonly askers: Askers
  readonly news: News
  readonly proofs: Proofs
  /** Keeps for the owner what was decided. */
  note(standing: Standing, wish: Wish, decided: Decided): void
}

export function forThings(format: ProvisioningFormat, port: ThingsPort): readonly IqHandler[] {
  const { generation } = format
  const { judgement, askers, proofs } = port

  /** Who asks is told when the answer changes. */
  async function standingOf(from: Jid): Promise<Standing> {
    const standing = await port.ownership.of(bareOf(from))
    askers.note(from, generation, standing.owner)
    port.news.answeredBy(standing.owner, standing.book)
    return standing
  }

  async function granted(
    verb: AskedVerb,
    from: Jid,
    who: Jid,
    tokens: ReadoutTokens,
    asked: Asked,
  ): Promise<Grant> {
    const before = await standingOf(from)
    const proven = await proofs.provenOf(tokens, {
      book: before.book,
      thing: from,
      caller: who,
      generation,
    })
    // While somebody proved a token the rules may have become others.
    const standing = isBare(tokens) ? before : await standingOf(from)
    const wish = judgement.wish(bareOf(from), who, verb, proven)
    const grant = judgement.grant(standing, wish, asked)
    if (!grant.result) judgement.inquire(standing, wish, { ...asked, tokens }, generation)
    port.note(standing, wish, {
      what: inWords(asked),
      isAllowed: grant.result,
      granted: grant.result && isLess(grant, asked) ? inWords(grant) : undefined,
      rules: rulesBehind(standing.book, wish, asked),
    })
    return grant
  }

  return [
    onGet(format.isFriend, 'host', async ({ payload: { jid }, account, from }) => {
      const standing = await standingOf(from)
      const wish = judgement.wish(account, jid, 'befriend')
      const rule = judgement.friendRule(standing, wish)
      const result = judgement.isFriend(standing, wish)
      askers.noteFriend(account, bareOf(jid), result)
      if (!result) judgement.inquire(standing, wish, { ...nothing, tokens: wish.caller.tokens }, generation)
      port.note(standing, wish, { what: undefined, isAllowed: result, rules: rule ? [rule] : [] })
      return writeWire(format.friendAnswer, { generation, jid, result, secondaryTrust: false }, CLIENT_NS)
    }),
    // Who shows tokens may have to prove them, through the thing that asks: nobody waits for it meanwhile.
    onGet(
      format.canRead,
      'host',
      async ({ payload: { tokens, ...asked }, from }) => {
        const categories = asked.all ? [] : asked.categories
        const grant = await granted('read', from, asked.jid, tokens, {
          nodes: asked.nodes,
          names: asked.fields,
          categories,
        })
        if (!grant.result)
          return writeWire(format.readAnswer, { ...asked, nodes: [], fields: [], result: false }, CLIENT_NS)
        const given = { ...asked, nodes: grant.nodes, fields: grant.names, result: true }
        return writeWire(
          format.readAnswer,
          grant.categories.length === 0 ? given : limited(given, grant),
          CLIENT_NS,
        )
      },
      { beside: true },
    ),
    onGet(
      format.canControl,
      'host',
      async ({ payload: { jid, nodes, parameters: names, tokens }, from }) => {
        const grant = await granted('control', from, jid, tokens, { nodes, names, categories: [] })
        const answer = grant.result
          ? { generation, jid, nodes: grant.nodes, parameters: grant.names, result: true }
          : { generation, jid, nodes: [], parameters: [], result: false }
        return writeWire(format.controlAnswer, answer, CLIENT_NS)
      },
      { beside: true },
    ),
  ]
}

function isBare({ service, device, user }: ReadoutTokens): boolean {
  return service.length + device.length + user.length === 0
}

const nothing: Asked = { nodes: [], names: [], categories: [] }

/** Some types of values alone. */
function limited<A extends { readonly periods: readonly unknown[] }>(
  answer: A,
  { categories }: Pick<Asked, 'categories'>,
) {
  const periods = categories.includes('historical') ? answer.periods : []
  return { ...answer, categories, periods, all: false }
}

function isLess(grant: Asked, asked: Asked): boolean {
  return (
    grant.nodes.length !== asked.nodes.length ||
    grant.names.length !== asked.names.length ||
    grant.categories.length !== 0
  )
}

/** For people; `undefined`: all of it. */
function inWords({ nodes, names, categories }: Asked): string | undefined {
  const at = nodes.map(nameOf).join(', ')
  const parts = [names.join(', '), at === '' ? '' : `of ${at}`, categories.join(', ')]
  return parts.filter(part => part !== '').join(' ') || undefined
}

function nameOf({ id, source, partition }: NodeRef): string {
  return [id, source, partition].filter(part => part !== undefined).join('/')
}
