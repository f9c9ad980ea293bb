/** Whom to ask, and in which generation. */
import { domainOf, isFull, type Jid, localOf, parseJid } from '@waxwing/jid'
import { type Generation, Ping, sensorDataNs } from '@waxwing/protocol'
import { NotSupportedError, refusalOf, UnreachableError } from './errors.ts'
import type { ThingClient } from './port.ts'
import { defaultOrder } from './readout/read-options.ts'

export interface PeerOptions {
  readonly generation?: Generation | undefined
  readonly order?: readonly Generation[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a thing must announce to be asked. */
export interface Skill {
  ns(generation: Generation): string
  /** For people. */
  readonly what: string
}

const sensing: Skill = { ns: sensorDataNs, what: 'sensor data' }

export interface Peer {
  readonly jid: Jid
  readonly generation: Generation
}

/**
 * The resource to ask, and the first generation of the order that it announces.
 *
 * @throws JidError, UnreachableError, NotSupportedError, NotAuthorizedError, or what discovery rejects with
 */
export async function peerOf(
  client: ThingClient,
  jid: string,
  options: PeerOptions,
  skill: Skill = sensing,
): Promise<Peer> {
  const { generation, signal, order = defaultOrder } = options
  const candidates = await resourcesOf(client, parseJid(jid), signal)
  for (const candidate of candidates) {
    if (generation) return { jid: candidate, generation }
    const features = await featuresOf(client, candidate, signal)
    const common = order.find(one => features.includes(skill.ns(one)))
    if (common) return { jid: candidate, generation: common }
  }
  throw new NotSupportedError(`${jid} announces no ${skill.what} that we may ask for`)
}

/** An account does not answer itself: its available resources do, the one of highest priority first. */
async function resourcesOf(
  client: ThingClient,
  jid: Jid,
  signal: AbortSignal | undefined,
): Promise<readonly Jid[]> {
  if (isFull(jid) || localOf(jid) === undefined) return [jid]
  const available = (): readonly Jid[] =>
    client.presence
      .allOf(jid)
      .toSorted((a, b) => b.priority - a.priority)
      .map(resource => resource.jid)
  if (available().length === 0) await roundTrip(client, signal)
  if (available().length > 0) return available()
  throw new UnreachableError(
    `${jid} is not available to us: it is off, or does not let us see its presence; ask with client.roster.request`,
  )
}

/**
 * The server answers after what came before: a session that has just begun has heard of its contacts then, and what was
 * sent has been taken.
 */
export async function roundTrip(client: ThingClient, signal?: AbortSignal): Promise<void> {
  // Whatever is answered will do.
  await client.iq.get(Ping, domainOf(parseJid(client.jid)), {}, undefined, { signal }).catch(() => {})
  signal?.throwIfAborted()
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
