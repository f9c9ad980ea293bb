/** A thing that is killed and begins again, for the tests of what outlives it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventGeneration } from '@waxwing/protocol'
import { type HistoryStore, memoryHistory, quantity, type Thing, type ThingOptions, thing } from '../index.ts'
import { type Station, Town } from '../stations.test.ts'

export const thingJid = 'sensor@example.org/amr'
const clientJid = 'client@example.org/app'

export interface Scene {
  readonly town: Town
  readonly client: Station
  /** Temperature of the thing. */
  readonly state: { temperature: number }
  readonly store: HistoryStore
  /** Begins a process of the thing. `isKnown`: the client may see it, and is seen at once. */
  start(
    options?: Partial<ThingOptions>,
    isKnown?: boolean,
  ): { readonly device: Station; readonly served: Thing }
  /** Ends it without a word, as a loss of power does: nothing is closed. */
  kill(): void
}

export function scene(store: HistoryStore = memoryHistory()): Scene {
  const town = new Town()
  const client = town.station(clientJid)
  const state = { temperature: 20 }
  let device: Station | undefined
  const alive = new Set<Station>()
  return {
    town,
    client,
    state,
    store,
    start(options = {}, isKnown = true) {
      device = town.station(thingJid)
      device.contacts.add('client@example.org')
      if (isKnown) device.sees(client.address, true)
      const fields = { Temperature: quantity('°C', { read: () => state.temperature }) }
      const own = device
      alive.clear()
      alive.add(own)
      const history: HistoryStore = {
        read: (series, range) => store.read(series, range),
        write: (changes, how) => (alive.has(own) ? store.write(changes, how) : undefined),
      }
      const served = thing(device, { fields, history, ...options })
      return { device, served }
    },
    kill() {
      alive.clear()
      if (device) town.stations.delete(device.address)
    },
  }
}

export function subscription(generation: EventGeneration, id = 's1', inside = ''): string {
  const ns = {
    xep: 'urn:xmpp:iot:events',
    ieee: 'urn:ieee:iot:events:1.0',
    nf: 'urn:nf:iot:events:1.0',
    nfi: 'urn:nfi:iot:events:1.0',
  }
  const attributes =
    generation === 'xep'
      ? `seqnr='${id.replace('s', '')}' momentary='true' maxInterval='P0Y0M0DT10M'`
      : `id='${id}' m='true'`
  return `<subscribe xmlns='${ns[generation]}' ${attributes}>${inside}</subscribe>`
}

/** Values of the field told since the last look. */
export function toldTo({ client }: Scene): readonly string[] {
  return client.received
    .splice(0)
    .flatMap(text =>
      [...text.matchAll(/(?:Temperature"[^>]*? (?:v|value)="([\d.]+)")/g)].map(([, value = '']) => value),
    )
}

test('what a killed thing does is seen by nobody, and not kept', async () => {
  const it = scene()
  const { served } = it.start()
  await it.client.ask('set', thingJid, subscription('nf'))
  it.kill()
  it.state.temperature = 21
  await it.town.clock.advance(5_000)
  assert.deepEqual([toldTo(it), served.subscriptions], [[], 1])
})
