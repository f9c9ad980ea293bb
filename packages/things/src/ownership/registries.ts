/** Finds registries of things, and asks them. XEP-0347 §3.5, §4. */
import { ProtocolError } from '@waxwing/client'
import { domainOf, localOf, parseJid } from '@waxwing/jid'
import { type RegistryFormat, type RegistryGeneration, registry, registryNs } from '@waxwing/protocol'
import type { Wire } from '@waxwing/xml'
import { NotSupportedError } from '../errors.ts'
import type { AskOptions, ThingClient } from '../port.ts'

export interface RegistryOptions extends AskOptions {
  /** The registry's address. Default: that of the own server. */
  readonly registry?: string | undefined
}

export interface FoundRegistry {
  readonly jid: string
  readonly format: RegistryFormat
}

/** The preferred generation first. */
const order: readonly RegistryGeneration[] = ['nf', 'ieee', 'nfi', 'xep']

/** Components of a server that are looked at. */
const maxItems = 100

/**
 * The registry named, or the first of the own server: nobody else's word is taken for it (XEP-0347 §6).
 *
 * @throws NotSupportedError when there is none, or what discovery rejects with
 */
export async function registryOf(client: ThingClient, options: RegistryOptions = {}): Promise<FoundRegistry> {
  const { registry: named, timeoutMs, signal } = options
  const patience = { timeoutMs, signal }
  if (named !== undefined) {
    const found = await look(client, named, patience)
    if (found) return found
    throw new NotSupportedError(`${named} is no registry of things`)
  }
  const domain = domainOf(parseJid(client.jid))
  const items = await client.disco.items(domain, patience)
  const services = items.map(({ jid }) => jid).filter(jid => localOf(jid) === undefined)
  const looks = services.slice(0, maxItems).map(jid => look(client, jid, patience).catch(() => undefined))
  const found = (await Promise.all(looks)).find(one => one !== undefined)
  signal?.throwIfAborted()
  if (!found) throw new NotSupportedError(`${domain} has no registry of things`)
  return found
}

async function look(
  client: ThingClient,
  jid: string,
  options: AskOptions,
): Promise<FoundRegistry | undefined> {
  const { features = [] } = await client.disco.info(jid, options)
  const generation = order.find(one => features.includes(registryNs(one)))
  return generation && { jid, format: registry(generation) }
}

/** Has something done; `undefined` for a result that is empty. */
export async function setMaybe<I, A>(
  client: ThingClient,
  question: Wire<unknown, I>,
  to: string,
  value: I,
  answer: Wire<A>,
  options?: AskOptions,
): Promise<A | undefined> {
  try {
    return await client.iq.set(question, to, value, answer, options)
  } catch (error) {
    // What cannot be read has a cause; what is not there has none.
    if (error instanceof ProtocolError && error.cause === undefined) return undefined
    throw error
  }
}
