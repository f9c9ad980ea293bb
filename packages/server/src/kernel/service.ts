/** A domain beside the host that a feature serves: `registry.example.org`. */
import { type BareJid, bareOf, parseBareJid } from '@waxwing/jid'
import { CLIENT_NS, DiscoInfo, DiscoItems, stanzaError } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import type { DomainLink, Router } from '../router/router.ts'
import { Stanza, type StanzaHeader } from '../router/stanza.ts'
import type { ClientSession } from '../session/client-session.ts'
import { type IqHandler, onGet } from './feature.ts'
import type { Now } from './hooks.ts'
import type { Host } from './host.ts'
import { Questions } from './questions.ts'

export interface ServicePlan {
  readonly domain: string
  /** For people, among the host's items. XEP-0030 §4. */
  readonly name: string
  /** What it says of itself; the features of discovery are added. */
  readonly info: DiscoInfo
  /** Requests to the domain itself; those of discovery without a node are answered already. Class `host`. */
  readonly iq: readonly IqHandler[]
  /** Takes presence, messages, and whatever goes to an address within the domain. `true`: it needs no answer. */
  readonly takes?: (stanza: Stanza, service: Service) => Now<boolean>
}

export class Service implements DomainLink {
  readonly jid: BareJid
  readonly name: string
  readonly host: Host
  /** What the service asks others, and their answers. */
  readonly questions: Questions
  readonly #plan: ServicePlan
  readonly #router: Router
  /** By type, namespace and name in one. */
  readonly #iq = new Map<string, IqHandler>()

  /** @throws JidError for a domain that is none */
  constructor(plan: ServicePlan, host: Host) {
    this.jid = parseBareJid(plan.domain)
    this.name = plan.name
    this.host = host
    this.#plan = plan
    this.#router = host.router
    this.questions = host.questionsOf(this.jid)
    for (const handler of [...this.#discovery(), ...plan.iq])
      this.#iq.set(keyOf(handler.type, handler.ns, handler.name), handler)
  }

  /** Sends a stanza of the service's own making. */
  send(header: Omit<StanzaHeader, 'from'>, payload: string): void {
    this.host.send(Stanza.composed({ ...header, from: this.jid }, payload))
  }

  /** As `send`; settles when a later stanza may follow without overtaking it. Never rejects. */
  sendSettled(header: Omit<StanzaHeader, 'from'>, payload: string): Now<void> {
    return this.host.sendSettled(Stanza.composed({ ...header, from: this.jid }, payload))
  }

  deliver(stanza: Stanza, session?: ClientSession): Now<void> {
    const { to, kind } = stanza
    if (to !== this.jid || kind !== 'iq') return this.#other(stanza)
    if (stanza.isAnswer) return this.questions.answered(stanza)
    const { type = '', headNs = '', headName = '' } = stanza
    return this.#router.answer(
      this.#iq.get(keyOf(type, headNs, headName)),
      stanza,
      session,
      bareOf(stanza.from),
    )
  }

  #other(stanza: Stanza): Now<void> {
    const taken = this.#plan.takes?.(stanza, this) ?? false
    if (taken instanceof Promise) return taken.then(settled => this.#settle(settled, stanza))
    this.#settle(taken, stanza)
  }

  #settle(isTaken: boolean, stanza: Stanza): void {
    if (!isTaken && stanza.kind !== 'presence')
      this.#router.refuse(stanza, stanzaError('service-unavailable'))
  }

  #discovery(): readonly IqHandler[] {
    const { identities = [], features = [], forms } = this.#plan.info
    const all = [...new Set([DiscoInfo.ns, DiscoItems.ns, ...features])].sort()
    const info = writeWire(DiscoInfo, { identities, features: all, forms }, CLIENT_NS)
    const items = writeWire(DiscoItems, { items: [] }, CLIENT_NS)
    const withoutNode = (node: string | undefined, answer: string): string => {
      if (node !== undefined) throw stanzaError('item-not-found', 'There is no such node')
      return answer
    }
    return [
      onGet(DiscoInfo, 'host', ({ payload }) => withoutNode(payload.node, info)),
      onGet(DiscoItems, 'host', ({ payload }) => withoutNode(payload.node, items)),
    ]
  }
}

function keyOf(type: string, ns: string, name: string): string {
  return `${type} {${ns}}${name}`
}
