/** The server without its sockets: hosts, features, sessions. Transports are handed in by listeners or by tests. */
import { streamError } from '@waxwing/protocol'
import type {
  Clock,
  Random,
  ResponderPolicy,
  SaslCrypto,
  Timer,
  Transport,
  TransportOwner,
} from '@waxwing/stream'
import type { XmlLimits } from '@waxwing/xml'
import { Accounts, accountShapes } from './kernel/accounts.ts'
import type { Feature, Needs } from './kernel/feature.ts'
import { Host, type StopKind } from './kernel/host.ts'
import type { Log } from './kernel/log.ts'
import { Router } from './router/router.ts'
import { ClientStream } from './session/client-stream.ts'
import { ComponentLink, type ComponentPolicy } from './session/component-link.ts'
import { type LoginSettings, loginPolicy } from './session/login.ts'
import { LoginBackOff } from './session/login-back-off.ts'
import { Sessions } from './session/sessions.ts'
import type { StoreDriver } from './store/store.ts'

export interface ServerLimits {
  readonly beforeLogin: XmlLimits
  readonly afterLogin: XmlLimits
  readonly negotiationMs: number
  /** Silence after which a client's connection is given up; 0: never. */
  readonly idleMs: number
  /** Connections that may be open without having logged in. XEP-0205 §3. */
  readonly unauthenticatedConnections: number
  readonly loginAttempts: number
  /** Failed logins an address has free before its connections have to wait. */
  readonly loginFailuresPerAddress: number
  readonly resourcesPerAccount: number
  readonly bytesPerSecond: number
  readonly burstBytes: number
}

/** What the server stands on; the testkit replaces all of it. */
export interface ServerPlatform {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: SaslCrypto
  readonly log: Log
  readonly store: StoreDriver
}

export interface HostPlan {
  readonly domain: string
  readonly features: readonly Feature[]
  /** Settings of a feature on this host, as read from the configuration. */
  settingsOf(feature: Feature): Readonly<Record<string, unknown>>
}

export interface ServerOptions extends ServerPlatform {
  readonly hosts: readonly HostPlan[]
  readonly limits: ServerLimits
  readonly login: LoginSettings
  readonly components: ComponentPolicy
  /** Stops the process or starts it anew when an administrator asks for it; absent where nobody can. */
  readonly stopServer?: ((how: StopKind) => void) | undefined
}

const sweepEveryMs = 1_000

export class Server {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly limits: ServerLimits
  readonly loginBackOff: LoginBackOff
  readonly router: Router
  readonly #options: ServerOptions
  readonly #policy: ResponderPolicy
  readonly #streams = new Set<ClientStream>()
  readonly #components = new Set<ComponentLink>()
  readonly #pending = new Set<Promise<unknown>>()
  #sweeping: Timer | undefined

  private constructor(options: ServerOptions) {
    this.#options = options
    this.clock = options.clock
    this.random = options.random
    this.log = options.log
    this.limits = options.limits
    this.loginBackOff = new LoginBackOff({
      free: options.limits.loginFailuresPerAddress,
      maxAddresses: options.limits.unauthenticatedConnections,
    })
    this.router = new Router(new Sessions(), options.log)
    this.#policy = loginPolicy(this, options.login, options.crypto)
  }

  /** Opens the stores, sets up every host's features in order of their needs, and starts sweeping. */
  static async start(options: ServerOptions): Promise<Server> {
    const server = new Server(options)
    for (const plan of options.hosts) await server.#startHost(plan)
    server.#sweepLater()
    return server
  }

  async #startHost(plan: HostPlan): Promise<void> {
    const { store, crypto, clock, random, log, login } = this.#options
    const { accounts } = await store.open(plan.domain, 'accounts', accountShapes)
    const host = new Host({
      domain: plan.domain,
      router: this.router,
      accounts: new Accounts({
        domain: plan.domain,
        store: accounts,
        crypto,
        iterations: login.iterations,
        wall: () => clock.wall(),
      }),
      random,
      crypto,
      secret: login.secret,
      log,
      durability: store,
      stopServer: this.#options.stopServer,
      limits: {
        bytesBeforeLogin: this.limits.beforeLogin.maxStanzaBytes,
        bytesAfterLogin: this.limits.afterLogin.maxStanzaBytes,
        idleMs: this.limits.idleMs,
      },
    })
    const apis = new Map<string, unknown>()
    for (const feature of inOrderOfNeeds(plan.features)) {
      const running = await feature.setup({
        // Read by the feature's own declaration, whose types a list of features has forgotten.
        config: plan.settingsOf(feature) as never,
        store: await store.open(plan.domain, feature.name, feature.store),
        needs: pick(feature.needs, apis),
        host,
        clock,
        random,
        log,
      })
      apis.set(feature.name, running.api)
      host.add(feature, running)
    }
    this.router.addHost(host)
    await host.hooks.tell('host:ready', {})
  }

  get sessionCount(): number {
    return this.router.sessions.count
  }

  /** Takes a client's connection over. */
  acceptClient(transport: Transport): TransportOwner {
    const stream = new ClientStream(this, transport, this.#policy)
    this.#streams.add(stream)
    if (this.#streams.size - this.sessionCount > this.limits.unauthenticatedConnections)
      stream.fail(streamError('resource-constraint', 'Too many connections are waiting to log in'))
    else if (this.loginBackOff.waitFor(transport.remote, this.clock.monotonic()) > 0)
      stream.fail(streamError('policy-violation', 'Too many logins from your address have failed; try later'))
    return stream
  }

  /** Takes a component's connection over. XEP-0114. */
  acceptComponent(transport: Transport): TransportOwner {
    const link = new ComponentLink(this, transport, this.#options.components)
    this.#components.add(link)
    return link
  }

  forgetClient(stream: ClientStream): void {
    this.#streams.delete(stream)
  }

  forgetComponent(link: ComponentLink): void {
    this.#components.delete(link)
  }

  /** Work that goes on after its session has ended; waited for at stop. */
  own(work: Promise<unknown>): void {
    const owned = work
      .catch((error: unknown) => this.log.error({ error }, 'Work behind a session failed'))
      .finally(() => this.#pending.delete(owned))
    this.#pending.add(owned)
  }

  /** Says goodbye to everybody and waits until all is written. */
  async stop(): Promise<void> {
    this.#sweeping?.cancel()
    const goodbye = streamError('system-shutdown', 'The server is stopping')
    for (const stream of [...this.#streams, ...this.#components]) stream.fail(goodbye)
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    for (const host of this.router.hosts()) await host.hooks.tell('server:stopping', {})
    await this.#options.store.flushed()
  }

  /** One timer for all negotiations. XEP-0205 §3. */
  #sweepLater(): void {
    this.#sweeping = this.clock.after(sweepEveryMs, () => {
      const now = this.clock.monotonic()
      for (const stream of this.#streams) stream.sweep(now)
      for (const link of this.#components) link.sweep(now, this.limits.negotiationMs)
      this.#sweepLater()
    })
  }
}

function pick(needs: Needs, apis: ReadonlyMap<string, unknown>): Record<string, never> {
  const picked = Object.entries(needs).map(([as, feature]) => [as, apis.get(feature.name)] as const)
  return Object.fromEntries(picked) as Record<string, never>
}

/** Each feature behind what it needs; otherwise by name. @throws Error when features need each other in a circle */
function inOrderOfNeeds(features: readonly Feature[]): readonly Feature[] {
  const ordered: Feature[] = []
  const under: string[] = []
  const visit = (feature: Feature): void => {
    if (ordered.includes(feature)) return
    if (under.includes(feature.name))
      throw new Error(`Features need each other in a circle: ${under.join(' → ')}`)
    under.push(feature.name)
    for (const needed of Object.values(feature.needs)) visit(needed)
    under.pop()
    ordered.push(feature)
  }
  for (const feature of [...features].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(feature)
  return ordered
}
