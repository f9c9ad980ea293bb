// Provisioning between a thing and its server, in every generation (XEP-0324 and its successors).
import type { Jid } from '@waxwing/jid'
import { attr, bool, CodecError, children, element, mapped, string, type Wire } from '@waxwing/xml'
import { anyJid } from '../jids.ts'
import { type FieldCategory, fieldCategories, type HistoryPeriod, historyPeriods } from './field-flags.ts'
import { familyOf, type Generation, generations, provisioningNs } from './generations.ts'
import type {
  CacheClearing,
  ControllingAnswer,
  ControllingQuestion,
  Friendship,
  FriendshipAnswer,
  ProvisioningFormat,
  ReadingAnswer,
  ReadingQuestion,
} from './provisioning.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'
import { maxNameLength, maxSelectors, maxTokensLength } from './sensor-limits.ts'
import * as longNodes from './sensor-long-values.ts'
import { mark, markAll, marked, marks } from './sensor-marks.ts'
import { longCategories, longPeriods, shortCategories } from './sensor-names.ts'
import { listOrNone, nodeOf, tokenList } from './sensor-raw.ts'
import * as shortNodes from './sensor-short-values.ts'

/** A generation, its namespace and its family, as every wire needs them. */
interface Dialect {
  readonly generation: Generation
  readonly ns: string
  readonly isLong: boolean
}

function nodeWire({ ns, isLong }: Dialect): Wire<NodeRef> {
  return isLong
    ? mapped(
        element(ns, 'node', longNodes.nodeAttributes),
        raw => named(longNodes.readNode(raw)),
        longNodes.writeNode,
      )
    : mapped(
        element(ns, 'nd', shortNodes.nodeAttributes),
        raw => named(shortNodes.readNode(raw)),
        shortNodes.writeNode,
      )
}

function named(node: NodeRef | undefined): NodeRef {
  if (node === undefined || node.id === '') throw new CodecError('a node has no id')
  return node
}

/** Names of fields or parameters, each in an element. */
function namesOf({ ns, isLong }: Dialect, long: string, short: string): Wire<string> {
  const raw = isLong
    ? element(ns, long, { name: attr('name', string).maybe(), other: attr('n', string).maybe() })
    : // COMPAT(IoTGateway): `name` for `n`. Never written.
      element(ns, short, { name: attr('n', string).maybe(), other: attr('name', string).maybe() })
  return mapped(
    raw,
    ({ name = '', other }): string => withinLimit(name === '' ? (other ?? '') : name),
    name => ({ name }),
  )
}

function withinLimit(name: string): string {
  if (name === '' || name.length > maxNameLength) throw new CodecError('a name is empty or too long')
  return name
}

interface RawTokens {
  readonly service: readonly string[]
  readonly device: readonly string[]
  readonly user: readonly string[]
}

/** In `sn` there is one list, whose tokens are whatever they are. */
function tokenAttributes({ generation, isLong }: Dialect) {
  const [service, device, user] = isLong
    ? ['serviceToken', 'deviceToken', generation === 'sn' ? 'token' : 'userToken']
    : ['st', 'dt', 'ut']
  return {
    service: attr(service, tokenList).or([]),
    device: attr(device, tokenList).or([]),
    user: attr(user, tokenList).or([]),
  }
}

function readTokens({ service, device, user }: RawTokens): ReadoutTokens {
  if ([...service, ...device, ...user].join(' ').length > maxTokensLength)
    throw new CodecError('too many tokens')
  return { service, device, user }
}

function writeTokens({ service, device, user }: ReadoutTokens, { generation }: Dialect) {
  if (generation === 'sn')
    return { service: undefined, device: undefined, user: listOrNone([...service, ...device, ...user]) }
  return { service: listOrNone(service), device: listOrNone(device), user: listOrNone(user) }
}

function mustBeFew(nodes: readonly unknown[], names: readonly unknown[]): void {
  if (nodes.length + names.length > maxSelectors) throw new CodecError('too much is asked at once')
}

function readable(dialect: Dialect) {
  return {
    jid: attr('jid', anyJid),
    ...marks(dialect.isLong ? longCategories : shortCategories),
    // The short family has no words for distances: there they are neither heeded nor written.
    ...marks(longPeriods),
    all: attr('all', mark).or(false),
    nodes: children(nodeWire(dialect)),
    fields: children(namesOf(dialect, 'field', 'f')),
  }
}

interface RawReadable extends Readonly<Record<FieldCategory | HistoryPeriod, boolean>> {
  readonly jid: Jid
  readonly all: boolean
  readonly nodes: readonly NodeRef[]
  readonly fields: readonly string[]
}

function readReadable({ generation, isLong }: Dialect, raw: RawReadable) {
  const { jid, all, nodes, fields } = raw
  mustBeFew(nodes, fields)
  const periods = isLong ? marked(historyPeriods, raw) : []
  const categories = marked(fieldCategories, raw)
  return {
    generation,
    jid,
    nodes,
    fields,
    categories: periods.length > 0 && !raw.historical ? [...categories, 'historical' as const] : categories,
    periods: raw.historical ? [] : periods,
    all,
  }
}

type ReadingParts = Pick<ReadingAnswer, 'jid' | 'all' | 'nodes' | 'fields' | 'categories' | 'periods'>

function writeReadable({ jid, all, nodes, fields, categories, periods }: ReadingParts, isLong: boolean) {
  const narrow = isLong ? periods : []
  const words = narrow.length > 0 ? categories.filter(word => word !== 'historical') : categories
  return { jid, all, nodes, fields, ...markAll(words), ...markAll(narrow) }
}

function canReadWire(dialect: Dialect): Wire<ReadingQuestion> {
  const { ns, isLong } = dialect
  return mapped(
    element(ns, 'canRead', { ...readable(dialect), ...tokenAttributes(dialect) }),
    (raw): ReadingQuestion => ({ ...readReadable(dialect, raw), tokens: readTokens(raw) }),
    asked => ({ ...writeReadable(asked, isLong), ...writeTokens(asked.tokens, dialect) }),
  )
}

function readAnswerWire(dialect: Dialect): Wire<ReadingAnswer> {
  const { ns, isLong } = dialect
  return mapped(
    element(ns, 'canReadResponse', { ...readable(dialect), result: attr('result', bool) }),
    (raw): ReadingAnswer => ({ ...readReadable(dialect, raw), result: raw.result }),
    answer => ({ ...writeReadable(answer, isLong), result: answer.result }),
  )
}

function controllable(dialect: Dialect) {
  return {
    jid: attr('jid', anyJid),
    nodes: children(nodeWire(dialect)),
    parameters: children(namesOf(dialect, 'parameter', 'p')),
  }
}

function canControlWire(dialect: Dialect): Wire<ControllingQuestion> {
  const { generation, ns } = dialect
  return mapped(
    element(ns, 'canControl', { ...controllable(dialect), ...tokenAttributes(dialect) }),
    (raw): ControllingQuestion => {
      const { jid, nodes, parameters } = raw
      mustBeFew(nodes, parameters)
      return { generation, jid, nodes, parameters, tokens: readTokens(raw) }
    },
    ({ jid, nodes, parameters, tokens }) => ({ jid, nodes, parameters, ...writeTokens(tokens, dialect) }),
  )
}

function controlAnswerWire(dialect: Dialect): Wire<ControllingAnswer> {
  const { generation, ns } = dialect
  return mapped(
    element(ns, 'canControlResponse', { ...controllable(dialect), result: attr('result', bool) }),
    ({ jid, nodes, parameters, result }): ControllingAnswer => {
      mustBeFew(nodes, parameters)
      return { generation, jid, nodes, parameters, result }
    },
    ({ jid, nodes, parameters, result }) => ({ jid, nodes, parameters, result }),
  )
}

function friendshipWire({ generation, ns }: Dialect, name: string): Wire<Friendship> {
  return mapped(
    element(ns, name, { jid: attr('jid', anyJid) }),
    ({ jid }): Friendship => ({ generation, jid }),
    ({ jid }) => ({ jid }),
  )
}

function friendAnswerWire({ generation, ns, isLong }: Dialect): Wire<FriendshipAnswer> {
  const raw = element(ns, 'isFriendResponse', {
    jid: attr('jid', anyJid),
    result: attr('result', bool),
    secondaryTrust: attr('secondaryTrustAllowed', mark).or(false),
  })
  return mapped(
    raw,
    ({ jid, result, secondaryTrust }): FriendshipAnswer => ({
      generation,
      jid,
      result,
      secondaryTrust: isLong && secondaryTrust,
    }),
    ({ jid, result, secondaryTrust }) => ({ jid, result, secondaryTrust: isLong && secondaryTrust }),
  )
}

function clearCacheWire({ generation, ns }: Dialect, name: string): Wire<CacheClearing> {
  const isAddressed = generation === 'nfi'
  const raw = element(ns, name, {
    id: attr('id', string).maybe(),
    src: attr('src', string).maybe(),
    pt: attr('pt', string).maybe(),
  })
  return mapped(
    raw,
    ({ id = '', src, pt }): CacheClearing => ({
      generation,
      node: isAddressed ? nodeOf(id, src, pt) : undefined,
    }),
    ({ node }) =>
      isAddressed
        ? { id: node?.id, src: node?.source, pt: node?.partition }
        : { id: undefined, src: undefined, pt: undefined },
  )
}

function formatOf(generation: Generation): ProvisioningFormat {
  const dialect = { generation, ns: provisioningNs(generation), isLong: familyOf(generation) === 'long' }
  return {
    generation,
    ns: dialect.ns,
    isFriend: friendshipWire(dialect, 'isFriend'),
    friendAnswer: friendAnswerWire(dialect),
    friend: friendshipWire(dialect, generation === 'sn' ? 'Friend' : 'friend'),
    unfriend: friendshipWire(dialect, 'unfriend'),
    canRead: canReadWire(dialect),
    readAnswer: readAnswerWire(dialect),
    canControl: canControlWire(dialect),
    controlAnswer: controlAnswerWire(dialect),
    clearCache: clearCacheWire(dialect, 'clearCache'),
    cacheCleared: clearCacheWire(dialect, 'clearCacheResponse'),
  }
}

const formats = Object.fromEntries(
  generations.map(generation => [generation, formatOf(generation)]),
) as Readonly<Record<Generation, ProvisioningFormat>>

/** The format of provisioning in a generation. */
export function provisioning(generation: Generation): ProvisioningFormat {
  return formats[generation]
}
