/** Things that sleep, for who would like to read them: when they wake, and their last values. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  Asleep,
  asleepIn,
  LastActivity,
  LastActivityQuery,
  type NodeRef,
  StanzaError,
} from '@waxwing/protocol'
import { type Element, readWire, WireError } from '@waxwing/xml'
import { UnreachableError } from '../errors.ts'
import { roundTrip } from '../peer.ts'
import type { AskOptions, ThingClient } from '../port.ts'
import { read } from '../readout/read.ts'
import type { ReadOptions } from '../readout/read-options.ts'
import { QuantityReading, type Reading } from '../readout/reading.ts'

/** What looking after sleeping things needs of a client. The `Client` of `@waxwing/client` has all of it. */
export interface WakefulClient extends ThingClient {
  readonly presence: ThingClient['presence'] & {
    /** What somebody said when they went away. */
    farewellOf(jid: string): { readonly extensions?: readonly Element[] | undefined } | undefined
  }
}

/**
 * Since when a thing sleeps, until when, and who tells its last values; `undefined`: it is awake, has gone without a
 * word, or does not let us see it. What it said before our session its server knows (XEP-0012).
 */
export async function sleepOf(
  client: WakefulClient,
  jid: string,
  options: AskOptions = {},
): Promise<Asleep | undefined> {
  const account = bareOf(parseJid(jid))
  if (client.presence.allOf(account).length === 0) await roundTrip(client, options.signal)
  if (client.presence.allOf(account).length > 0) return undefined
  const { extensions = [] } = client.presence.farewellOf(account) ?? {}
  return announcementIn(extensions) ?? lastStatus(client, account, options)
}

function announcementIn(extensions: readonly Element[]): Asleep | undefined {
  const found = extensions.find(({ ns, name }) => ns === Asleep.ns && name === Asleep.name)
  try {
    return found && readWire(Asleep, found)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

async function lastStatus(
  client: ThingClient,
  account: Jid,
  options: AskOptions,
): Promise<Asleep | undefined> {
  try {
    const { status = '' } = await client.iq.get(LastActivityQuery, account, {}, LastActivity, options)
    return asleepIn(status)
  } catch (error) {
    if (error instanceof StanzaError) return undefined
    throw error
  }
}

export interface LastKnownOptions
  extends Omit<ReadOptions, 'types' | 'periods' | 'from' | 'to' | 'when' | 'nodes'> {
  /** Nodes of the thing, by id alone or with their partition. Default: the thing itself. */
  readonly nodes?: readonly (NodeRef | string)[]
  /** Who keeps the values of the thing. Default: whom it has named when it fell asleep. */
  readonly keeper?: string
}

/**
 * The last values of a thing that sleeps, each with the time when it was so; what was momentary then is historical now.
 *
 * @throws UnreachableError when nobody is known to keep them; else as `read`
 */
export async function* lastKnown(
  client: WakefulClient,
  jid: string,
  options: LastKnownOptions = {},
): AsyncGenerator<Reading, void, undefined> {
  const { keeper, nodes = [], ...asked } = options
  const account = bareOf(parseJid(jid))
  const place = keeper ?? (await sleepOf(client, account, asked))?.keeper
  if (place === undefined) throw new UnreachableError(`${account} has named nobody who keeps its values`)
  const wanted = nodes.map(node => atKeeper(account, typeof node === 'string' ? { id: node } : node))
  const refs = wanted.length > 0 ? wanted : [account]
  for await (const reading of read(client, place, { ...asked, nodes: refs, types: 'all' }))
    yield ofThing(reading)
}

/** A node of a thing has that for its source. */
function atKeeper(account: string, { id, partition }: NodeRef): NodeRef {
  return { id, source: account, partition }
}

/** The thing is a node of its keeper, and itself for everybody else. */
function ofThing(reading: Reading): Reading {
  const { node: told } = reading
  const node = told?.source === undefined ? undefined : { id: told.id, partition: told.partition }
  if (reading.kind !== 'quantity') return { ...reading, node }
  const { name, time, categories, periods, quality, localization, writable, annotation, generation } = reading
  const said = { categories, periods, quality, localization, writable, annotation, generation }
  return new QuantityReading(reading, reading.unit, { name, node, time, ...said })
}
