/** A plant with a concentrator, for the tests of concentrators. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorNs, familyOf, type Generation, StanzaError } from '@waxwing/protocol'
import {
  bool,
  dateTime,
  InputError,
  int,
  quantity,
  type Source,
  string,
  type Thing,
  type ThingOptions,
  thing,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

export const gatewayJid = 'gateway@example.org/x'

export interface Plant {
  readonly town: Town
  readonly device: Station
  readonly gateway: Thing
  readonly source: Source
  /** A contact of the gateway, allowed everything unless the options say otherwise. */
  readonly client: Station
  /** What was written, in order. */
  readonly writes: string[]
}

/** Two buses with three meters each: `bus-1` with `m1`, `m2`, `m3`, and `bus-2` with `m4`, `m5`, `m6`. */
export function plant(options: ThingOptions = {}): Plant {
  const town = new Town()
  const device = town.station(gatewayJid)
  const client = town.station('client@example.org/desk')
  device.contacts.add('client@example.org')
  town.introduce()
  const gateway = thing(device, { mayManage: () => true, mayControl: () => 'all', ...options })
  const source = gateway.source('MeteringTopology', { name: { en: 'Plant', de: 'Anlage' } })
  const writes: string[] = []
  let meter = 0
  for (const bus of ['bus-1', 'bus-2']) {
    const node = source.add({ id: bus, type: 'Bus', childrenOrdered: true })
    for (let n = 0; n < 3; n++) node.add(meterOptions(`m${++meter}`, writes))
  }
  return { town, device, gateway, source, client, writes }
}

function meterOptions(id: string, writes: string[]): Parameters<Source['add']>[0] {
  const write = (name: string) => (value: unknown) => void writes.push(`${id}.${name}=${String(value)}`)
  let on = true
  return {
    id,
    type: 'Meter',
    name: { en: `Meter ${id}`, de: `Zähler ${id}` },
    fields: {
      Power: quantity('kW', { precision: 1, read: () => Number(id.slice(1)) }),
      On: bool({
        read: () => on,
        write: value => {
          on = value
          write('On')(value)
        },
      }),
    },
    parameters: {
      Address: int({ min: 1, max: 250, label: 'Bus address', read: () => 17, write: write('Address') }),
      Place: string({ read: () => `Room ${id}`, write: write('Place') }),
      Model: string({ read: () => 'WX1' }),
    },
  }
}

/** A question of one generation in XML: names of elements and attributes are those of both families. */
export function asked(
  generation: Generation,
  name: string,
  attributes: Attributes = {},
  inside = '',
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${spelled(generation, key)}='${value}'`)
  return `<${name} xmlns='${concentratorNs(generation)}'${written.join('')}>${inside}</${name}>`
}

type Attributes = Readonly<Record<string, string | number | boolean>>

const longNames: Readonly<Record<string, string>> = { id: 'nodeId', src: 'sourceId', pt: 'cacheType' }

function spelled(generation: Generation, key: string): string {
  return familyOf(generation) === 'long' ? (longNames[key] ?? key) : key
}

/** Several nodes within a question. */
export function nodesIn(generation: Generation, ids: readonly string[], src = 'MeteringTopology'): string {
  const name = familyOf(generation) === 'long' ? 'node' : 'nd'
  return ids
    .map(id => `<${name} ${spelled(generation, 'id')}='${id}' ${spelled(generation, 'src')}='${src}'/>`)
    .join('')
}

export function submitted(values: Readonly<Record<string, string>>): string {
  const fields = Object.entries(values).map(
    ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
  )
  return `<x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x>`
}

/** How a question went: the condition in the short family, the code in the long one, or `OK`. */
export async function outcomeOf(asking: Promise<string>): Promise<string> {
  try {
    return /result="(\w+)"/.exec(await asking)?.[1] ?? 'OK'
  } catch (error) {
    assert.ok(error instanceof StanzaError, String(error))
    return error.condition
  }
}

/** What was answered, or the error as XML, so that two answers can be compared. */
export async function wholeOf(asking: Promise<string>): Promise<string> {
  try {
    return await asking
  } catch (error) {
    assert.ok(error instanceof StanzaError, String(error))
    const { condition, type, text, app } = error
    return JSON.stringify([condition, type, text, app])
  }
}

/** Lets time pass until something has come of it. */
export async function during<T>(town: Town, doing: Promise<T>): Promise<T> {
  const settled = new Set<unknown>()
  const note = (): void => void settled.add(doing)
  doing.then(note, note)
  for (let waited = 0; settled.size === 0; waited += 50) {
    assert.ok(waited < 60_000, 'Nothing came of it within a minute')
    await town.clock.advance(50)
  }
  return doing
}

export async function gathered<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The ids in an answer, in their order. */
export function idsIn(answer: string): readonly string[] {
  return [...answer.matchAll(/<node(?:Info)?\b[^>]*? (?:id|nodeId)="([^"]*)"/g)].map(([, id = '']) => id)
}

const noon = new Date('2024-06-01T12:00:00Z')
const eleven = new Date('2024-06-01T11:00:00Z')

/** A plant with a database `Local`; `told` are values it gave away. */
export function store(options: Parameters<typeof plant>[0] = {}): Plant & { readonly told: string[] } {
  const it = plant(options)
  const told: string[] = []
  it.gateway.database('Local', {
    name: { en: 'Local database', de: 'Eigene Datenbank' },
    parameters: {
      from: dateTime({ label: 'From', read: () => eleven }),
      to: dateTime({ read: () => noon }),
      rows: int({ min: 0, max: 100_000, read: () => 2 }),
      fields: string({ read: () => '' }),
    },
    check: ({ values: { from, to } }) => {
      if (to < from) throw new InputError({ to: 'Too early.' })
    },
    read: async function* ({ nodes, values: { rows }, signal }) {
      for (const { id } of nodes)
        for (let n = 0; n < rows && !signal.aborted; n++) {
          told.push(`${id} ${n}`)
          if (n % 100 === 99) await new Promise<void>(resolve => it.town.clock.after(10, resolve))
          yield { node: { id }, name: 'Energy', time: eleven, value: n, unit: 'kWh', period: 'hour' }
          yield { node: { id: 'm6' }, name: 'Energy', time: eleven, value: 666 }
        }
    },
  })
  return { ...it, told }
}

test('a plant has its sources and nodes (XEP-0326 §3.2, §3.3)', async () => {
  const { client, gateway, source } = plant()
  const sources = await client.ask('get', gatewayJid, asked('xep', 'getAllDataSources', { 'xml:lang': 'de' }))
  assert.match(
    sources,
    /result="OK"><dataSource sourceId="MeteringTopology" name="Anlage" hasChildren="false"/,
  )
  const roots = await client.ask('get', gatewayJid, asked('nf', 'getRootNodes', { src: 'MeteringTopology' }))
  assert.deepEqual(idsIn(roots), ['bus-1', 'bus-2'])
  assert.deepEqual([source.size, gateway.sourceSubscriptions, gateway.queries], [8, 0, 0])
})
