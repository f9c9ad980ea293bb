/** Tokens: what stands for a certificate in requests, from hand to hand. XEP-0324 §3.1.3 */
import type { Jid } from '@waxwing/jid'
import { type ProvenGeneration, provisioningTokens, type TokenFormat, tokensNs } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { type ServiceOptions, serviceOf } from './own-services.ts'
import { type KeyHolder, TokenDesk } from './token-desk.ts'

/** Where to get a token, and patience with it. */
export type TokenOptions = ServiceOptions

/** The preferred generation first. */
const order: readonly ProvenGeneration[] = ['nf', 'ieee', 'nfi', 'xep']

/**
 * Gets the token of a certificate from the provisioning server, and proves it from now on whenever somebody asks whom
 * it was shown to: `read(client, jid, { tokens: { device: [await tokenFor(client, holder)] } })`. The same certificate
 * gets the same token each time.
 *
 * @throws NotSupportedError when no server gives tokens, StanzaError (`not-acceptable` for a certificate that does not
 *   hold, or whose key is of no use for it), or what `holder.open` rejects with
 */
export async function tokenFor(
  client: ThingClient,
  holder: KeyHolder,
  options: TokenOptions = {},
): Promise<string> {
  const { timeoutMs, signal } = options
  const patience = { timeoutMs, signal }
  const { jid, format } = await serviceOf(client, options, serverOf, 'provisioning server that gives tokens')
  const { getToken, puzzle, solution, token } = format
  const { number, data } = await client.iq.get(getToken, jid, holder.certificate, puzzle, patience)
  const solved = { number, data: await holder.open(data) }
  const given = await client.iq.get(solution, jid, solved, token, patience)
  TokenDesk.of(client).hold(given, holder)
  return given
}

function serverOf(
  jid: Jid,
  features: readonly string[],
): { readonly jid: Jid; readonly format: TokenFormat } | undefined {
  const generation = order.find(one => features.includes(tokensNs(one)))
  return generation && { jid, format: provisioningTokens(generation) }
}
