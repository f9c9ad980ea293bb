/** Services of the own server: the one that was named, or the first among its items that will do. XEP-0030 */
import { domainOf, type Jid, localOf, parseJid } from '@waxwing/jid'
import { NotSupportedError } from '../errors.ts'
import type { AskOptions, ThingClient } from '../port.ts'

export interface ServiceOptions extends AskOptions {
  /** Its address. Default: the one that the own server has among its items. */
  readonly server?: string | undefined
}

/** Items of the own server that are looked at. */
const mostItems = 100

/**
 * @param made what a service is by its features; `undefined`: not what is looked for
 * @param what for people
 * @throws NotSupportedError when there is none, or what discovery rejects with
 */
export async function serviceOf<T>(
  client: ThingClient,
  { server, timeoutMs, signal }: ServiceOptions,
  made: (jid: Jid, features: readonly string[]) => T | undefined,
  what: string,
): Promise<T> {
  const look = async (jid: Jid): Promise<T | undefined> =>
    made(jid, (await client.disco.info(jid, { timeoutMs, signal })).features ?? [])
  if (server !== undefined) {
    const found = await look(parseJid(server))
    if (found !== undefined) return found
    throw new NotSupportedError(`${server} is no ${what}`)
  }
  const domain = domainOf(parseJid(client.jid))
  const items = await client.disco.items(domain, { timeoutMs, signal })
  // Accounts could call themselves what they like: only domains that the own server names are trusted.
  const domains = items.map(({ jid }) => jid).filter(jid => localOf(jid) === undefined)
  const looks = domains.slice(0, mostItems).map(jid => look(jid).catch(() => undefined))
  const found = (await Promise.all(looks)).find(one => one !== undefined)
  signal?.throwIfAborted()
  if (found === undefined) throw new NotSupportedError(`${domain} has no ${what}`)
  return found
}
