/** A client's tokens: which it may use on a stream, and which it asks for. XEP-0484. */
import { Fast, FastRequest, FastToken, type Sasl2Feature } from '@waxwing/protocol'
import { type Element, readWire, toElement } from '@waxwing/xml'
import type { TlsFacts } from './port.ts'
import type { SaslCrypto } from './sasl/crypto.ts'
import type { SaslInitiator } from './sasl/exchange.ts'
import { HashedTokenInitiator, hashedTokenMechanisms } from './sasl/hashed-token.ts'
import type { Now } from './sasl/now.ts'

/** A token as a device keeps it: as secret as a password. */
export interface HeldToken {
  /** The only mechanism it may be used with. */
  readonly mechanism: string
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** How a login has to do with tokens. */
export interface TokenRules {
  /** The installation, a UUID (version 4) that stays the same: tokens belong to it. XEP-0388 §2.3. */
  readonly clientId: string
  readonly held: HeldToken | undefined
  /** The server has handed one out. */
  received(token: HeldToken): void
  /** The server does not take the one held. */
  refused(): void
}

/** Whether the token is good for this stream. @param now ms since 1970 */
export function canUseToken(feature: Sasl2Feature, tls: TlsFacts, held: HeldToken, now: number): boolean {
  const known = hashedTokenMechanisms.find(({ name }) => name === held.mechanism)
  const isOffered = feature.inline?.fast?.mechanisms?.includes(held.mechanism) === true
  const canBind = known !== undefined && (known.binding === undefined || tls.bindings.includes(known.binding))
  return isOffered && canBind && held.expires > now
}

/** A way to log in by the token held; `undefined` when it cannot be used on this stream. §3.4 */
export function tokenLogin(
  feature: Sasl2Feature,
  tls: TlsFacts,
  { held }: TokenRules,
  account: { readonly username: string; readonly crypto: SaslCrypto; readonly now: number },
): Now<SaslInitiator> | undefined {
  if (!held || !canUseToken(feature, tls, held, account.now)) return undefined
  const known = hashedTokenMechanisms.find(({ name }) => name === held.mechanism)
  const binding = known && bindingFor(known.binding, tls)
  if (!binding) return undefined
  const { mechanism, token } = held
  return HashedTokenInitiator.make({ ...account, mechanism, token, binding })
}

/** The best mechanism for a token that both sides know and this stream can bind to. §3.2 */
export function wantedMechanism(feature: Sasl2Feature, tls: TlsFacts): string | undefined {
  const offered = feature.inline?.fast?.mechanisms ?? []
  return hashedTokenMechanisms.find(
    ({ name, binding }) => offered.includes(name) && bindingFor(binding, tls) !== undefined,
  )?.name
}

/** Asks for a token. */
export const tokenRequest = (mechanism: string): Element => toElement(FastRequest, { mechanism })

/** Says that the login is by token. */
export const tokenUse = (): Element => toElement(Fast, {})

/** The token handed out with a success, if there is one. §3.3 */
export function tokenIn(inline: readonly Element[], mechanism: string | undefined): HeldToken | undefined {
  const element = inline.find(({ ns, name }) => ns === FastToken.ns && name === FastToken.name)
  if (!element || mechanism === undefined) return undefined
  const { token, expiry } = readWire(FastToken, element)
  return { mechanism, token, expires: expiry.getTime() }
}

function bindingFor(type: (typeof hashedTokenMechanisms)[number]['binding'], tls: TlsFacts) {
  if (type === undefined) return new Uint8Array()
  return tls.bindings.includes(type) ? tls.binding(type) : undefined
}
