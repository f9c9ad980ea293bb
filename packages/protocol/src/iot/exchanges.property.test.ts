/** What control, events, registry and provisioning say survives every generation, except for what one has no words for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { parseElement, readWire, type Wire, writeWire } from '@waxwing/xml'
import * as fc from 'fast-check'
import { controlOutcomes } from './control.ts'
import {
  type CacheClearing,
  type ControlAnswer,
  type ControlFormRequest,
  type ControllingAnswer,
  type ControllingQuestion,
  type ControlParameter,
  type ControlRequest,
  control,
  controlKinds,
  type EventGeneration,
  type EventSubscription,
  events,
  type FieldCategory,
  type FoundThings,
  type FriendshipAnswer,
  familyOf,
  fieldCategories,
  type Generation,
  generations,
  hasEvents,
  historyPeriods,
  type ListPage,
  type NodeRef,
  numberOperators,
  type ParameterFault,
  provisioning,
  type ReadingAnswer,
  type ReadingQuestion,
  type ReadoutTokens,
  type RegistryGeneration,
  registry,
  registryGenerations,
  type SearchCondition,
  type Tag,
  type TagUpdate,
  type ThingClaim,
  type ThingClaimed,
  type ThingRegistration,
  type ThingSearch,
  textOperators,
} from './index.ts'

const runs = { numRuns: 60 }

/** A record with the prototype that object literals have. */
function record<T>(model: { [K in keyof T]-?: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}

function maybe<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(one, { nil: undefined })
}

function some<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { maxLength: 3 })
}

/** What is absent, what is there without a value, and an empty list are the same. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => (Array.isArray(one) && one.length === 0 ? undefined : one)),
  )
}

function sent<T>(wire: Wire<T>, value: T): T {
  return readWire(wire, parseElement(writeWire(wire, value)))
}

const text = fc.string({ unit: fc.constantFrom(...Array.from('aZ0 °Ω<>&"\'\t\n,|=😀')), maxLength: 12 })
const name = text.filter(word => word !== '')
const word = fc.constantFrom('t1', 't2', 'a-b')
const tokens: fc.Arbitrary<ReadoutTokens> = record({
  service: some(word),
  device: some(word),
  user: some(word),
})
const node: fc.Arbitrary<NodeRef> = record<NodeRef>({ id: name, source: maybe(name), partition: maybe(name) })
const jid = fc.constantFrom('a@example.org', 'b@example.org/c', 'example.net').map(parseJid)
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map(value => (Object.is(value, -0) ? 0 : value))
const positive = number.filter(value => value > 0)
const categories = fc.subarray([...fieldCategories])
const periods = fc.subarray([...historyPeriods])
const outcome = fc.constantFrom(...controlOutcomes)

const parameter: fc.Arbitrary<ControlParameter> = record<ControlParameter>({
  name,
  kind: fc.constantFrom(...controlKinds),
  text,
  dataType: maybe(name),
}).map(one =>
  one.kind === 'enum' ? { ...one, dataType: one.dataType ?? 'T' } : { ...one, dataType: undefined },
)

interface ControlSaid {
  readonly set: Omit<ControlRequest, 'generation'>
  readonly answer: Omit<ControlAnswer, 'generation'>
  readonly getForm: Omit<ControlFormRequest, 'generation'>
  readonly fault: ParameterFault
}

const controlSaid: fc.Arbitrary<ControlSaid> = record<ControlSaid>({
  set: record<ControlSaid['set']>({
    nodes: some(node),
    tokens,
    parameters: some(parameter),
    form: maybe(
      some(
        record({
          var: name,
          values: fc.array(text, { minLength: 1, maxLength: 2 }),
          required: fc.constant(false),
        }),
      ).map(fields => ({
        type: 'submit' as const,
        fields,
      })),
    ),
  }),
  answer: record<ControlSaid['answer']>({
    nodes: some(node),
    parameters: some(name),
    outcome,
    faults: some(record<ParameterFault>({ name, text })),
  }),
  getForm: record<ControlSaid['getForm']>({
    nodes: some(node),
    tokens,
    lang: fc.constantFrom(undefined, 'de'),
  }),
  fault: record<ParameterFault>({ name, text }),
})

function controlSent(generation: Generation, { set, answer, getForm, fault }: ControlSaid): ControlSaid {
  const format = control(generation)
  const { generation: _set, ...backSet } = sent(format.set, { ...set, generation })
  const { generation: _answer, ...backAnswer } = sent(format.answer, { ...answer, generation })
  const { generation: _form, ...backForm } = sent(format.getForm, { ...getForm, generation })
  return { set: backSet, answer: backAnswer, getForm: backForm, fault: sent(format.fault, fault) }
}

/** The long family has no enumerations, and only `sn` tells within an answer how it went. */
function controlLost(generation: Generation, said: ControlSaid): ControlSaid {
  const isLong = familyOf(generation) === 'long'
  const parameters = said.set.parameters.map(one =>
    isLong && one.kind === 'enum' ? { ...one, kind: 'string' as const, dataType: undefined } : one,
  )
  const answer = generation === 'sn' ? said.answer : { ...said.answer, outcome: 'OK' as const, faults: [] }
  return { ...said, set: { ...said.set, parameters }, answer }
}

/** Who asks for a distance asks for history. */
function historical<
  T extends { readonly categories: readonly FieldCategory[]; readonly periods: readonly unknown[] },
>(one: T): T {
  if (one.periods.length === 0) return one
  return {
    ...one,
    categories: fieldCategories.filter(some => some === 'historical' || one.categories.includes(some)),
  }
}

type Subscription = Omit<EventSubscription, 'generation'>

const interval = fc.integer({ min: 1, max: 1e9 })
const subscription: fc.Arbitrary<Subscription> = record<Subscription>({
  id: fc.nat().map(String),
  nodes: some(node),
  fields: some(
    record<EventSubscription['fields'][number]>({
      name,
      known: maybe(number),
      by: maybe(positive),
      up: maybe(positive),
      down: maybe(positive),
    }),
  ),
  categories,
  periods,
  all: fc.boolean(),
  maxAge: maybe(
    record({
      isNegative: fc.constant(false),
      years: fc.nat(9),
      months: fc.nat(11),
      days: fc.nat(30),
      hours: fc.nat(23),
      minutes: fc.nat(59),
      seconds: fc.nat(59),
    }),
  ),
  minIntervalMs: maybe(interval),
  maxIntervalMs: maybe(interval.map(ms => ms + 1e9)),
  tokens,
  now: fc.boolean(),
}).map(historical)

function subscriptionSent(generation: EventGeneration, said: Subscription): Subscription {
  const { generation: _, ...back } = sent(events(generation).subscribe, { ...said, generation })
  return back
}

/** The short family has no distances of history: it asks for all of it. */
function widened<T extends Pick<Subscription, 'periods'>>(generation: Generation, said: T): T {
  return familyOf(generation) === 'long' ? said : { ...said, periods: [] }
}

const tag: fc.Arbitrary<Tag> = fc.oneof(
  record<Extract<Tag, { kind: 'str' }>>({ kind: fc.constant('str'), name, value: text }),
  record<Extract<Tag, { kind: 'num' }>>({ kind: fc.constant('num'), name, value: number }),
)

const named = { name, nameWildcard: maybe(fc.constant('*')) }
const rangeOf = <T>(value: fc.Arbitrary<T>) =>
  ({ ...named, min: value, minIncluded: fc.boolean(), max: value, maxIncluded: fc.boolean() }) as const

const condition: fc.Arbitrary<SearchCondition> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...textOperators), ...named, value: text }),
  fc.record({ kind: fc.constantFrom(...numberOperators), ...named, value: number }),
  fc.record({ kind: fc.constant('strMask' as const), ...named, value: text, wildcard: fc.constant('*') }),
  fc.record({ kind: fc.constantFrom('strRange' as const, 'strNRange' as const), ...rangeOf(text) }),
  fc.record({ kind: fc.constantFrom('numRange' as const, 'numNRange' as const), ...rangeOf(number) }),
)

interface RegistrySaid {
  readonly register: ThingRegistration
  readonly claim: ThingClaim
  readonly update: TagUpdate
  readonly claimed: ThingClaimed
  readonly search: ThingSearch
  readonly found: FoundThings
  readonly owned: ListPage
}

const page = { offset: fc.nat(), maxCount: maybe(fc.integer({ min: 1, max: 1_000 })) }
const tagged = { node: maybe(node), tags: some(tag) }
const registrySaid: fc.Arbitrary<RegistrySaid> = record<RegistrySaid>({
  register: record<ThingRegistration>({ ...tagged, selfOwned: fc.boolean() }),
  claim: record<ThingClaim>({ ...tagged, isPublic: maybe(fc.boolean()) }),
  update: record<TagUpdate>({ ...tagged, jid: maybe(jid) }),
  claimed: record<ThingClaimed>({ node: maybe(node), jid, isPublic: maybe(fc.boolean()) }),
  search: record<ThingSearch>({ ...page, conditions: some(condition) }),
  found: record<FoundThings>({
    things: some(
      record<FoundThings['things'][number]>({ jid, node: maybe(node), owner: maybe(jid), tags: some(tag) }),
    ),
    more: fc.boolean(),
  }),
  owned: record<ListPage>(page),
})

function registrySent(generation: RegistryGeneration, said: RegistrySaid): RegistrySaid {
  const { register, claim, update, claimed, search, found, owned } = registry(generation)
  return {
    register: sent(register, said.register),
    claim: sent(claim, said.claim),
    update: sent(update, said.update),
    claimed: sent(claimed, said.claimed),
    search: sent(search, said.search),
    found: sent(found, said.found),
    // Nobody can ask for it in XEP-0347.
    owned: owned ? sent(owned, said.owned) : said.owned,
  }
}

interface ProvisioningSaid {
  readonly canRead: Omit<ReadingQuestion, 'generation'>
  readonly readAnswer: Omit<ReadingAnswer, 'generation'>
  readonly canControl: Omit<ControllingQuestion, 'generation'>
  readonly controlAnswer: Omit<ControllingAnswer, 'generation'>
  readonly friendAnswer: Omit<FriendshipAnswer, 'generation'>
  readonly clearCache: Omit<CacheClearing, 'generation'>
}

const readable = { jid, nodes: some(node), fields: some(name), categories, periods, all: fc.boolean() }
const controllable = { jid, nodes: some(node), parameters: some(name) }
const provisioningSaid: fc.Arbitrary<ProvisioningSaid> = record<ProvisioningSaid>({
  canRead: record<ProvisioningSaid['canRead']>({ ...readable, tokens }).map(historical),
  readAnswer: record<ProvisioningSaid['readAnswer']>({ ...readable, result: fc.boolean() }).map(historical),
  canControl: record<ProvisioningSaid['canControl']>({ ...controllable, tokens }),
  controlAnswer: record<ProvisioningSaid['controlAnswer']>({ ...controllable, result: fc.boolean() }),
  friendAnswer: record<ProvisioningSaid['friendAnswer']>({
    jid,
    result: fc.boolean(),
    secondaryTrust: fc.boolean(),
  }),
  clearCache: record<ProvisioningSaid['clearCache']>({ node: maybe(node) }),
})

function provisioningSent(generation: Generation, said: ProvisioningSaid): ProvisioningSaid {
  const format = provisioning(generation)
  const bare = <T extends { readonly generation: Generation }>(
    wire: Wire<T>,
    value: T,
  ): Omit<T, 'generation'> => {
    const { generation: _, ...back } = sent(wire, value)
    return back
  }
  return {
    canRead: bare(format.canRead, { ...said.canRead, generation }),
    readAnswer: bare(format.readAnswer, { ...said.readAnswer, generation }),
    canControl: bare(format.canControl, { ...said.canControl, generation }),
    controlAnswer: bare(format.controlAnswer, { ...said.controlAnswer, generation }),
    friendAnswer: bare(format.friendAnswer, { ...said.friendAnswer, generation }),
    clearCache: bare(format.clearCache, { ...said.clearCache, generation }),
  }
}

/** `sn` has one list of tokens; the long family alone tells of trust at second hand, `nfi` alone of a node to forget. */
function provisioningLost(generation: Generation, said: ProvisioningSaid): ProvisioningSaid {
  const isLong = familyOf(generation) === 'long'
  const together = ({ service, device, user }: ReadoutTokens): ReadoutTokens =>
    generation === 'sn'
      ? { service: [], device: [], user: [...service, ...device, ...user] }
      : { service, device, user }
  const { canRead, readAnswer, canControl, controlAnswer, friendAnswer, clearCache } = said
  return {
    canRead: { ...widened(generation, canRead), tokens: together(canRead.tokens) },
    readAnswer: widened(generation, readAnswer),
    canControl: { ...canControl, tokens: together(canControl.tokens) },
    controlAnswer,
    friendAnswer: isLong ? friendAnswer : { ...friendAnswer, secondaryTrust: false },
    clearCache: generation === 'nfi' ? clearCache : { node: undefined },
  }
}

/** An area: what is said in it, and what of that is lost in a generation. */
function area<G extends Generation, T>(
  what: string,
  said: fc.Arbitrary<T>,
  among: readonly G[],
  send: (generation: G, said: T) => T,
  lost: (generation: G, said: T) => T,
): void {
  for (const generation of among)
    test(`${what} survives ${generation} except for what it has no words for`, () => {
      fc.assert(
        fc.property(said, all =>
          assert.deepEqual(plain(send(generation, all)), plain(lost(generation, all))),
        ),
        runs,
      )
    })

  test(`${what} comes back from another generation without what that has no words for`, () => {
    fc.assert(
      fc.property(said, fc.constantFrom(...among), fc.constantFrom(...among), (all, one, other) => {
        const once = send(one, all)
        assert.deepEqual(plain(send(one, send(other, once))), plain(lost(one, lost(other, once))))
      }),
      runs,
    )
  })
}

area('control', controlSaid, generations, controlSent, controlLost)
area('a subscription', subscription, generations.filter(hasEvents), subscriptionSent, widened)
area('registration, claim and search', registrySaid, registryGenerations, registrySent, (_, said) => said)
area('provisioning', provisioningSaid, generations, provisioningSent, provisioningLost)
