/** What a scene's server is made of. */
import { createHash } from 'node:crypto'
import {
  defaultFeatures,
  defaultMechanisms,
  defaultsOf,
  type HostPlan,
  type LoginSettings,
  type ServerLimits,
  type ServerOptions,
} from '@waxwing/server'
import type { Feature } from '@waxwing/server/feature'
import type { StoreDriver } from '@waxwing/server/store'
import { defaultLimits } from '@waxwing/xml'

/** What a scene may choose; everything has a default. */
export interface SceneOptions {
  /** The features, and with them whatever they need; all that the server has unless given. */
  readonly features?: readonly Feature[]
  /** The domains served. Default: `montague.example` alone. */
  readonly domains?: readonly string[]
  /** Settings by feature; the others keep their defaults. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly limits?: Partial<ServerLimits>
  readonly login?: Partial<LoginSettings>
  /** Secrets of components by domain. XEP-0114. */
  readonly components?: Readonly<Record<string, string>>
  /** The same seed gives the same transcript. */
  readonly seed?: number
  /** What an administrator may ask of the process. XEP-0133 §4.30, §4.31. */
  readonly stopServer?: ServerOptions['stopServer']
  /** Puts something between the server and the scene's store: delays, faults. */
  readonly around?: (store: StoreDriver) => StoreDriver
  /** The server's faults are part of the scene. */
  readonly mayFail?: boolean
}

export const sceneLimits: ServerLimits = {
  beforeLogin: { ...defaultLimits, maxStanzaBytes: 10_000 },
  afterLogin: defaultLimits,
  negotiationMs: 30_000,
  idleMs: 0,
  unauthenticatedConnections: 10_000,
  loginAttempts: 3,
  loginFailuresPerAddress: 100,
  resourcesPerAccount: 64,
  bytesPerSecond: 10_000_000,
  burstBytes: 20_000_000,
}

/** Everything but what the server stands on. */
export function plannedServer(
  options: SceneOptions,
): Pick<ServerOptions, 'hosts' | 'limits' | 'login' | 'components' | 'stopServer'> {
  const { domains = ['montague.example'], features = defaultFeatures, components = {} } = options
  const secrets = new Map(Object.entries(components))
  return {
    hosts: domains.map(domain => plannedHost(domain, features, options.settings ?? {})),
    limits: { ...sceneLimits, ...options.limits },
    login: {
      requiresTls: true,
      offersTls: true,
      mechanisms: defaultMechanisms,
      // Scenes log in often and guard no real password.
      iterations: 1,
      secret: new TextEncoder().encode('a secret that outlives the server'),
      ...options.login,
    },
    components: {
      secretOf: domain => secrets.get(domain),
      isHandshake: (given, id, secret) => given === handshakeOf(id, secret),
    },
    stopServer: options.stopServer,
  }
}

function plannedHost(
  domain: string,
  features: readonly Feature[],
  settings: NonNullable<SceneOptions['settings']>,
): HostPlan {
  return {
    domain,
    features,
    settingsOf: feature => ({ ...defaultsOf(feature.config), ...settings[feature.name] }),
  }
}

/** XEP-0114 §3. */
export function handshakeOf(streamId: string, secret: string): string {
  return createHash('sha1')
    .update(streamId + secret)
    .digest('hex')
}
