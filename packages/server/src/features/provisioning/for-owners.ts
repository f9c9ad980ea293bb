/** What owners say and ask: their rules, what others would change, and why something is allowed. */
import type { BareJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  DecisionQuery,
  Decisions,
  RuleChanges,
  RuleExplanation,
  RuleFaults,
  RuleQuestion,
  Rules,
  RulesTrial,
  stanzaError,
  ThingOwner,
} from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { toElement, writeWire } from '@waxwing/xml'
import { type IqHandler, onGet, onSet } from '../../kernel/feature.ts'
import type { DecisionLog } from './decision-log.ts'
import { dryRun } from './dry-run.ts'
import type { Explanation } from './explanation.ts'
import { type Judgement, notYours } from './judgement.ts'
import type { News } from './news.ts'
import type { Ownership } from './ownership.ts'
import type { RuleBook } from './rule.ts'
import type { RuleBooks } from './rule-books.ts'
import { type RuleLimits, readRules } from './rule-text.ts'

export interface OwnersPort {
  readonly books: RuleBooks
  readonly ownership: Ownership
  readonly judgement: Judgement
  readonly news: News
  readonly decisions: DecisionLog
  readonly clock: Clock
  readonly limits: RuleLimits
  /** Whether something may be kept for an account. */
  isLocal(account: BareJid): boolean
}

export function forOwners(port: OwnersPort): readonly IqHandler[] {
  const { books, ownership, news, clock, limits, judgement } = port
  return [
    onGet(Rules, 'host', async ({ account }) =>
      writeWire(Rules, { text: await books.textOf(account) }, CLIENT_NS),
    ),
    onSet(Rules, 'host', async ({ account, payload: { text } }) => {
      mustBeLocal(account, port)
      await books.put(account, text, rightOf(text, limits))
      return { payload: '', more: () => news.changed(account) }
    }),
    onGet(RulesTrial, 'host', async ({ account, payload: { text } }) => {
      const { isComplete, changes } = dryRun(
        await books.of(account),
        rightOf(text, limits),
        clock.wall(),
        thing => judgement.tagsOf(thing),
      )
      const told = changes.map(({ rule, ...change }) => ({ ...change, line: rule?.line }))
      return writeWire(RuleChanges, { isComplete, changes: told }, CLIENT_NS)
    }),
    onGet(RuleQuestion, 'host', async ({ account, payload }) =>
      answered(await explained(account, payload, port)),
    ),
    // Whose thing it is not finds nothing: entries are their owners' alone.
    onGet(DecisionQuery, 'host', async ({ account, payload: { thing, max = 50 } }) =>
      writeWire(Decisions, { decisions: await port.decisions.of(thing, account, max) }, CLIENT_NS),
    ),
    onGet(ThingOwner, 'host', async ({ account }) =>
      writeWire(ThingOwner, { jid: await ownership.ownerOf(account) }, CLIENT_NS),
    ),
    onSet(ThingOwner, 'host', async ({ account, payload: { jid } }) => {
      mustBeLocal(account, port)
      await ownership.setOwner(account, jid)
      return { payload: '', more: () => news.moved(account, jid ?? account) }
    }),
  ]
}

/** Others than our own accounts may ask, but not make us keep anything. */
export function mustBeLocal(account: BareJid, port: Pick<OwnersPort, 'isLocal'>): void {
  if (!port.isLocal(account)) throw stanzaError('forbidden', 'Rules are kept for accounts of this server')
}

/** Throws `StanzaError` with every place that is wrong. */
function rightOf(text: string, limits: RuleLimits): RuleBook {
  const { book, faults } = readRules(text, limits)
  const [first] = faults
  if (!first) return book
  throw stanzaError('not-acceptable', `Line ${first.line}, column ${first.column}: ${first.text}.`, {
    app: toElement(RuleFaults, { faults }),
  })
}

async function explained(
  account: BareJid,
  question: RuleQuestion,
  { ownership, judgement }: OwnersPort,
): Promise<Explanation> {
  const { caller, verb, thing, name, node, source, partition, tokens } = question
  const standing = await ownership.of(thing)
  // Whose thing it is not hears what they would hear if there were no such thing.
  if (standing.owner !== account && thing !== account)
    return { isAllowed: false, rule: undefined, why: notYours(thing), others: [] }
  // As if they were proved, and shown as whatever a rule wants them to be.
  const wish = judgement.wish(thing, caller, verb, { service: tokens, device: tokens, user: tokens })
  return judgement.explain(standing, wish, {
    name,
    node: node === undefined ? undefined : { id: node, source, partition },
  })
}

function answered({ isAllowed, why, rule, others }: Explanation): string {
  const explanation = {
    isAllowed,
    why,
    line: rule?.line,
    rule: rule?.text,
    others: others.map(other => ({ line: other.rule.line, rule: other.rule.text, why: other.why })),
  }
  return writeWire(RuleExplanation, explanation, CLIENT_NS)
}
