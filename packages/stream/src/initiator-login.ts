/** A client's login: which mechanism, and with what. RFC 6120 §6. */
import type { StreamFeatures } from '@waxwing/protocol'
import { type BearerCredentials, bearerLogin } from './initiator-bearer.ts'
import { PolicyError } from './initiator-errors.ts'
import type { TokenRules } from './initiator-token.ts'
import type { TlsFacts } from './port.ts'
import {
  AnonymousInitiator,
  chooseMechanism,
  ExternalInitiator,
  type MechanismChoice,
  type Now,
  PlainInitiator,
  type SaslCrypto,
  type SaslInitiator,
  type SaslOffer,
  type ScramBinding,
  type ScramHash,
  ScramInitiator,
  scramVariant,
} from './sasl/index.ts'

/** Who logs in, and by what right. */
export type Credentials =
  /** Without password a token has to do. */
  | { readonly kind: 'password'; readonly username: string; readonly password: string | undefined }
  /** The transport has shown a certificate; `authzid` is the bare address to act as. */
  | { readonly kind: 'certificate'; readonly authzid?: string | undefined }
  | BearerCredentials
  | { readonly kind: 'anonymous' }

export interface LoginRules {
  readonly credentials: Credentials
  readonly crypto: SaslCrypto
  /** Whether the password may be shown to the server, over TLS; default `true`. Without TLS it never is. */
  readonly allowPlain?: boolean | undefined
  /** No mechanism weaker than this one is taken. */
  readonly pinnedMechanism?: string | undefined
  /** Absent: tokens are neither used nor asked for. XEP-0484. */
  readonly tokens?: TokenRules | undefined
}

/**
 * Chooses how to log in.
 *
 * @throws PolicyError `no-mechanism` when nothing on offer is allowed
 */
export function startLogin(
  features: StreamFeatures,
  tls: TlsFacts | undefined,
  rules: LoginRules,
  domain: string,
): Now<SaslInitiator> {
  const offer = offerOf(features)
  const { credentials } = rules
  const { kind } = credentials
  const bindings = tls?.bindings ?? []
  const choice = chooseMechanism(offer, {
    bindings,
    allowPlain: tls !== undefined && rules.allowPlain !== false,
    hasPassword: kind === 'password' && credentials.password !== undefined,
    hasToken: kind === 'bearer' && tls !== undefined,
    hasCertificate: kind === 'certificate',
    anonymous: kind === 'anonymous',
    ...(rules.pinnedMechanism === undefined ? {} : { pinned: rules.pinnedMechanism }),
  })
  if (!choice) throw new PolicyError('no-mechanism', noMechanismText(offer, tls, rules, domain))
  if (credentials.kind === 'bearer') return bearerLogin(credentials, domain)
  return initiatorOf(choice, offer, tls, { ...rules, credentials })
}

function offerOf({ mechanisms, channelBindings }: StreamFeatures): SaslOffer {
  return {
    mechanisms: mechanisms?.mechanisms ?? [],
    ...(channelBindings ? { bindings: channelBindings.types } : {}),
  }
}

function initiatorOf(
  choice: MechanismChoice,
  offer: SaslOffer,
  tls: TlsFacts | undefined,
  { credentials, crypto }: LoginRules & { readonly credentials: Exclude<Credentials, BearerCredentials> },
): SaslInitiator {
  if (credentials.kind === 'certificate') return new ExternalInitiator(credentials.authzid)
  if (credentials.kind === 'anonymous') return new AnonymousInitiator()
  const { username, password } = credentials
  if (password === undefined) throw new PolicyError('no-credentials', 'There is no password to log in with')
  const variant = scramVariant(choice.mechanism)
  if (!variant) return new PlainInitiator({ username, password })
  const binding = bindingOf(choice, tls)
  return new ScramInitiator({ crypto, hash: variant.hash, username, password, binding, offer })
}

function bindingOf(choice: MechanismChoice, tls: TlsFacts | undefined): ScramBinding {
  if (choice.flag !== 'p') return { flag: choice.flag }
  const type = tls?.bindings.find(known => known === choice.binding)
  const data = type && tls?.binding(type)
  if (!data) throw new PolicyError('no-mechanism', `There is no ${choice.binding} data for channel binding`)
  return { flag: 'p', type: choice.binding, data }
}

/** The hash that an upgrade task makes keys of. XEP-0480 §2.1, §3. */
export function upgradeHash(task: string): ScramHash | undefined {
  return task.startsWith('UPGR-') ? scramVariant(task.slice(5))?.hash : undefined
}

/** Tasks worth asking for: only bound to this very connection, since keys go over it. XEP-0480 §5. */
export function upgradesFor(
  mechanism: string,
  offered: readonly string[],
  { credentials }: LoginRules,
): readonly string[] {
  const used = scramVariant(mechanism)
  if (!used?.isPlus || credentials.kind !== 'password') return []
  return offered.filter(task => {
    const hash = upgradeHash(task)
    return hash !== undefined && hash !== 'SHA-1' && hash !== used.hash
  })
}

function noMechanismText(
  offer: SaslOffer,
  tls: TlsFacts | undefined,
  { pinnedMechanism }: LoginRules,
  domain: string,
): string {
  const offered = offer.mechanisms.length > 0 ? offer.mechanisms.join(', ') : 'no mechanism at all'
  if (pinnedMechanism !== undefined)
    return `${domain} offers ${offered}, nothing as strong as ${pinnedMechanism}, which is the least allowed`
  const shown = ['PLAIN', 'OAUTHBEARER'].find(name => offer.mechanisms.includes(name))
  if (tls === undefined && shown !== undefined)
    return `${domain} offers ${offered}; ${shown} is refused because the connection is not encrypted`
  return `${domain} offers ${offered}, none of which suits the credentials given`
}
