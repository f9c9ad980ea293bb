/** A whole server on this machine: configuration in, listening sockets out. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Transport, TransportOwner } from '@waxwing/stream'
import { CertificateError } from './certificate/certificate-error.ts'
import { readCertificate, type ServedCertificate } from './certificate/served.ts'
import type { Config } from './config/config.ts'
import { defaultFeatures } from './features/features.ts'
import type { Feature } from './kernel/feature.ts'
import type { StopKind } from './kernel/host.ts'
import type { Log } from './kernel/log.ts'
import { type ListenerPlan, Listeners } from './listen/listeners.ts'
import { nodeClock, nodeCrypto, nodeRandom } from './listen/node-platform.ts'
import { TlsIdentity } from './listen/tls-identity.ts'
import { type HostPlan, Server, type ServerLimits } from './server.ts'
import type { ComponentPolicy } from './session/component-link.ts'
import { column, keyed, type StoreDriver } from './store/store.ts'

export interface NodeServerOptions {
  readonly config: Config
  readonly store: StoreDriver
  readonly log: Log
  /** Other features than the usual ones. */
  readonly features?: readonly Feature[]
  /** Carries out what an administrator asks of the process; absent: it cannot be asked. */
  readonly stopServer?: ((how: StopKind) => void) | undefined
}

export interface RunningServer {
  readonly server: Server
  /** Where each listener listens, by its name. */
  readonly addresses: ReadonlyMap<ListenerPlan['name'], string>
  readonly certificate: ServedCertificate
  /** Ends everything in order and waits for it; the store stays open. */
  stop(): Promise<void>
}

/** A server without sockets: for administration while nobody is served. */
export async function openServer(options: NodeServerOptions): Promise<Server> {
  const { config, store, log, features = defaultFeatures } = options
  const { hosts, tls, sasl } = config.server
  return Server.start({
    clock: nodeClock,
    random: nodeRandom,
    crypto: nodeCrypto,
    log,
    store,
    hosts: hosts.map(domain => hostPlan(domain, features, config)),
    limits: limitsOf(config),
    login: {
      requiresTls: tls.required,
      offersTls: true,
      mechanisms: sasl.mechanisms,
      iterations: sasl.iterations,
      secret: await serverSecret(store),
    },
    components: componentPolicy(config),
    stopServer: options.stopServer,
  })
}

/** Starts a server. @throws ConfigError, ListenError, StoreError, CertificateError with one clear sentence each */
export async function startServer(
  options: NodeServerOptions & { readonly folder: string },
): Promise<RunningServer> {
  const { config, log, folder } = options
  const { tls, hosts, limits } = config.server
  const certificate = await readCertificate({ hosts, tls, data: folder }, log)
  const authorities = tls.clientAuthorities === undefined ? undefined : readAuthorities(tls.clientAuthorities)
  const identityOf = ({ certificate: pem, key }: ServedCertificate): TlsIdentity =>
    new TlsIdentity({
      certificate: pem,
      key,
      minVersion: tls.minVersion,
      clientAuthorities: authorities,
      asksForCertificate: tls.clientCertificates,
    })
  let identity = identityOf(certificate)
  const server = await openServer(options)
  const listeners = new Listeners(
    {
      outboxBytes: limits.outboxBytes,
      sendTimeoutMs: limits.sendTimeout,
      connectionsPerAddress: limits.connectionsPerAddress,
    },
    () => identity,
  )
  const stopWatching = certificate.watch(renewed => {
    identity = identityOf(renewed)
    listeners.renewTls()
    log.info({ expires: renewed.expires.toISOString() }, 'The certificate was read again')
  })
  const stop = async (): Promise<void> => {
    stopWatching()
    listeners.close()
    await server.stop()
    await listeners.drain(2_000)
  }
  const addresses = new Map<ListenerPlan['name'], string>()
  try {
    for (const plan of plansFor(config, server)) addresses.set(plan.name, await listeners.open(plan))
  } catch (error) {
    await stop()
    throw error
  }
  return { server, addresses, certificate, stop }
}

/** @throws CertificateError */
function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw new CertificateError(
      'missing',
      `The authorities for client certificates cannot be read from ${file}: ${why}`,
    )
  }
}

function hostPlan(domain: string, features: readonly Feature[], config: Config): HostPlan {
  return {
    domain,
    features: features.filter(feature => config.featureSettings(domain, feature.name).enabled === true),
    settingsOf: feature => config.featureSettings(domain, feature.name),
  }
}

function limitsOf({ server: { limits } }: Config): ServerLimits {
  const xml = {
    maxStanzaBytes: limits.stanzaBytes,
    maxDepth: limits.depth,
    maxAttributes: limits.attributes,
    maxNameBytes: limits.nameBytes,
    maxAttributeBytes: limits.attributeBytes,
    maxNamespaces: limits.namespaces,
  }
  return {
    afterLogin: xml,
    beforeLogin: { ...xml, maxStanzaBytes: limits.stanzaBytesBeforeLogin },
    negotiationMs: limits.negotiationTimeout,
    idleMs: limits.idleTimeout,
    loginAttempts: limits.loginAttempts,
    loginFailuresPerAddress: limits.loginFailuresPerAddress,
    unauthenticatedConnections: limits.unauthenticatedConnections,
    resourcesPerAccount: limits.resourcesPerAccount,
    bytesPerSecond: limits.bytesPerSecond,
    burstBytes: limits.burstBytes,
  }
}

function componentPolicy({ server: { components } }: Config): ComponentPolicy {
  return {
    secretOf: domain => components.get(domain)?.secret?.reveal(),
    isHandshake(given, streamId, secret) {
      const wanted = createHash('sha1')
        .update(streamId + secret)
        .digest()
      const found = Buffer.from(given, 'hex')
      return /^[0-9a-f]{40}$/.test(given) && nodeCrypto.equal(wanted, found)
    },
  }
}

/** A listener without address is closed. */
function plansFor(config: Config, server: Server): readonly ListenerPlan[] {
  const { listen, components } = config.server
  const client = (transport: Transport): TransportOwner => server.acceptClient(transport)
  const component = (transport: Transport): TransportOwner => server.acceptComponent(transport)
  return [
    { name: 'client' as const, address: listen.client, isTls: false, accept: client },
    { name: 'direct-tls' as const, address: listen.directTls, isTls: true, accept: client },
    {
      name: 'component' as const,
      address: components.size > 0 ? listen.component : undefined,
      isTls: false,
      accept: component,
    },
  ].filter((plan): plan is ListenerPlan => plan.address !== undefined)
}

/** The salts of accounts that do not exist come from it, so it must stay the same over restarts. RFC 5802 §9 */
async function serverSecret(store: StoreDriver): Promise<Uint8Array> {
  const { secrets } = await store.open('*', 'server', { secrets: keyed('name', { value: column.blob() }) })
  const row = await secrets.update('login', present => present ?? { value: nodeCrypto.randomBytes(32) })
  return row?.value ?? nodeCrypto.randomBytes(32)
}
