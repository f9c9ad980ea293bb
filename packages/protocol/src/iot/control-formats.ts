// Control in every generation (XEP-0325 and its successors).
import {
  attr,
  CodecError,
  child,
  children,
  choice,
  element,
  mapped,
  oneOf,
  string,
  text,
  type Wire,
  XML_NS,
} from '@waxwing/xml'
import { DataForm } from '../data-forms.ts'
import {
  type ControlAnswer,
  type ControlForm,
  type ControlFormat,
  type ControlFormRequest,
  type ControlKind,
  type ControlOutcome,
  type ControlParameter,
  type ControlRequest,
  controlKinds,
  controlOutcomes,
  type ParameterFault,
} from './control.ts'
import { controlNs, familyOf, type Generation, generations } from './generations.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'
import { maxNameLength, maxSelectors, maxTokensLength } from './sensor-limits.ts'
import * as longNodes from './sensor-long-values.ts'
import { listOrNone, tokenList } from './sensor-raw.ts'
import * as shortNodes from './sensor-short-values.ts'

/** How a family spells the words of control. */
interface Spelling {
  readonly kinds: Readonly<Record<ControlKind, string>>
  readonly name: string
  readonly value: string
  readonly answer: string
  readonly tokens: readonly [service: string, device: string, user: string]
}

const longKinds = Object.fromEntries(controlKinds.map(kind => [kind, kind])) as Record<ControlKind, string>
const long: Spelling = {
  // There is no type for enumerations: their words are texts.
  kinds: { ...longKinds, enum: 'string' },
  name: 'name',
  value: 'value',
  answer: 'setResponse',
  tokens: ['serviceToken', 'deviceToken', 'userToken'],
}

const short: Spelling = {
  kinds: {
    boolean: 'b',
    color: 'cl',
    date: 'd',
    dateTime: 'dt',
    double: 'db',
    duration: 'dr',
    enum: 'e',
    int: 'i',
    long: 'l',
    string: 's',
    time: 't',
  },
  name: 'n',
  value: 'v',
  answer: 'resp',
  tokens: ['st', 'dt', 'ut'],
}

/** Parameters in the order in which they stand: it is that of execution. */
function parametersField(ns: string, spelling: Spelling, hasEnum: boolean) {
  const one = (kind: ControlKind) =>
    element(ns, spelling.kinds[kind], {
      name: attr(spelling.name, string),
      text: attr(spelling.value, string),
      dataType: attr('t', string).maybe(),
    })
  const kinds = controlKinds.filter(kind => hasEnum || kind !== 'enum')
  const members: unknown = Object.fromEntries(kinds.map(kind => [kind, one(kind)]))
  // Where there is no enumeration, none is written: `writeParameter` sees to it.
  return children(choice(members as Readonly<Record<ControlKind, ReturnType<typeof one>>>))
}

interface RawParameter {
  readonly kind: ControlKind
  readonly name: string
  readonly text: string
  readonly dataType?: string | undefined
}

function readParameter({ kind, name, text, dataType }: RawParameter): ControlParameter {
  return kind === 'enum' ? { name, kind, text, dataType } : { name, kind, text }
}

/** In the long family an enumeration is written as the text of its value. */
function writeParameter({ kind, name, text, dataType }: ControlParameter, hasEnum: boolean): RawParameter {
  if (kind !== 'enum') return { kind, name, text }
  return hasEnum ? { kind, name, text, dataType } : { kind: 'string', name, text }
}

/** The address of a node in either family. */
function nodeWire(ns: string, isLong: boolean): Wire<NodeRef> {
  const { nodeAttributes: longAttributes, readNode: readLong, writeNode: writeLong } = longNodes
  const { nodeAttributes: shortAttributes, readNode: readShort, writeNode: writeShort } = shortNodes
  return isLong
    ? mapped(element(ns, 'node', longAttributes), raw => named(readLong(raw)), writeLong)
    : mapped(element(ns, 'nd', shortAttributes), raw => named(readShort(raw)), writeShort)
}

function named(node: NodeRef | undefined): NodeRef {
  if (node === undefined || node.id === '') throw new CodecError('a node has no id')
  return node
}

interface RawTokens {
  readonly service: readonly string[]
  readonly device: readonly string[]
  readonly user: readonly string[]
}

function tokenAttributes([service, device, user]: Spelling['tokens']) {
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

function writeTokens({ service, device, user }: ReadoutTokens) {
  return { service: listOrNone(service), device: listOrNone(device), user: listOrNone(user) }
}

/** Throws `CodecError` when there is too much of anything. */
function checked<T extends { readonly nodes: readonly unknown[] }>(
  request: T,
  parameters: readonly { readonly name: string }[] = [],
): T {
  if (request.nodes.length + parameters.length > maxSelectors) throw new CodecError('too much is set at once')
  if (parameters.some(({ name }) => name.length > maxNameLength)) throw new CodecError('a name is too long')
  return request
}

function setWire(generation: Generation, ns: string, spelling: Spelling): Wire<ControlRequest> {
  const isLong = familyOf(generation) === 'long'
  const fields = {
    ...tokenAttributes(spelling.tokens),
    nodes: children(nodeWire(ns, isLong)),
    parameters: parametersField(ns, spelling, !isLong),
  }
  const wrapped = element(ns, 'form', { form: child(DataForm) })
  // Both ways to put a form are read everywhere; which one is written depends on the generation.
  const raw = element(ns, 'set', {
    ...fields,
    wrapped: child(wrapped).maybe(),
    form: child(DataForm).maybe(),
  })
  return mapped(
    raw,
    (read): ControlRequest => {
      const { nodes, form, wrapped } = read
      const parameters = read.parameters.map(readParameter)
      const request = { generation, nodes, tokens: readTokens(read), parameters, form: form ?? wrapped?.form }
      return checked(request, parameters)
    },
    ({ nodes, tokens, parameters, form }) => ({
      ...writeTokens(tokens),
      nodes,
      parameters: parameters.map(parameter => writeParameter(parameter, !isLong)),
      ...(generation === 'sn' ? { wrapped: form && { form } } : { form }),
    }),
  )
}

const outcome = oneOf(...controlOutcomes)

function answerWire(generation: Generation, ns: string, spelling: Spelling): Wire<ControlAnswer> {
  const isLong = familyOf(generation) === 'long'
  const nodes = children(nodeWire(ns, isLong))
  const parameter = element(ns, isLong ? 'parameter' : 'p', { name: attr(spelling.name, string) })
  const fields = { nodes, parameters: children(parameter) }
  const names = (raw: readonly { readonly name: string }[]): readonly string[] => raw.map(({ name }) => name)
  const parametersOf = (list: readonly string[]) => list.map(name => ({ name }))
  if (generation !== 'sn')
    return mapped(
      element(ns, spelling.answer, fields),
      ({ nodes, parameters }): ControlAnswer => ({
        generation,
        nodes,
        parameters: names(parameters),
        outcome: 'OK',
        faults: [],
      }),
      ({ nodes, parameters }) => ({ nodes, parameters: parametersOf(parameters) }),
    )
  return mapped(
    element(ns, spelling.answer, {
      outcome: attr('result', outcome).or('OtherError', { write: true }),
      ...fields,
      faults: children(faultWire(ns, 'error')),
    }),
    ({ outcome, nodes, parameters, faults }): ControlAnswer => ({
      generation,
      nodes,
      parameters: names(parameters),
      outcome,
      faults,
    }),
    ({ outcome, nodes, parameters, faults }) => ({
      outcome,
      nodes,
      parameters: parametersOf(parameters),
      faults,
    }),
  )
}

function faultWire(ns: string, name: string): Wire<ParameterFault> {
  return mapped(
    // COMPAT(IoTGateway): `n` for `var`. Never written.
    element(ns, name, {
      name: attr('var', string).maybe(),
      other: attr('n', string).maybe(),
      text: text(string).or(''),
    }),
    ({ name, other, text }): ParameterFault => ({ name: name ?? other ?? '', text }),
    ({ name, text }) => ({ name, text }),
  )
}

function getFormWire(generation: Generation, ns: string, spelling: Spelling): Wire<ControlFormRequest> {
  const lang = attr('lang', string, XML_NS).maybe()
  const nodes = children(nodeWire(ns, familyOf(generation) === 'long'))
  return mapped(
    element(ns, 'getForm', { ...tokenAttributes(spelling.tokens), lang, nodes }),
    (raw): ControlFormRequest =>
      checked({ generation, nodes: raw.nodes, tokens: readTokens(raw), lang: raw.lang }),
    ({ nodes, tokens, lang }) => ({ ...writeTokens(tokens), lang, nodes }),
  )
}

function formWire(generation: Generation, ns: string): Wire<ControlForm> {
  if (generation !== 'sn')
    return mapped(
      DataForm,
      (form): ControlForm => ({ generation, outcome: 'OK', form }),
      ({ form }): DataForm => form ?? { type: 'form' },
    )
  return mapped(
    element(ns, 'getFormResponse', {
      outcome: attr('result', outcome).or('OtherError', { write: true }),
      form: child(DataForm).maybe(),
    }),
    ({ outcome, form }): ControlForm => ({ generation, outcome, form }),
    ({ outcome, form }) => ({ outcome, form }),
  )
}

function formatOf(generation: Generation): ControlFormat {
  const ns = controlNs(generation)
  const spelling = familyOf(generation) === 'long' ? long : short
  return {
    generation,
    ns,
    set: setWire(generation, ns, spelling),
    answer: answerWire(generation, ns, spelling),
    getForm: getFormWire(generation, ns, spelling),
    form: formWire(generation, ns),
    fault: faultWire(ns, 'paramError'),
    hasMessages: familyOf(generation) === 'long',
  }
}

const formats = Object.fromEntries(
  generations.map(generation => [generation, formatOf(generation)]),
) as Readonly<Record<Generation, ControlFormat>>

/** The format of control in a generation. */
export function control(generation: Generation): ControlFormat {
  return formats[generation]
}

const conditions = {
  OK: 'undefined-condition',
  NotFound: 'item-not-found',
  InsufficientPrivileges: 'forbidden',
  Locked: 'conflict',
  NotImplemented: 'feature-not-implemented',
  FormError: 'bad-request',
  OtherError: 'undefined-condition',
} as const satisfies Readonly<Record<ControlOutcome, string>>

/** The condition that stands for an outcome of `sn` in all other generations. */
export function conditionOf(outcome: ControlOutcome): (typeof conditions)[ControlOutcome] {
  return conditions[outcome]
}

/** The outcome by which `sn` tells a condition. */
export function outcomeOf(condition: string): ControlOutcome {
  return controlOutcomes.find(one => one !== 'OK' && conditions[one] === condition) ?? 'OtherError'
}
