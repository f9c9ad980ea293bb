// What owners of things answer, and have their things and rules forget, on the wire.
import {
  attr,
  bool,
  CodecError,
  child,
  choice,
  custom,
  dateTime,
  element,
  mapped,
  type TextCodec,
  type Wire,
} from '@waxwing/xml'
import { anyJid } from '../jids.ts'
import { fieldCategories } from './field-flags.ts'
import type { OwnerGeneration } from './generations.ts'
import { about, categoryAttributes, fewOf, namesOf, nodeAttributes, nodesOf } from './owner-parts.ts'
import type { OwnerAnswer, OwnerClearing } from './provisioning-owner.ts'
import { RULES_NS } from './rule-book.ts'
import { markAll, marked } from './sensor-marks.ts'
import { nodeOf, oneToken } from './sensor-raw.ts'

/** Ours: the generations know no rules that end. */
const until = child(element(RULES_NS, 'until', { at: attr('at', dateTime) })).maybe()
const answered = { ...about, result: attr('result', bool) }

const ranges = { caller: 'Caller', domain: 'Domain', everyone: 'All' } as const

const range: TextCodec<keyof typeof ranges> = custom(
  text => {
    const known = (['caller', 'domain', 'everyone'] as const).find(one => ranges[one] === text)
    if (known === undefined) throw new CodecError('not a range')
    return known
  },
  one => ranges[one],
  'Caller, Domain or All',
)

export function friendRule(generation: OwnerGeneration, ns: string): Wire<OwnerAnswer> {
  const raw = element(ns, 'isFriendRule', { ...answered, range: attr('range', range).or('caller'), until })
  return mapped(
    raw,
    ({ range: kind, until: end, ...rest }): OwnerAnswer => ({
      generation,
      ...rest,
      origin: { kind },
      nodes: [],
      partial: undefined,
      until: end?.at,
    }),
    ({ thing, caller, key: of, result, origin, until: end }) => {
      if ('token' in origin) throw new CodecError('friendship is not with tokens')
      return { thing, caller, key: of, result, range: origin.kind, ...(end ? { until: { at: end } } : {}) }
    },
  )
}

const originNames = {
  caller: 'fromJid',
  domain: 'fromDomain',
  service: 'fromService',
  device: 'fromDevice',
  user: 'fromUser',
  everyone: 'all',
} as const

function originOf(ns: string) {
  const shown = (tag: string) => element(ns, tag, { token: attr('token', oneToken) })
  return child(
    choice({
      caller: element(ns, originNames.caller, {}),
      domain: element(ns, originNames.domain, {}),
      service: shown(originNames.service),
      device: shown(originNames.device),
      user: shown(originNames.user),
      everyone: element(ns, originNames.everyone, {}),
    }),
  )
}

export function readRule(generation: OwnerGeneration, ns: string): Wire<OwnerAnswer> {
  const part = element(ns, 'partial', { ...categoryAttributes, names: namesOf(ns, 'f') })
  const raw = element(ns, 'canReadRule', {
    ...answered,
    nodes: nodesOf(ns),
    partial: child(part).maybe(),
    origin: originOf(ns),
    until,
  })
  return mapped(
    raw,
    ({ nodes, partial, until: end, ...rest }): OwnerAnswer => ({
      generation,
      ...rest,
      nodes: fewOf(nodes),
      partial: partial && {
        names: fewOf(partial.names),
        categories: partial.all ? [] : marked(fieldCategories, partial),
      },
      until: end?.at,
    }),
    ({ partial, until: end, ...rest }) => ({
      ...rest,
      ...(partial ? { partial: { names: partial.names, ...markAll(partial.categories) } } : {}),
      ...(end ? { until: { at: end } } : {}),
    }),
  )
}

export function controlRule(generation: OwnerGeneration, ns: string): Wire<OwnerAnswer> {
  const raw = element(ns, 'canControlRule', {
    ...answered,
    nodes: nodesOf(ns),
    partial: child(element(ns, 'partial', { names: namesOf(ns, 'p') })).maybe(),
    origin: originOf(ns),
    until,
  })
  return mapped(
    raw,
    ({ nodes, partial, until: end, ...rest }): OwnerAnswer => ({
      generation,
      ...rest,
      nodes: fewOf(nodes),
      partial: partial && { names: fewOf(partial.names), categories: [] },
      until: end?.at,
    }),
    ({ partial, until: end, ...rest }) => ({
      ...rest,
      ...(partial ? { partial: { names: partial.names } } : {}),
      ...(end ? { until: { at: end } } : {}),
    }),
  )
}

export function clearing(generation: OwnerGeneration, ns: string, tag: string): Wire<OwnerClearing> {
  // The schemas before `nfi` mean to have no address here, though one of them wants it (deleteRules).
  const isAddressed = generation === 'nfi' || tag === 'deleteRules'
  return mapped(
    element(ns, tag, { thing: attr('jid', anyJid).maybe(), ...nodeAttributes }),
    ({ thing, id = '', src, pt }): OwnerClearing => ({
      thing,
      node: isAddressed ? nodeOf(id, src, pt) : undefined,
    }),
    ({ thing, node }) => {
      const of = isAddressed ? node : undefined
      return { thing, id: of?.id, src: of?.source, pt: of?.partition }
    },
  )
}
