/** Whom to ask, and in which generation. */
import { isFull, type Jid, localOf, parseJid } from '@waxwing/jid'
import { type Generation, sensorDataNs } from '@waxwing/protocol'
import { NotSupportedError, refusalOf, UnreachableError } from './errors.ts'
import type { ThingClient } from './port.ts'
import { defaultOrder, type ReadOptions } from './read-options.ts'

export interface Peer {
  readonly jid: Jid
  readonly generation: Generation
}

/**
 * The resource to ask, and the first generation of the order that it announces.
 *
 * @throws JidError, UnreachableError, NotSupportedError, NotAuthorizedError, or what discovery rejects with
 */
export async function peerOf(client: ThingClient, jid: string, options: ReadOptions): Promise<Peer> {
  const { generation, signal, order = defaultOrder } = options
  const candidates = resourcesOf(client, parseJid(jid))
  for (const candidate of candidates) {
    if (generation) return { jid: candidate, generation }
    const features = await featuresOf(client, candidate, signal)
    const common = order.find(one => features.includes(sensorDataNs(one)))
    if (common) return { jid: candidate, generation: common }
  }
  throw new NotSupportedError(`${jid} announces no sensor data that we may ask for`)
}

/** An account does not answer itself: its available resources do, the one of highest priority first. */
function resourcesOf(client: ThingClient, jid: Jid): readonly Jid[] {
  if (isFull(jid) || localOf(jid) === undefined) return [jid]
  const available = client.presence.allOf(jid).toSorted((a, b) => b.priority - a.priority)
  if (available.length > 0) return available.map(({ jid: resource }) => resource)
  throw new UnreachableError(
    `${jid} is not available to us: it is off, or does not let us see its presence; ask with client.roster.request`,
  )
}

async function featuresOf(
  client: ThingClient,
  jid: Jid,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  try {
    const { features } = await client.disco.info(jid, { signal })
    return features ?? []
  } catch (error) {
    throw refusalOf(error, jid)
  }
}
