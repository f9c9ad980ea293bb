/** Finds who decides, and how to speak with them. XEP-0324 §3.1.2, §4 */
import { bareOf, domainOf, type Jid, localOf, parseJid } from '@waxwing/jid'
import {
  DiscoItems,
  type ProvisioningFormat,
  provisioning,
  provisioningNs,
  RULES_NS,
} from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { defaultOrder } from '../readout/read-options.ts'

export interface Judge {
  readonly jid: Jid
  readonly format: ProvisioningFormat
  /** Whether it knows owners as we do. */
  readonly knowsOwners: boolean
}

/** Items of the own server that are looked at. */
const mostItems = 30

/** @throws whatever discovery rejects with, `Error` when nobody is found */
export async function findJudge(client: ThingClient, server: string, timeoutMs: number): Promise<Judge> {
  if (server !== 'auto') {
    const judge = await judgeAt(client, parseJid(server), timeoutMs)
    if (!judge) throw new Error(`${server} decides nothing`)
    return judge
  }
  const own = domainOf(parseJid(client.jid))
  const { items = [] } = await client.iq.get(DiscoItems, own, {}, DiscoItems, { timeoutMs })
  // Accounts could call themselves what they like: only domains that the own server names are trusted.
  const domains = items.filter(({ jid }) => localOf(jid) === undefined).slice(0, mostItems)
  const found = await Promise.all(
    domains.map(({ jid }) => judgeAt(client, bareOf(jid), timeoutMs).catch(() => undefined)),
  )
  const judge = found.find(one => one !== undefined)
  if (!judge) throw new Error(`${own} has no provisioning server among its items`)
  return judge
}

async function judgeAt(client: ThingClient, jid: Jid, timeoutMs: number): Promise<Judge | undefined> {
  const { features = [] } = await client.disco.info(jid, { timeoutMs })
  const generation = defaultOrder.find(one => features.includes(provisioningNs(one)))
  return generation && { jid, format: provisioning(generation), knowsOwners: features.includes(RULES_NS) }
}
