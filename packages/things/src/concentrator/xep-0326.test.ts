/**
 * Every question among the examples of XEP-0326 gets the answer of the text: its element, its code, and what is wrong
 * with which field. WAXWING_SPECS names the folder with the text; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { specification } from '../../../protocol/src/specification-kit.test.ts'
import {
  bool,
  command,
  type DeclaredField,
  type DeclaredFields,
  dateTime,
  InputError,
  int,
  nodeType,
  quantity,
  query,
  type Source,
  string,
  thing,
  time,
  WriteError,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

const { skip, examples } = specification('0326')

const NS = 'urn:xmpp:iot:concentrators'
const asked = /<iq type='(get|set)'[^>]*>\s*([\s\S]*?)\s*<\/iq>/
const answered = /<iq type='(?:result|error)'[^>]*>\s*([\s\S]*?)\s*<\/iq>/

interface Example {
  readonly type: 'get' | 'set'
  readonly question: string
  /** Its first line at least. */
  readonly answer: string
}

/** The time of the town is later than that of the text; and what was left out is nothing. */
function exchanges(): readonly Example[] {
  return examples().flatMap(example => {
    const [, type, question] = asked.exec(example) ?? []
    const [, answer = example.slice(example.lastIndexOf('<iq'))] = answered.exec(example) ?? []
    if (!question?.includes(`xmlns='${NS}'`) || (type !== 'get' && type !== 'set')) return []
    const mended = question.replaceAll('...', '').replace('2013-03-21T19:24:00', '2024-06-01T12:00:00')
    return [{ type, question: mended, answer }]
  })
}

function codeIn(answer: string): readonly [name: string | undefined, code: string | undefined] {
  const [, name, rest] = /<(\w+Response)\b([^>]*)>/.exec(answer) ?? []
  return [name, /result='(\w+)'/.exec(rest ?? '')?.[1]]
}

function faultsIn(answer: string): readonly (readonly [string | undefined, string | undefined])[] {
  return [...answer.matchAll(/<error var='([^']*)'>([^<]*)</g)].map(([, name, text]) => [name, text])
}

const sourceNames = ['MeteringTopology', 'MeteringGroups', 'MeteringFieldProcessors']

/** Which node refuses, and why. */
type Refusals = ReadonlyMap<string, string>

const ticks = ['momentary', 'peak', 'status', 'computed', 'identity'] as const
const periods = ['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month', 'Quarter', 'Year', 'Other'] as const
const marks = [
  'missing',
  'automaticEstimates',
  'manualEstimates',
  'manualReadout',
  'automaticReadout',
  'timeOffset',
  'warning',
  'error',
  'signed',
  'invoiced',
  'invoicedConfirmed',
  'endOfSeries',
  'powerFailure',
] as const

/** The form of §3.9.2. */
const readoutParameters: DeclaredFields = {
  from: dateTime({ read: () => '2013-03-22T00:00:00Z' }),
  to: dateTime({ read: () => '2013-03-23T00:00:00Z' }),
  fields: string({ read: () => '' }),
  ...Object.fromEntries(
    [...ticks, ...periods.map(one => `history${one}`)].map(name => [name, bool({ read: () => false })]),
  ),
  ...Object.fromEntries(
    marks.map(name => [
      name,
      string({ options: ['Ignore', 'Required', 'Prohibited'], read: () => 'Ignore' }),
    ]),
  ),
  statusLogicMode: string({ options: ['Any', 'All'], read: () => 'Any' }),
}

function mustEndLater({
  values: { from, to },
}: {
  readonly values: Readonly<Record<string, unknown>>
}): void {
  if (from instanceof Date && to instanceof Date && to < from)
    throw new InputError({ to: 'The To timestamp cannot be older than the From timestamp.' })
}

/** A house as the text has it. `isStrict`: what the text refuses is refused; `isWrong`: for what was filled in. */
function house(
  examples: readonly Example[],
  { isStrict, isWrong }: { readonly isStrict: boolean; readonly isWrong: boolean },
  refusals: Refusals,
): Station {
  const town = new Town()
  const device = town.station('concentrator@example.org/x')
  const client = town.station('client@example.org/client')
  device.contacts.add('client@example.org')
  town.introduce()
  const concentrator = thing(device, {
    mayManage: ({ operation }) => !(isStrict && operation === 'destroyNode'),
    mayRead: () => (isStrict && !isWrong ? 'none' : 'all'),
  })
  for (const database of ['LocalDB', 'LocalDBTest', 'LocalDBProduction', 'RemoteDB'])
    concentrator.database(database, { parameters: readoutParameters, check: mustEndLater, read: () => [] })
  const root = concentrator.source('MeteringRoot')
  for (const name of sourceNames) {
    const isGroups = name === 'MeteringGroups'
    const source = concentrator.source(name, {
      parent: root,
      isOrdered: true,
      ...(isGroups ? byApartment : {}),
    })
    for (const id of idsIn(examples, name)) addNode(source, id, isStrict, refusals)
  }
  return client
}

const byApartment = {
  indices: { apartment: { values: () => ['A1-1', 'A1-2'], find: () => [{ id: 'Apartment 1-1' }] } },
}

function idsIn(examples: readonly Example[], source: string): ReadonlySet<string> {
  const all = examples.flatMap(({ question }) => [
    ...question.matchAll(/sourceId='([^']*)'\s+nodeId='([^']*)'/g),
  ])
  return new Set(all.filter(([, one]) => one === source).map(([, , id]) => id ?? ''))
}

function addNode(source: Source, id: string, isStrict: boolean, refusals: Refusals): void {
  const text = (value: string): DeclaredField<'string'> => string({ read: () => value, write: () => {} })
  const refuse = (faults: Record<string, string>): void => {
    if (isStrict) throw new InputError(faults)
  }
  source.add({
    id,
    type: 'Namespace.NodeType1',
    baseClasses: ['Namespace.BaseClass1'],
    interfaces: ['Namespace.Interface1'],
    parameters: {
      id: string({
        read: () => id,
        write: () => {
          if (isStrict) throw new WriteError('There already exists a node with this ID.')
        },
      }),
      type: string({ read: () => 'Watchamacallit Temperature Sensor v1.2' }),
      class: string({ options: ['Temperature', 'Pressure'], read: () => 'Temperature', write: () => {} }),
      sn: text('123456'),
      meterLoc: text('P123502-2'),
      addr: int({ min: 1, max: 250, read: () => 123, write: () => {} }),
      lat: quantity('°', { read: () => 12.345, write: () => {} }),
      long: quantity('°', { read: () => 123.45, write: () => {} }),
    },
    types: {
      'Namespace.MeteringTopologyReference': nodeType({
        name: 'Metering Topology Reference',
        parameters: { id: text(''), referenceId: text('') },
        create: ({ values }) => {
          refuse({
            id: 'There already exists a node with this ID.',
            referenceId: 'Referenced node was not found.',
          })
          return { id: values.id }
        },
      }),
    },
    destroy: () => {},
    commands: {
      knockDoor: command({ run: () => {} }),
      scheduleWakeupCall: command({
        arguments: { time: time({ read: () => undefined }), mode: string({ read: () => 'Soft' }) },
        check: ({ values, node }) => {
          const why = refusals.get(node.id)
          if (why !== undefined) throw new WriteError(why)
          refuse({ mode: `You are not allowed to ${values.mode.toLowerCase()} people at 04:30:00!` })
        },
        run: () => {},
      }),
      searchEvents: query({
        arguments: {
          from: dateTime({ read: () => undefined }),
          to: dateTime({ read: () => undefined }),
          searchText: string({ read: () => undefined }),
        },
        check: ({ node }) => {
          const why = refusals.get(node.id)
          if (why !== undefined) throw new WriteError(why)
          refuse({ to: 'The TO timestamp needs to be later than the FROM timestamp.' })
        },
        run: ({ report }) => new Promise(resolve => report.signal.addEventListener('abort', () => resolve())),
      }),
    },
  })
}

function resultsIn(answer: string): readonly string[] {
  return [...answer.matchAll(/<result\b([^>]*)>(\w+)</g)].map(([, error = '', word = '']) => {
    const text = /error=['"]([^'"]*)['"]/.exec(error)?.[1]
    return text === undefined ? word : `${word}: ${text}`
  })
}

/** Which of the nodes asked about refuse by the answer. */
function refusalsIn({ question, answer }: Example): Refusals {
  const ids = [...question.matchAll(/<node\b[^>]*nodeId='([^']*)'/g)].map(([, id = '']) => id)
  const refused = resultsIn(answer).map((result, index) => [ids[index] ?? '', result] as const)
  return new Map(
    refused.flatMap(([id, result]) => (result.startsWith('false: ') ? [[id, result.slice(7)] as const] : [])),
  )
}

/** Who aborts a query has begun one. */
async function begun(client: Station, to: string, question: string): Promise<string> {
  if (!/<abort(?:Common)?NodeQuery/.test(question)) return question
  const form = `<x xmlns='jabber:x:data' type='submit'>${['from', 'to', 'searchText']
    .map(name => `<field var='${name}'><value>2013-04-16T12:58:00Z</value></field>`)
    .join('')}</x>`
  const node = `sourceId='MeteringGroups' nodeId='Apartment 1-1'`
  const begin = `<executeNodeQuery xmlns='${NS}' ${node} command='searchEvents'>${form}</executeNodeQuery>`
  const queryId = /queryId="(\w+)"/.exec(await client.ask('set', to, begin))?.[1] ?? ''
  return question.replace(/queryId='\w+'/, `queryId='${queryId}'`)
}

test('every question of XEP-0326 is answered as there', { skip }, async () => {
  const all = exchanges()
  assert.equal(all.length, 81)
  const to = 'concentrator@example.org/x'
  for (const example of all) {
    const [name, code] = codeIn(example.answer)
    const expectedFaults = faultsIn(example.answer)
    const isStrict = expectedFaults.length > 0 || code === 'InsufficientPrivileges'
    const client = house(all, { isStrict, isWrong: expectedFaults.length > 0 }, refusalsIn(example))
    const question = await begun(client, to, example.question)
    const given = (await client.ask(example.type, to, question)).replaceAll('"', "'")
    const [operation = ''] = /\w+/.exec(question) ?? []
    const what = `${question}\n${given}`
    assert.equal(codeIn(given)[1], isMisprinted(example) ? 'OK' : code, what)
    assert.equal(codeIn(given)[0], `${operation}Response`, what)
    assert.ok(name === `${operation}Response` || operation === 'unsubscribe', name)
    assert.deepEqual(faultsIn(given), expectedFaults, what)
    const results = resultsIn(example.answer)
    if (results.length > 0) assert.deepEqual(resultsIn(given), results, what)
  }
})

/** An example of success with the code of a failure; its nodes tell that it went well. §3.4.5 */
function isMisprinted({ answer }: Example): boolean {
  return answer.includes('setCommonNodeParametersAfterEditResponse') && answer.includes('<node ')
}
