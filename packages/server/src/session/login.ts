/** What this server offers at login, for one kind of listener. RFC 6120 §6, XEP-0440. */

import { ChannelBindings } from '@waxwing/protocol'
import {
  type ChannelBindingType,
  certifiedAccount,
  channelBindingTypes,
  ExternalResponder,
  PlainResponder,
  type ResponderPolicy,
  randomId,
  type SaslCrypto,
  type SaslResponder,
  ScramResponder,
  scramVariant,
  type TlsFacts,
} from '@waxwing/stream'
import { bufferBytes } from '@waxwing/xml'
import type { Host } from '../kernel/host.ts'
import type { Server } from '../server.ts'

export interface LoginSettings {
  readonly requiresTls: boolean
  readonly offersTls: boolean
  /** Mechanisms in the order to offer them, strongest first; those that cannot work on a stream are left out there. */
  readonly mechanisms: readonly string[]
  /** Iterations of new accounts' keys, and seemingly of accounts that do not exist. */
  readonly iterations: number
  /** Salts of accounts that do not exist are made from it; it must stay the same over restarts. */
  readonly secret: Uint8Array
}

/** Every mechanism there is, strongest first. */
export const defaultMechanisms = [
  'EXTERNAL',
  'SCRAM-SHA-512-PLUS',
  'SCRAM-SHA-512',
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-1',
  'PLAIN',
] as const

export function loginPolicy(server: Server, settings: LoginSettings, crypto: SaslCrypto): ResponderPolicy {
  const { mechanisms, secret } = settings

  const offered = (tls: TlsFacts | undefined): readonly string[] =>
    mechanisms.filter(name => canWork(name, tls))

  function startSasl(
    domain: string,
    mechanism: string,
    tls: TlsFacts | undefined,
  ): SaslResponder | undefined {
    const host = server.router.host(domain)
    if (!host) return undefined
    if (mechanism === 'PLAIN') return plain(host, domain)
    if (mechanism === 'EXTERNAL')
      return new ExternalResponder({
        authorize: authzid => certifiedAccount(tls?.certifiedJids ?? [], domain, authzid),
      })
    const variant = scramVariant(mechanism)
    if (!variant) return undefined
    const now = offered(tls)
    return new ScramResponder({
      ...variant,
      crypto,
      domain,
      secret,
      iterations: settings.iterations,
      offersPlus: now.some(name => name.endsWith('-PLUS')),
      binding: type => (isBindingType(type) ? tls?.binding(type) : undefined),
      lookup: username => host.accounts.keysOf(host.accounts.jidOf(username), variant.hash),
    })
  }

  return {
    limits: server.limits,
    bytes: bufferBytes(Buffer),
    loginAttempts: server.limits.loginAttempts,
    requiresTls: settings.requiresTls,
    offersTls: settings.offersTls,
    newStreamId: () => randomId(server.random),
    serves: domain => server.router.host(domain) !== undefined,
    get defaultDomain() {
      for (const host of server.router.hosts()) return host.domain
      return ''
    },
    mechanisms: (_domain, tls) => offered(tls),
    startSasl,
    featuresBeforeLogin: (domain, tls) =>
      settings.requiresTls && tls === undefined
        ? ''
        : bindingsFeature(tls) + (server.router.host(domain)?.streamFeatures('beforeLogin') ?? ''),
    featuresAfterLogin: domain => server.router.host(domain)?.streamFeatures('afterLogin') ?? '',
  }
}

function plain(host: Host, domain: string): SaslResponder {
  const { accounts } = host
  return new PlainResponder({
    domain,
    verify: (username, password) => accounts.verify(accounts.jidOf(username), password),
  })
}

/** PLAIN only under TLS, -PLUS only with binding data, EXTERNAL only with a certificate that names accounts. */
function canWork(mechanism: string, tls: TlsFacts | undefined): boolean {
  if (mechanism === 'PLAIN') return tls !== undefined
  if (mechanism === 'EXTERNAL') return tls !== undefined && tls.certifiedJids.length > 0
  return !mechanism.endsWith('-PLUS') || (tls !== undefined && tls.bindings.length > 0)
}

function isBindingType(type: string): type is ChannelBindingType {
  return type === 'tls-unique' || (channelBindingTypes as readonly string[]).includes(type)
}

/** XEP-0440: which channel bindings the server can check. */
function bindingsFeature(tls: TlsFacts | undefined): string {
  const types = tls?.bindings ?? []
  if (types.length === 0) return ''
  const list = types.map(type => `<channel-binding type='${type}'/>`).join('')
  return `<sasl-channel-binding xmlns='${ChannelBindings.ns}'>${list}</sasl-channel-binding>`
}
