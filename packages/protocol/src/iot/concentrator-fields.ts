// The parts that questions, answers and messages of concentrators are made of, as each generation spells them.
import {
  attr,
  bool,
  CodecError,
  children,
  choice,
  custom,
  element,
  oneOf,
  string,
  type TextCodec,
  text,
  type Wire,
  XML_NS,
} from '@waxwing/xml'
import {
  type NodeInfo,
  type NodeMessage,
  type NodeMessageType,
  type NodeState,
  nodeMessageTypes,
  nodeStates,
  sourceEventKinds,
} from './concentrator-nodes.ts'
import { concentratorNs, type Family, familyOf, type Generation } from './generations.ts'
import type { NodeRef } from './readout.ts'
import { maxNameLength } from './sensor-limits.ts'
import { mark } from './sensor-marks.ts'
import { tokenList } from './sensor-raw.ts'
import { timestamp } from './timestamp.ts'

/** A generation with what its parts are spelled by. */
export interface Spelling {
  readonly generation: Generation
  readonly ns: string
  readonly family: Family
}

export function spellingOf(generation: Generation): Spelling {
  return { generation, ns: concentratorNs(generation), family: familyOf(generation) }
}

/** An id or a name. */
export const word: TextCodec<string> = custom(
  given => {
    if (given.length > maxNameLength) throw new CodecError('too long')
    return given
  },
  given => given,
  `a text of at most ${maxNameLength} characters`,
)

export function tokenFields({ family }: Spelling) {
  const isLong = family === 'long'
  return {
    lang: attr('lang', string, XML_NS).maybe(),
    service: attr(isLong ? 'serviceToken' : 'st', tokenList).maybe(),
    device: attr(isLong ? 'deviceToken' : 'dt', tokenList).maybe(),
    user: attr(isLong ? 'userToken' : 'ut', tokenList).maybe(),
  }
}

export function sourceField({ family }: Spelling) {
  return { source: attr(family === 'long' ? 'sourceId' : 'src', word) }
}

/** The address of a node. The long family wants a source always, yet many leave it out. */
export function nodeFields({ family }: Spelling) {
  const isLong = family === 'long'
  return {
    id: attr(isLong ? 'nodeId' : 'id', word),
    source: attr(isLong ? 'sourceId' : 'src', word).maybe(),
    partition: attr(isLong ? 'cacheType' : 'pt', word).maybe(),
  }
}

export function nodesField(spelling: Spelling) {
  const { ns, family } = spelling
  const node: Wire<NodeRef> = element(ns, family === 'long' ? 'node' : 'nd', nodeFields(spelling))
  return { nodes: children(node) }
}

export const detailFields = {
  parameters: attr('parameters', mark).or(false),
  messages: attr('messages', mark).or(false),
}

const wanted = (kind: (typeof sourceEventKinds)[number]) => attr(kind, bool).or(true)

export const eventFlags = {
  nodeAdded: wanted('nodeAdded'),
  nodeUpdated: wanted('nodeUpdated'),
  nodeStatusChanged: wanted('nodeStatusChanged'),
  nodeRemoved: wanted('nodeRemoved'),
  nodeMovedUp: wanted('nodeMovedUp'),
  nodeMovedDown: wanted('nodeMovedDown'),
}

/** A state nobody knows says nothing. */
export const nodeState: TextCodec<NodeState> = custom(
  given => nodeStates.find(state => state === given) ?? 'None',
  state => state,
  'a state of a node',
)

/** COMPAT(examples of XEP-0326): `WarningUnsigned` for the type of a message. Never written. */
const messageType: TextCodec<NodeMessageType> = custom(
  given => nodeMessageTypes.find(type => given.startsWith(type)) ?? 'Information',
  type => type,
  'a type of messages',
)

export function messagesField({ ns, generation }: Spelling) {
  const message: Wire<NodeMessage> = element(ns, 'message', {
    at: attr('timestamp', timestamp),
    type: attr('type', messageType),
    eventId: attr(generation === 'sn' ? 'id' : 'eventId', string).maybe(),
    text: text(string),
  })
  return { messages: children(message) }
}

function parametersField(ns: string) {
  const one = (kind: string) =>
    element(ns, kind, { id: attr('id', string), name: attr('name', string), value: attr('value', string) })
  const parameter = choice({
    boolean: one('boolean'),
    color: one('color'),
    dateTime: one('dateTime'),
    double: one('double'),
    duration: one('duration'),
    int: one('int'),
    long: one('long'),
    string: one('string'),
    time: one('time'),
  })
  return { parameters: children(parameter) }
}

/** Everything about a node but its address. */
function infoFields(spelling: Spelling) {
  const { ns, generation, family } = spelling
  const isLong = family === 'long'
  const flag = (name: string) => attr(name, mark).or(false)
  return {
    displayName: attr('displayName', string).maybe(),
    nodeType: attr('nodeType', string).maybe(),
    localId: attr('localId', string).maybe(),
    logId: attr('logId', string).maybe(),
    state: attr('state', nodeState).or('None', { write: true }),
    hasChildren: attr('hasChildren', mark).or(false, { write: true }),
    childrenOrdered: flag('childrenOrdered'),
    isReadable: flag('isReadable'),
    isControllable: flag(generation === 'sn' ? 'isConfigurable' : 'isControllable'),
    hasCommands: flag('hasCommands'),
    ...(isLong ? {} : { isSniffable: attr('sniffable', mark).maybe() }),
    parentId: attr('parentId', string).maybe(),
    parentPartition: attr(isLong ? 'parentCacheType' : 'parentPartition', string).maybe(),
    lastChanged: attr('lastChanged', timestamp).maybe(),
    ...parametersField(ns),
    ...messagesField(spelling),
  }
}

/** In answers of the long family a node does not name its source: it is the one asked about. */
function answeredAddress({ generation, family }: Spelling) {
  const isLong = family === 'long'
  return {
    ...(isLong ? {} : { source: attr('src', word).maybe() }),
    partition: attr(isLong ? 'cacheType' : 'pt', word).maybe(),
    idName: generation === 'sn' || !isLong ? 'id' : 'nodeId',
  }
}

/** A node in an answer. */
export function answeredNode(spelling: Spelling) {
  const { idName, ...address } = answeredAddress(spelling)
  return { id: attr(idName, word), ...address, ...infoFields(spelling) }
}

/** The same where the answer itself is the node, which is absent when something went wrong. */
export function answeredNodeIfAny(spelling: Spelling) {
  const { idName, ...address } = answeredAddress(spelling)
  return { id: attr(idName, word).maybe(), ...address, ...infoFields(spelling) }
}

/** A node in an event, with its source. */
export function eventNode(spelling: Spelling) {
  const { idName } = answeredAddress(spelling)
  return { ...nodeFields(spelling), id: attr(idName, word), ...infoFields(spelling) }
}

export function nodeInfoWire(spelling: Spelling): Wire<NodeInfo> {
  const { ns, family } = spelling
  return element(ns, family === 'long' ? 'node' : 'nodeInfo', answeredNode(spelling))
}

/** One of some words; another one is the last of them. */
export function oneOfOr<const T extends string>(fallback: T, words: readonly T[]): TextCodec<T> {
  const known = oneOf(...words)
  return custom(
    given => words.find(one => one === given) ?? fallback,
    value => known.format(value),
    known.name,
  )
}
