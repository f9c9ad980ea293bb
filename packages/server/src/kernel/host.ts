/** One domain this server serves: its features, their handlers, and what features may ask of the kernel. */
import { type BareJid, domainOf, type Jid, parseBareJid } from '@waxwing/jid'
import { streamError } from '@waxwing/protocol'
import { type Random, randomId, type Transport } from '@waxwing/stream'
import type { Slice } from '@waxwing/xml'
import type { Router } from '../router/router.ts'
import { Stanza } from '../router/stanza.ts'
import type { OnlineAccount } from '../session/account.ts'
import type { ClientSession } from '../session/client-session.ts'
import type { Accounts } from './accounts.ts'
import type { AddressClass, Feature, IqHandler, NonzaHandler, Running } from './feature.ts'
import { HookRunner, type Now } from './hooks.ts'
import type { Log } from './log.ts'

type HandlersByName = Map<string, IqHandler>

export interface HostParts {
  readonly domain: string
  readonly router: Router
  readonly accounts: Accounts
  readonly random: Random
  readonly log: Log
}

export class Host {
  readonly domain: string
  readonly jid: BareJid
  readonly hooks: HookRunner
  readonly router: Router
  readonly accounts: Accounts
  readonly log: Log
  readonly #random: Random
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
    this.#random = parts.random
    this.hooks = new HookRunner(parts.log)
  }

  get features(): readonly Feature[] {
    return this.#features
  }

  /** Adds a feature that has been set up. @throws Error naming both features when they claim the same request */
  add(feature: Feature, running: Running<unknown>): void {
    for (const handler of running.iq ?? []) this.#claim(feature, handler)
    for (const handler of running.nonzas ?? []) {
      this.#claimOnce(feature, `{${handler.ns}}${handler.name} when ${handler.when}`)
      this.#nonzas.push(handler)
    }
    for (const entry of running.hooks ?? []) this.hooks.add(feature.name, entry)
    this.#features.push(feature)
    this.#running.push(running)
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

  /** Asks the features for an answer to a stanza before login. */
  beforeLogin(slice: Slice, transport: Transport): Now<string> | undefined {
    for (const running of this.#running) {
      const answer = running.beforeLogin?.(slice, transport)
      if (answer !== undefined) return answer
    }
    return undefined
  }

  /** XML of the features' own stream features. */
  streamFeatures(moment: 'beforeLogin' | 'afterLogin'): string {
    let text = ''
    for (const running of this.#running) text += running.streamFeatures?.[moment]?.() ?? ''
    return text
  }

  /** Service discovery features of the domain or of accounts, in the order of the features. XEP-0030. */
  discoFeatures(of: 'host' | 'account'): readonly string[] {
    return this.#features.flatMap(feature => feature.disco[of] ?? [])
  }

  isLocal(jid: Jid): boolean {
    return domainOf(jid) === this.domain
  }

  online(account: BareJid): OnlineAccount | undefined {
    return this.router.sessions.account(account)
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
