/** Finds the provisioning server that asks us about our things. XEP-0324 §3.1.2 */
import type { Jid } from '@waxwing/jid'
import {
  type OwnerFormat,
  type OwnerGeneration,
  ownerNs,
  provisioningOwner,
  RULES_NS,
} from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { type ServiceOptions, serviceOf } from './own-services.ts'

export interface OwnerServer {
  readonly jid: Jid
  readonly format: OwnerFormat
  /** Whether it keeps rule books as ours does. */
  readonly keepsRules: boolean
}

/** The preferred generation first. */
const order: readonly OwnerGeneration[] = ['nf', 'ieee', 'nfi']

/** @throws NotSupportedError when there is none, or what discovery rejects with */
export function ownerServerOf(client: ThingClient, options: ServiceOptions): Promise<OwnerServer> {
  const made = (jid: Jid, features: readonly string[]): OwnerServer | undefined => {
    const generation = order.find(one => features.includes(ownerNs(one)))
    return (
      generation && { jid, format: provisioningOwner(generation), keepsRules: features.includes(RULES_NS) }
    )
  }
  return serviceOf(client, options, made, 'provisioning server that asks owners')
}
