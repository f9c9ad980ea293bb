/** What this server offers at login, for one kind of listener. RFC 6120 §6, XEP-0440. */

import type { BareJid } from '@waxwing/jid'
import { Bind2, ChannelBindings } from '@waxwing/protocol'
import {
  type ChannelBindingType,
  certifiedUsernames,
  channelBindingTypes,
  chooseCertified,
  ExternalResponder,
  Joined,
  keptBy,
  type LoginRequest,
  PlainResponder,
  type ResponderPolicy,
  randomId,
  type SaslCrypto,
  type SaslResponder,
  ScramResponder,
  scramVariant,
  type TlsFacts,
} from '@waxwing/stream'
import { bufferBytes, escapeAttr } from '@waxwing/xml'
import type { Host } from '../kernel/host.ts'
import type { HostLogin } from '../kernel/host-login.ts'
import type { Server } from '../server.ts'
import { BarredResponder } from './barred-responder.ts'

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
  const lists = new KnownLists()

  /** What works on this stream, and for the account that the client says it is. XEP-0388 §2.1 */
  function offered(domain: string, tls: TlsFacts | undefined, peer: BareJid | undefined): readonly string[] {
    const host = server.router.host(domain)
    const own = mechanisms.filter(name => canWork(name, tls, host))
    for (const one of host?.login.listedMechanisms ?? []) if (one.canWork(tls)) own.push(one.name)
    const unfit = (peer && host?.isLocal(peer) && host.login.unfit(peer)) || []
    return lists.same(unfit.length === 0 ? own : own.filter(name => !unfit.includes(name)))
  }

  function responderFor(host: Host, request: LoginRequest): SaslResponder | undefined {
    const { mechanism, tls, peer } = request
    const ofFeature = host.login.mechanism(mechanism)
    if (ofFeature) return ofFeature.canWork(tls) ? ofFeature.start(request) : undefined
    const now = offered(host.domain, tls, peer)
    if (!now.includes(mechanism)) return undefined
    if (mechanism === 'PLAIN') return plain(host)
    if (mechanism === 'EXTERNAL') return external(host, tls)
    return scram(host, mechanism, now, tls)
  }

  function scram(
    host: Host,
    mechanism: string,
    now: readonly string[],
    tls: TlsFacts | undefined,
  ): SaslResponder | undefined {
    const variant = scramVariant(mechanism)
    if (!variant) return undefined
    const bindings = tls?.bindings ?? []
    return new ScramResponder({
      ...variant,
      crypto,
      domain: host.domain,
      secret,
      iterations: settings.iterations,
      // XEP-0474 §6.1: the offer of the profile in use; both make the same one
      offer: bindings.length === 0 ? { mechanisms: now } : { mechanisms: now, bindings },
      offersPlus: now.some(name => name.endsWith('-PLUS')),
      binding: type => (isBindingType(type) ? tls?.binding(type) : undefined),
      lookup: username => host.accounts.keysOf(host.accounts.jidOf(username), variant.hash),
    })
  }

  /** A login that succeeds may still meet a locked account, whatever the mechanism. */
  function startSasl(request: LoginRequest): SaslResponder | undefined {
    const host = server.router.host(request.domain)
    const responder = host && responderFor(host, request)
    return responder && new BarredResponder(responder, host)
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
    mechanisms: offered,
    startSasl,
    sasl2: (domain, tls) => inlineFeatures(server.router.host(domain), tls),
    tasks: (login, wanted) => server.router.host(login.domain)?.login.tasks(login, wanted) ?? [],
    featuresBeforeLogin: (domain, tls) =>
      settings.requiresTls && tls === undefined
        ? ''
        : (tls ? secured : plainly).of(
            bindingsFeature(tls),
            server.router.host(domain)?.streamFeatures('beforeLogin') ?? '',
          ),
    featuresAfterLogin(domain, bound) {
      const session = bound && server.router.sessions.find(bound)
      return server.router.host(domain)?.streamFeatures('afterLogin', session) ?? ''
    },
  }
}

/** The same offer is the same list, as there are few: texts and hashes are kept by it. */
class KnownLists {
  readonly #lists: (readonly string[])[] = []

  same(list: readonly string[]): readonly string[] {
    const known = this.#lists.find(
      one => one.length === list.length && one.every((name, n) => name === list[n]),
    )
    if (known) return known
    if (this.#lists.length < mostLists) this.#lists.push(list)
    return list
  }
}

const mostLists = 32
const plainly = new Joined()
const secured = new Joined()

function plain({ accounts, domain }: Host): SaslResponder {
  return new PlainResponder({
    domain,
    verify: (username, password) => accounts.verify(accounts.jidOf(username), password),
  })
}

/** The accounts that a certificate stands for: those that exist, of all it names. XEP-0178 §2 */
function external({ accounts, domain, login }: Host, tls: TlsFacts | undefined): SaslResponder {
  return new ExternalResponder({
    authorize: async authzid => {
      const vouched = certifiedUsernames(tls?.certifiedJids ?? [], domain)
      const named = [...new Set([...vouched, ...(await login.certified(tls?.certificate))])]
      const there = await Promise.all(named.map(async name => accounts.exists(accounts.jidOf(name))))
      return chooseCertified(
        named.filter((_, at) => there[at]),
        domain,
        authzid,
      )
    },
  })
}

/** What stands in the feature of SASL2 behind the mechanisms, by channel bindings: it never changes. */
const offers = keptBy((_host: Host) => new WeakMap<readonly string[], string>())

/** `undefined` where the extensible profile is not offered. XEP-0388 §2.1 */
function inlineFeatures(host: Host | undefined, tls: TlsFacts): string | undefined {
  if (!host?.login.isExtensible) return undefined
  const texts = offers(host)
  const text = texts.get(tls.bindings) ?? inlineText(host.login, tls)
  texts.set(tls.bindings, text)
  return text
}

function inlineText(login: HostLogin, tls: TlsFacts): string {
  const features = login.bindFeatures.map(name => `<feature var='${escapeAttr(name)}'/>`).join('')
  const bindable = features && `<inline>${features}</inline>`
  const bind = `<bind xmlns='${Bind2.ns}'>${bindable}</bind>`
  return `<inline>${bind}${login.advertised(tls)}</inline>${login.beside()}`
}

/** PLAIN only under TLS, -PLUS only with binding data, EXTERNAL only with a certificate that names accounts. */
function canWork(mechanism: string, tls: TlsFacts | undefined, host: Host | undefined): boolean {
  if (mechanism === 'PLAIN') return tls !== undefined
  if (mechanism === 'EXTERNAL') return tls !== undefined && mayBeCertified(tls, host)
  return !mechanism.endsWith('-PLUS') || (tls !== undefined && tls.bindings.length > 0)
}

function mayBeCertified({ certifiedJids, certificate }: TlsFacts, host: Host | undefined): boolean {
  return (
    certifiedJids.length > 0 || (certificate !== undefined && host?.login.mayCertify(certificate) === true)
  )
}

function isBindingType(type: string): type is ChannelBindingType {
  return type === 'tls-unique' || (channelBindingTypes as readonly string[]).includes(type)
}

/** XEP-0440: which channel bindings the server can check. */
function bindingsFeature(tls: TlsFacts | undefined): string {
  return tls === undefined || tls.bindings.length === 0 ? '' : bindingsText(tls.bindings)
}

/** The few lists there are. */
const bindingsText = keptBy((types: readonly ChannelBindingType[]) => {
  const list = types.map(type => `<channel-binding type='${type}'/>`).join('')
  return `<sasl-channel-binding xmlns='${ChannelBindings.ns}'>${list}</sasl-channel-binding>`
})
