/** A thing and somebody who asks it, for tests of readouts. */
import assert from 'node:assert/strict'
import { StanzaError, type StanzaErrorCondition } from '@waxwing/protocol'
import { parseElement, sameElement, withoutIndentation } from '@waxwing/xml'
import { quantity, type ThingOptions, thing } from './index.ts'
import { type Station, Town } from './stations.test.ts'

export const thingJid = 'device@example.org/amr'
export const clientJid = 'client@example.org/app'

export interface Scene {
  readonly town: Town
  readonly device: Station
  readonly client: Station
}

export function scene(options: ThingOptions): Scene {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station(clientJid)
  device.contacts.add('client@example.org')
  town.introduce()
  thing(device, options)
  return { town, device, client }
}

export const temperature = quantity('°C', { precision: 1, read: () => 23.4 })

export function assertXml(actual: string | undefined, expected: string): void {
  const same =
    actual !== undefined &&
    sameElement(withoutIndentation(parseElement(actual)), withoutIndentation(parseElement(expected)))
  assert.ok(same, `${actual}\nis not\n${expected}`)
}

export async function refused(asking: Promise<unknown>): Promise<StanzaErrorCondition> {
  const error: unknown = await asking.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StanzaError, String(error))
  return error.condition
}

/** A promise to settle by hand. */
export function pending<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  return Promise.withResolvers<T>()
}
