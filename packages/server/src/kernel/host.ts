/** One domain this server serves: its features, their handlers, and what features may ask of the kernel. */
import { type BareJid, domainOf, type Jid, parseBareJid } from '@waxwing/jid'
import { streamError } from '@waxwing/protocol'
import { type Random, randomId, type SaslCrypto, type Transport } from '@waxwing/stream'
import type { Slice } from '@waxwing/xml'
import type { Router } from '../router/router.ts'
import { Stanza } from '../router/stanza.ts'
import type { OnlineAccount } from '../session/account.ts'
import type { ClientSession } from '../session/client-session.ts'
import type { StoreDriver } from '../store/store.ts'
import type { Accounts } from './accounts.ts'
import type {
  AddressClass,
  Feature,
  IqHandler,
  LoginBar,
  NonzaHandler,
  Portable,
  Running,
} from './feature.ts'
import { HookRunner, type Now } from './hooks.ts'
import { HostDisco } from './host-disco.ts'
import { HostLogin } from './host-login.ts'
import type { Log } from './log.ts'
import { Questions } from './questions.ts'
import type { Service } from './service.ts'
import { StreamOffers } from './stream-offers.ts'

type HandlersByName = Map<string, IqHandler>

export interface HostParts {
  readonly domain: string
  readonly router: Router
  readonly accounts: Accounts
  readonly random: Random
  readonly crypto: SaslCrypto
  /** Known to this server alone, and the same over its life. */
  readonly secret: Uint8Array
  readonly log: Log
  readonly durability: Durability
  readonly limits: StreamBounds
  /** Stops the whole server, or starts it anew; `undefined` where nobody can. */
  readonly stopServer?: ((how: StopKind) => void) | undefined
}

/** What a client's stream takes. XEP-0478. */
export interface StreamBounds {
  readonly bytesBeforeLogin: number
  readonly bytesAfterLogin: number
  /** Silence after which a stream is ended; 0: never. */
  readonly idleMs: number
}

/** What an administrator may ask of the process. XEP-0133 §4.30, §4.31. */
export type StopKind = 'restart' | 'shutdown'

/** Whether what was written is there to stay. */
export type Durability = Pick<StoreDriver, 'flushed' | 'faults'>

export class Host {
  readonly domain: string
  readonly jid: BareJid
  readonly hooks: HookRunner
  /** What features tell of the host and of accounts. */
  readonly disco: HostDisco
  readonly router: Router
  readonly accounts: Accounts
  readonly login: HostLogin
  /** What this host asks others, and their answers. */
  readonly questions: Questions
  readonly crypto: SaslCrypto
  readonly log: Log
  readonly durability: Durability
  readonly stopServer: HostParts['stopServer']
  readonly limits: StreamBounds
  readonly #streamFeatures = { beforeLogin: new StreamOffers(), afterLogin: new StreamOffers() }
  readonly #random: Random
  readonly #secret: Uint8Array
  /** By type and address class, then namespace, then name: fixed tables, names from the wire are only looked up. */
  readonly #iq = new Map<string, Map<string, HandlersByName>>()
  readonly #nonzas: NonzaHandler[] = []
  readonly #features: Feature[] = []
  readonly #running: Running<unknown>[] = []

  constructor(parts: HostParts) {
    this.domain = parts.domain
    this.jid = parseBareJid(parts.domain)
    this.router = parts.router
    this.accounts = parts.accounts
    this.log = parts.log
    this.durability = parts.durability
    this.stopServer = parts.stopServer
    this.limits = parts.limits
    this.#random = parts.random
    this.#secret = parts.secret
    this.crypto = parts.crypto
    this.login = new HostLogin(parts.log)
    this.hooks = new HookRunner(parts.log)
    this.disco = new HostDisco(this.#features, this.#running)
    this.questions = this.questionsOf(this.jid)
  }

  get features(): readonly Feature[] {
    return this.#features
  }

  /** What a feature offers others, for those who stand outside of the features; `undefined` where the host has it not. */
  apiOf<Api>(feature: Feature<Api>): Api | undefined {
    // What was added under this feature is what its own setup gave.
    return this.#running[this.#features.indexOf(feature)]?.api as Api | undefined
  }

  /** Adds a feature that has been set up. @throws Error naming both features when they claim the same request */
  add(feature: Feature, running: Running<unknown>): void {
    for (const handler of running.iq ?? []) this.#claim(feature, handler)
    for (const handler of running.nonzas ?? []) {
      this.#claimOnce(feature, `{${handler.ns}}${handler.name} when ${handler.when}`)
      this.#nonzas.push(handler)
    }
    for (const entry of running.hooks ?? []) this.hooks.add(feature.name, entry)
    for (const service of running.services ?? []) this.#serve(feature, service)
    this.login.add(running)
    this.#features.push(feature)
    this.#running.push(running)
    for (const moment of ['beforeLogin', 'afterLogin'] as const) {
      const offer = running.streamFeatures?.[moment]
      if (offer) this.#streamFeatures[moment].add(offer)
    }
  }

  #serve(feature: Feature, service: Service): void {
    if (!this.router.link(service.jid, service))
      throw new Error(
        `The feature '${feature.name}' cannot serve ${service.jid}: something else does already`,
      )
  }

  /** Questions asked in the name of an address of ours, which hands their answers back. */
  questionsOf(jid: BareJid): Questions {
    return new Questions(jid, this.#random, stanza => this.send(stanza))
  }

  readonly #claimed = new Map<string, string>()

  #claim(feature: Feature, handler: IqHandler): void {
    this.#claimOnce(feature, `${handler.type} {${handler.ns}}${handler.name} at ${handler.at}`)
    const key = `${handler.type} ${handler.at}`
    const byNs = this.#iq.get(key) ?? new Map<string, HandlersByName>()
    this.#iq.set(key, byNs)
    const byName = byNs.get(handler.ns) ?? new Map<string, IqHandler>()
    byNs.set(handler.ns, byName)
    byName.set(handler.name, handler)
  }

  #claimOnce(feature: Feature, claim: string): void {
    const holder = this.#claimed.get(claim)
    if (holder !== undefined)
      throw new Error(`The features '${holder}' and '${feature.name}' both want to answer ${claim}`)
    this.#claimed.set(claim, feature.name)
  }

  nonzaHandler(ns: string, name: string, when: NonzaHandler['when']): NonzaHandler | undefined {
    return this.#nonzas.find(handler => handler.name === name && handler.ns === ns && handler.when === when)
  }

  iqHandler(
    type: 'get' | 'set',
    ns: string | undefined,
    name: string | undefined,
    at: AddressClass,
  ): IqHandler | undefined {
    if (ns === undefined || name === undefined) return undefined
    const key = type === 'get' ? getKeys[at] : setKeys[at]
    return this.#iq.get(key)?.get(ns)?.get(name)
  }

  /** A key for one purpose, 64 octets, that nobody else knows and that stays the same over the server's life. */
  keyFor(purpose: string): Now<Uint8Array> {
    return this.crypto.hmac('SHA-512', this.#secret, new TextEncoder().encode(`${purpose} of ${this.domain}`))
  }

  /** Why an account may not log in just now, although its credentials are right. */
  loginBar(account: BareJid): LoginBar | undefined {
    for (const running of this.#running) {
      const bar = running.barsLogin?.(account)
      if (bar) return bar
    }
    return undefined
  }

  /** Asks the features for an answer to a stanza before login. */
  beforeLogin(slice: Slice, transport: Transport): Now<string> | undefined {
    for (const running of this.#running) {
      const answer = running.beforeLogin?.(slice, transport)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  /** XML of the features' own stream features. */
  streamFeatures(moment: 'beforeLogin' | 'afterLogin', session?: ClientSession): string {
    return this.#streamFeatures[moment].text(session)
  }

  /** What features keep of accounts, in a form that goes from server to server. XEP-0227. */
  portables(): readonly Portable[] {
    return this.#running.flatMap(({ portable }) => portable ?? [])
  }

  isLocal(jid: Jid): boolean {
    return domainOf(jid) === this.domain
  }

  online(account: BareJid): OnlineAccount | undefined {
    return this.router.sessions.account(account)
  }

  /** Makes an account and tells the features. @throws AccountError exists, bad-password */
  async createAccount(account: BareJid, password: string): Promise<void> {
    await this.accounts.create(account, password)
    await this.hooks.tell('account:created', { account })
  }

  /** Removes an account with everything features keep for it, and ends its sessions. @throws AccountError unknown */
  async removeAccount(account: BareJid): Promise<void> {
    await this.accounts.remove(account)
    const gone = streamError('not-authorized', 'This account has been removed')
    for (const session of this.online(account)?.sessions.values() ?? []) session.end(gone)
    await this.hooks.tell('account:removed', { account })
  }

  /** Sends a stanza of the server's own making to wherever its address is. */
  send(stanza: Stanza): void {
    void this.sendSettled(stanza)
  }

  /** As `send`; settles when a later stanza may follow without overtaking it. Never rejects. */
  sendSettled(stanza: Stanza): Now<void> {
    const routed = this.router.route(stanza)
    if (!(routed instanceof Promise)) return
    return routed.catch((error: unknown) =>
      this.log.error({ error }, 'A stanza of the server could not be routed'),
    )
  }

  /** Tells the account's resources of a change: an iq set without expectation of an answer. RFC 6121 §2.1.6. */
  push(session: ClientSession, payload: string): void {
    const header = {
      kind: 'iq',
      type: 'set',
      id: randomId(this.#random),
      from: session.account.jid,
      to: session.jid,
    } as const
    session.deliver(Stanza.composed(header, payload))
  }
}

const getKeys = { self: 'get self', account: 'get account', host: 'get host' } as const
const setKeys = { self: 'set self', account: 'set account', host: 'set host' } as const
