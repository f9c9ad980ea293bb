// The formats of registries (XEP-0347, IEEE 1451.99 discovery): only the address of a node is spelled in two ways.
import {
  attr,
  bool,
  CodecError,
  children,
  choice,
  count,
  custom,
  double,
  element,
  type InputOf,
  intWithin,
  mapped,
  string,
  type TextCodec,
  type TypeOf,
  type Wire,
} from '@waxwing/xml'
import { anyJid } from '../jids.ts'
import { familyOf } from './generations.ts'
import type { NodeRef } from './readout.ts'
import {
  type FoundThing,
  type FoundThings,
  type ListPage,
  type NodeAddress,
  numberOperators,
  type RegistryFormat,
  type RegistryGeneration,
  registryGenerations,
  type TagUpdate,
  type ThingAddress,
  type ThingClaim,
  type ThingClaimed,
  type ThingRegistration,
  type ThingSearch,
  textOperators,
} from './registry.ts'
import { maxSelectors } from './sensor-limits.ts'
import { mark } from './sensor-marks.ts'
import { nodeOf } from './sensor-raw.ts'

const namespaces: Readonly<Record<RegistryGeneration, string>> = {
  xep: 'urn:xmpp:iot:discovery',
  ieee: 'urn:ieee:iot:disco:1.0',
  nf: 'urn:nf:iot:disco:1.0',
  nfi: 'urn:nfi:iot:disco:1.0',
}

/** Where owners ask for what is theirs; the oldest generation has no such question. */
const ownerNamespaces: Readonly<Partial<Record<RegistryGeneration, string>>> = {
  ieee: 'urn:ieee:iot:prov:o:1.0',
  nf: 'urn:nf:iot:prov:o:1.0',
  nfi: 'urn:nfi:iot:prov:o:1.0',
}

/** The namespace of discovery, which is also the feature a registry announces. XEP-0347 §4. */
export function registryNs(generation: RegistryGeneration): string {
  return namespaces[generation]
}

const finite: TextCodec<number> = custom(
  text => finiteNumber(double.parse(text)),
  value => double.format(finiteNumber(value)),
  'a finite number',
)

function finiteNumber(value: number): number {
  if (!Number.isFinite(value)) throw new CodecError('not finite')
  return value
}

function few<T>(list: readonly T[]): readonly T[] {
  if (list.length > maxSelectors) throw new CodecError('too much at once')
  return list
}

/** The attributes of a node, and how they become one. */
export function nodeAttributesOf(generation: RegistryGeneration) {
  const names =
    familyOf(generation) === 'long' ? (['nodeId', 'sourceId', 'cacheType'] as const) : ['id', 'src', 'pt']
  const [id = '', source = '', partition = ''] = names
  return {
    id: attr(id, string).maybe(),
    source: attr(source, string).maybe(),
    partition: attr(partition, string).maybe(),
  }
}

interface RawNode {
  readonly id?: string | undefined
  readonly source?: string | undefined
  readonly partition?: string | undefined
}

export const readNode = ({ id = '', source, partition }: RawNode): NodeRef | undefined =>
  nodeOf(id, source, partition)

export const writeNode = (node: NodeRef | undefined): RawNode => ({
  id: node?.id,
  source: node?.source,
  partition: node?.partition,
})

export function tagsOf(ns: string) {
  const str = element(ns, 'str', { name: attr('name', string), value: attr('value', string) })
  const num = element(ns, 'num', { name: attr('name', string), value: attr('value', finite) })
  return children(choice({ str, num }))
}

const named = { name: attr('name', string), nameWildcard: attr('nameWildcard', string).maybe() }

function rangeOf<T>(codec: TextCodec<T>) {
  return {
    ...named,
    min: attr('min', codec),
    minIncluded: attr('minIncluded', bool).or(true, { write: true }),
    max: attr('max', codec),
    maxIncluded: attr('maxIncluded', bool).or(true, { write: true }),
  }
}

function textConditions(ns: string) {
  const one = (name: string) => element(ns, name, { ...named, value: attr('value', string) })
  const [strEq, strNEq, strGt, strGtEq, strLt, strLtEq, strRegEx] = textOperators
  return {
    strEq: one(strEq),
    strNEq: one(strNEq),
    strGt: one(strGt),
    strGtEq: one(strGtEq),
    strLt: one(strLt),
    strLtEq: one(strLtEq),
    strRegEx: one(strRegEx),
    strMask: element(ns, 'strMask', {
      ...named,
      value: attr('value', string),
      wildcard: attr('wildcard', string),
    }),
    strRange: element(ns, 'strRange', rangeOf(string)),
    strNRange: element(ns, 'strNRange', rangeOf(string)),
  }
}

function numberConditions(ns: string) {
  const one = (name: string) => element(ns, name, { ...named, value: attr('value', finite) })
  const [numEq, numNEq, numGt, numGtEq, numLt, numLtEq] = numberOperators
  return {
    numEq: one(numEq),
    numNEq: one(numNEq),
    numGt: one(numGt),
    numGtEq: one(numGtEq),
    numLt: one(numLt),
    numLtEq: one(numLtEq),
    numRange: element(ns, 'numRange', rangeOf(finite)),
    numNRange: element(ns, 'numNRange', rangeOf(finite)),
  }
}

type NodeAttributes = ReturnType<typeof nodeAttributesOf>

function requests(ns: string, node: NodeAttributes) {
  const tags = tagsOf(ns)
  const register = element(ns, 'register', { ...node, selfOwned: attr('selfOwned', mark).or(false), tags })
  const claim = element(ns, 'mine', { ...node, isPublic: attr('public', bool).maybe(), tags })
  const update = element(ns, 'update', { ...node, jid: attr('jid', anyJid).maybe(), tags })
  return {
    register: mapped(
      register,
      (raw): ThingRegistration => ({ node: readNode(raw), selfOwned: raw.selfOwned, tags: few(raw.tags) }),
      ({ node: of, selfOwned, tags: all }): InputOf<typeof register> => ({
        ...writeNode(of),
        selfOwned,
        tags: all,
      }),
    ),
    claim: mapped(
      claim,
      (raw): ThingClaim => ({ node: readNode(raw), isPublic: raw.isPublic, tags: few(raw.tags) }),
      ({ node: of, isPublic, tags: all }): InputOf<typeof claim> => ({
        ...writeNode(of),
        isPublic,
        tags: all,
      }),
    ),
    update: mapped(
      update,
      (raw): TagUpdate => ({ node: readNode(raw), jid: raw.jid, tags: few(raw.tags) }),
      ({ node: of, jid, tags: all }): InputOf<typeof update> => ({ ...writeNode(of), jid, tags: all }),
    ),
  }
}

function nodeElement(ns: string, name: string, node: NodeAttributes): Wire<NodeAddress> {
  return mapped(
    element(ns, name, node),
    (raw): NodeAddress => ({ node: readNode(raw) }),
    ({ node: of }) => writeNode(of),
  )
}

function thingElement(ns: string, name: string, node: NodeAttributes): Wire<ThingAddress> {
  return mapped(
    element(ns, name, { jid: attr('jid', anyJid), ...node }),
    (raw): ThingAddress => ({ jid: raw.jid, node: readNode(raw) }),
    ({ jid, node: of }) => ({ jid, ...writeNode(of) }),
  )
}

function claimedElement(ns: string, node: NodeAttributes): Wire<ThingClaimed> {
  return mapped(
    element(ns, 'claimed', { jid: attr('jid', anyJid), ...node, isPublic: attr('public', bool).maybe() }),
    (raw): ThingClaimed => ({ jid: raw.jid, node: readNode(raw), isPublic: raw.isPublic }),
    ({ jid, node: of, isPublic }) => ({ jid, ...writeNode(of), isPublic }),
  )
}

const page = {
  offset: attr('offset', count).or(0, { write: true }),
  maxCount: attr('maxCount', intWithin(1, Number.MAX_SAFE_INTEGER)).maybe(),
}

function searchElement(ns: string): Wire<ThingSearch> {
  const conditions = choice({ ...textConditions(ns), ...numberConditions(ns) })
  return mapped(
    element(ns, 'search', { ...page, conditions: children(conditions) }),
    ({ offset, maxCount, conditions: all }): ThingSearch => ({ offset, maxCount, conditions: few(all) }),
    search => search,
  )
}

function foundElement(ns: string, node: NodeAttributes): Wire<FoundThings> {
  // The schemas want an owner: where it is not to be told it is empty.
  const owner = attr('owner', string).or('', { write: true })
  const thing = element(ns, 'thing', { owner, jid: attr('jid', anyJid), ...node, tags: tagsOf(ns) })
  const things = mapped(
    thing,
    (raw: TypeOf<typeof thing>): FoundThing => ({
      jid: raw.jid,
      node: readNode(raw),
      owner: raw.owner === '' ? undefined : anyJid.parse(raw.owner),
      tags: raw.tags,
    }),
    ({ jid, node: of, owner: whose = '', tags }): InputOf<typeof thing> => ({
      jid,
      owner: whose,
      ...writeNode(of),
      tags,
    }),
  )
  return element(ns, 'found', {
    more: attr('more', bool).or(false, { write: true }),
    things: children(things),
  })
}

function ownedElement(ns: string | undefined): Wire<ListPage> | undefined {
  return ns === undefined ? undefined : element(ns, 'getDevices', page)
}

function formatOf(generation: RegistryGeneration): RegistryFormat {
  const ns = namespaces[generation]
  const node = nodeAttributesOf(generation)
  return {
    generation,
    ns,
    ...requests(ns, node),
    unregister: nodeElement(ns, 'unregister', node),
    remove: thingElement(ns, 'remove', node),
    disown: thingElement(ns, 'disown', node),
    claimed: claimedElement(ns, node),
    removed: nodeElement(ns, 'removed', node),
    disowned: nodeElement(ns, 'disowned', node),
    search: searchElement(ns),
    found: foundElement(ns, node),
    owned: ownedElement(ownerNamespaces[generation]),
  }
}

const formats: Readonly<Record<RegistryGeneration, RegistryFormat>> = {
  xep: formatOf('xep'),
  ieee: formatOf('ieee'),
  nf: formatOf('nf'),
  nfi: formatOf('nfi'),
}

/** How a generation speaks with registries. */
export function registry(generation: RegistryGeneration): RegistryFormat {
  return formats[generation]
}

/** The generation whose registries have this feature; `undefined` for any other feature. */
export function registryGenerationOf(feature: string): RegistryGeneration | undefined {
  return registryGenerations.find(generation => namespaces[generation] === feature)
}
