/** Brings stanzas to whom they are for. RFC 6120 §8, §10; RFC 6121 §8. */
import { type BareJid, bareOf, domainOf, isFull, type Jid, parseBareJid } from '@waxwing/jid'
import { type DiscoItem, StanzaError, stanzaError } from '@waxwing/protocol'
import { WireError } from '@waxwing/xml'
import type { IqAnswer, IqHandler } from '../kernel/feature.ts'
import type { Now, Verdict } from '../kernel/hooks.ts'
import type { Host } from '../kernel/host.ts'
import type { Log } from '../kernel/log.ts'
import type { ClientSession } from '../session/client-session.ts'
import type { Sessions } from '../session/sessions.ts'
import {
  isForAccount,
  isReply,
  messageType,
  receiversOf,
  type Unclaimed,
  withoutReceiver,
  withoutResource,
} from './rules.ts'
import type { Stanza } from './stanza.ts'

/** Whoever receives all stanzas of a domain: a component, a feature with a domain of its own, another server later. */
export interface DomainLink {
  /** Settles when later stanzas of the same sender may follow; `session`: the local sender, if any. */
  deliver(stanza: Stanza, session?: ClientSession): Now<void>
  /** The only host that shows it among its items; absent: all do. */
  readonly host?: Host
  /** For people. */
  readonly name?: string
}

export class Router {
  readonly sessions: Sessions
  readonly #hosts = new Map<string, Host>()
  readonly #links = new Map<string, DomainLink>()
  readonly #log: Log

  constructor(sessions: Sessions, log: Log) {
    this.sessions = sessions
    this.#log = log
  }

  addHost(host: Host): void {
    this.#hosts.set(host.domain, host)
  }

  host(domain: string): Host | undefined {
    return this.#hosts.get(domain)
  }

  hosts(): Iterable<Host> {
    return this.#hosts.values()
  }

  /** `false`: the domain is taken. */
  link(domain: string, link: DomainLink): boolean {
    if (this.#links.has(domain) || this.#hosts.has(domain)) return false
    this.#links.set(domain, link)
    return true
  }

  unlink(domain: string, link: DomainLink): void {
    if (this.#links.get(domain) === link) this.#links.delete(domain)
  }

  /** Domains of connected components and servers. */
  linkedDomains(): Iterable<string> {
    return this.#links.keys()
  }

  /** What a host shows among its items: components, and its own services. XEP-0030 §4. */
  itemsOf(host: Host): readonly DiscoItem[] {
    return [...this.#links]
      .filter(([, link]) => link.host === undefined || link.host === host)
      .map(([domain, { name }]) => ({ jid: parseBareJid(domain), name }))
  }

  /** A stanza of a local session, `from` stamped. Settles when later stanzas of the same sender may follow. */
  sent(stanza: Stanza, session: ClientSession): Now<void> {
    const verdict = session.host.hooks.filter('stanza:sent', stanza)
    if (verdict instanceof Promise)
      return verdict.then(settled => this.#obey(settled, stanza, s => this.#send(s, session)))
    return verdict === undefined
      ? this.#send(stanza, session)
      : this.#obey(verdict, stanza, s => this.#send(s, session))
  }

  #send(stanza: Stanza, session: ClientSession): Now<void> {
    if (stanza.kind === 'presence') return this.#presenceSent(stanza, session)
    if (session.account.copied > 0 && stanza.kind === 'message')
      void session.host.hooks.tell('message:sent', { session, stanza })
    if (stanza.to !== undefined) return this.route(stanza, session)
    // Without address a stanza is meant for the sender's own account. RFC 6120 §10.3.
    if (stanza.kind === 'iq') return this.#iqTo(session.host, 'self', session.account.jid, stanza, session)
    return this.#toBare(session.host, session.account.jid, stanza.addressed(session.account.jid))
  }

  #presenceSent(stanza: Stanza, session: ClientSession): Now<void> {
    const { hooks } = session.host
    switch (stanza.type) {
      case undefined:
      case 'unavailable': {
        if (stanza.to === undefined) return done(hooks.take('presence:broadcast', { session, stanza }))
        const refused = hooks.take('presence:directed', { session, stanza })
        if (refused instanceof Promise)
          return refused.then(settled => (settled ? undefined : this.route(stanza, session)))
        return refused ? undefined : this.route(stanza, session)
      }
      case 'subscribe':
      case 'subscribed':
      case 'unsubscribe':
      case 'unsubscribed':
        if (stanza.to === undefined)
          return this.reply(stanza.error(stanzaError('bad-request', "'to' is missing")))
        return done(hooks.take('presence:subscribing', { session, stanza }))
      case 'error':
      case 'probe':
        return stanza.to === undefined ? undefined : this.route(stanza, session)
      default:
        return this.reply(stanza.error(stanzaError('bad-request', 'Unknown presence type')))
    }
  }

  /** Brings a stanza to its address, wherever that is. `session`: the local sender, if any. */
  route(stanza: Stanza, session?: ClientSession): Now<void> {
    const { to } = stanza
    if (to === undefined) return
    const target = this.sessions.find(to)
    if (target && !isForAccount(stanza)) return this.#toSession(target, stanza)
    const domain = domainOf(to)
    const host = this.#hosts.get(domain)
    if (host) return this.#toHost(host, to, stanza, session)
    const link = this.#links.get(domain)
    if (link) return link.deliver(stanza, session)
    this.refuse(stanza, stanzaError('remote-server-not-found', `The domain ${domain} cannot be reached`))
  }

  #toSession(target: ClientSession, stanza: Stanza): Now<void> {
    const verdict = target.host.hooks.filter('stanza:arriving', stanza)
    if (verdict instanceof Promise)
      return verdict.then(settled => this.#obey(settled, stanza, s => this.#give(target, s)))
    if (verdict === undefined) this.#give(target, stanza)
    else return this.#obey(verdict, stanza, s => this.#give(target, s))
  }

  #give(target: ClientSession, stanza: Stanza): void {
    target.deliver(stanza)
    const { account, host } = target
    if (account.copied > 0 && stanza.kind === 'message')
      void host.hooks.tell('message:delivered', { account, stanza, receivers: [target] })
  }

  #toHost(host: Host, to: Jid, stanza: Stanza, session: ClientSession | undefined): Now<void> {
    if (to === host.domain) return this.#toDomain(host, stanza, session)
    const verdict = host.hooks.filter('stanza:arriving', stanza)
    const act = (passed: Stanza): Now<void> => {
      if (isFull(to) && !isForAccount(passed)) return this.#toGone(host, bareOf(to), passed)
      // Only who asks may have the resource wrong. RFC 6121 §8.5.3.2.2
      if (isFull(to) && isReply(passed) && !this.sessions.find(to)) return
      return this.#toAccount(host, bareOf(to), passed, session)
    }
    if (verdict instanceof Promise) return verdict.then(settled => this.#obey(settled, stanza, act))
    return verdict === undefined ? act(stanza) : this.#obey(verdict, stanza, act)
  }

  /** To the domain itself. RFC 6120 §10.5.1. */
  #toDomain(host: Host, stanza: Stanza, session: ClientSession | undefined): Now<void> {
    if (stanza.kind === 'iq' && stanza.isAnswer) return host.questions.answered(stanza)
    if (stanza.kind === 'iq') return this.#iqTo(host, 'host', bareOf(stanza.from), stanza, session)
    if (stanza.kind === 'message' && stanza.type !== 'headline')
      this.refuse(stanza, stanzaError('service-unavailable'))
  }

  /** To `localpart@domain`. RFC 6121 §8.5.2. */
  #toAccount(host: Host, account: BareJid, stanza: Stanza, session: ClientSession | undefined): Now<void> {
    if (isDomainResource(account)) return this.refuse(stanza, stanzaError('service-unavailable'))
    switch (stanza.kind) {
      case 'message':
        return this.#toBare(host, account, stanza)
      case 'presence':
        return done(host.hooks.take('presence:arriving', { account, stanza }))
      case 'iq': {
        const at = session?.account.jid === account ? 'self' : 'account'
        return this.#iqTo(host, at, account, stanza, session)
      }
    }
  }

  /** A message to a bare JID. RFC 6121 §8.5.2.1.1, §8.5.2.2.1. */
  #toBare(host: Host, account: BareJid, stanza: Stanza): Now<void> {
    const type = messageType(stanza.type)
    const online = this.sessions.account(account)
    const receivers = online ? receiversOf(type, online.available()) : []
    for (const receiver of receivers) receiver.deliver(stanza, receivers.length)
    if (online && online.copied > 0)
      void host.hooks.tell('message:delivered', { account: online, stanza, receivers })
    if (receivers.length === 0) return this.#unclaimed(host, account, stanza, withoutReceiver(type))
  }

  /** To a full JID whose resource is not online. RFC 6121 §8.5.3.2. */
  #toGone(host: Host, account: BareJid, stanza: Stanza): Now<void> {
    if (stanza.kind === 'message')
      return this.#unclaimed(host, account, stanza, withoutResource(messageType(stanza.type)))
    if (stanza.kind === 'iq') this.refuse(stanza, stanzaError('service-unavailable'))
  }

  #unclaimed(host: Host, account: BareJid, stanza: Stanza, what: Unclaimed): Now<void> {
    switch (what) {
      case 'ignore':
        return
      case 'refuse':
        return this.refuse(stanza, stanzaError('service-unavailable'))
      case 'as-bare':
        return this.#toBare(host, account, stanza)
      case 'keep': {
        const kept = host.hooks.take('message:unclaimed', { account, stanza })
        return kept instanceof Promise
          ? kept.then(
              taken => this.#kept(host, stanza, taken),
              error => this.refuse(stanza, asStanzaError(error, this.#log)),
            )
          : this.#kept(host, stanza, kept)
      }
    }
  }

  /** Whose stanzas are acknowledged need not wait here: their acknowledgement does. XEP-0198 §4. */
  #kept(host: Host, stanza: Stanza, taken: boolean): Now<void> {
    if (!taken) return this.refuse(stanza, stanzaError('service-unavailable'))
    if (this.sessions.find(stanza.from)?.custodian === undefined) return host.durability.flushed()
  }

  /** Finds the handler of a request and answers exactly once. RFC 6120 §8.2.3, §8.3.1. */
  #iqTo(
    host: Host,
    at: 'self' | 'account' | 'host',
    account: BareJid,
    stanza: Stanza,
    session: ClientSession | undefined,
  ): Now<void> {
    const { type } = stanza
    if (type !== 'get' && type !== 'set') return
    return this.answer(host.iqHandler(type, stanza.headNs, stanza.headName, at), stanza, session, account)
  }

  /** Lets a handler answer a request, exactly once; nobody handles it: `service-unavailable`. RFC 6120 §8.2.3. */
  answer(
    handler: IqHandler | undefined,
    stanza: Stanza,
    session: ClientSession | undefined,
    account: BareJid,
  ): Now<void> {
    if (!handler) return this.refuse(stanza, stanzaError('service-unavailable'))
    let answer: Now<IqAnswer>
    try {
      answer = handler.handle(stanza, session, account)
    } catch (error) {
      return this.refuse(stanza, asStanzaError(error, this.#log))
    }
    if (!(answer instanceof Promise)) return this.#answer(stanza, answer)
    const answered = answer.then(
      payload => this.#answer(stanza, payload),
      error => this.refuse(stanza, asStanzaError(error, this.#log)),
    )
    return handler.beside ? undefined : answered
  }

  #answer(request: Stanza, answer: IqAnswer): void {
    if (typeof answer === 'string') return this.reply(request.result(answer))
    this.reply(request.result(answer.payload))
    answer.more()
  }

  /** Answers with an error where an answer is allowed at all. RFC 6120 §8.3.1: never to errors, results, or presence at large. */
  refuse(stanza: Stanza, error: StanzaError): void {
    if (stanza.kind === 'presence' && stanza.type !== 'subscribe' && stanza.type !== undefined) return
    if (stanza.mayBeAnswered) this.reply(stanza.error(error))
  }

  /** Sends an answer of our own making; it passes no hooks of the sender. */
  reply(stanza: Stanza): void {
    if (stanza.to === undefined) return
    const target = this.sessions.find(stanza.to)
    if (target) return this.#give(target, stanza)
    // What went out in the account's name, as subscriptions do, is answered to whoever of it is there. RFC 6121 §3.1.2
    const account = isFull(stanza.to) ? undefined : this.sessions.accountOf(stanza.to)
    if (account) for (const session of account.available()) session.deliver(stanza)
    else void this.#links.get(domainOf(stanza.to))?.deliver(stanza)
  }

  #obey(verdict: Verdict | undefined, stanza: Stanza, act: (stanza: Stanza) => Now<void>): Now<void> {
    if (verdict === undefined) return act(stanza)
    switch (verdict.do) {
      case 'drop':
        return
      case 'refuse':
        return this.refuse(stanza, verdict.error)
      case 'replace':
        return act(verdict.by)
    }
  }
}

function done(taken: Now<boolean>): Now<void> {
  return taken instanceof Promise ? taken.then(() => undefined) : undefined
}

/** `domain/resource` names no account. */
function isDomainResource(account: BareJid): boolean {
  return !account.includes('@')
}

function asStanzaError(error: unknown, log: Log): StanzaError {
  if (error instanceof StanzaError) return error
  if (error instanceof WireError) return stanzaError('bad-request', error.message)
  log.error({ error }, 'A handler failed')
  return stanzaError('internal-server-error')
}
