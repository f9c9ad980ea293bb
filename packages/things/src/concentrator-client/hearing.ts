/** What a concentrator says by itself. */
import { type ConcentratorFormat, concentratorFormat, familyOf, generations } from '@waxwing/protocol'
import { readWire, type Wire, WireError } from '@waxwing/xml'
import type { HeardMessage, Off, ThingClient } from '../port.ts'
import type { ConcentratorPeer } from './asking.ts'

/**
 * Hears what a concentrator sends of a kind, whatever generation of its family it comes in; `undefined` stands for what
 * cannot be read. COMPAT(IoTGateway): it answers in one generation, and goes on in another.
 */
export function hearing<T>(
  client: ThingClient,
  { jid, format: { family } }: ConcentratorPeer,
  kind: (format: ConcentratorFormat) => Wire<T>,
  hear: (one: T | undefined, message: HeardMessage) => void,
): Off {
  const wires = generations.filter(one => familyOf(one) === family).map(one => kind(concentratorFormat(one)))
  const offs = wires.map(wire =>
    client.onMessage(wire, (_, message) => {
      if (message.from !== jid || message.type === 'error') return
      for (const one of allOf(wire, message)) hear(one, message)
    }),
  )
  return () => {
    for (const off of offs) off()
  }
}

/** All of a kind in their order; `undefined` stands for one that cannot be read. XEP-0326 §3.8 */
function allOf<T>(wire: Wire<T>, message: HeardMessage): readonly (T | undefined)[] {
  const { extensions = [] } = message.stanza
  return extensions
    .filter(({ ns, name }) => wire.planFor(ns, name))
    .map(one => {
      try {
        return readWire(wire, one)
      } catch (error) {
        if (error instanceof WireError) return undefined
        throw error
      }
    })
}
