/** A trusted program that serves a domain of its own. XEP-0114. */
import { domainOf, type Jid, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  COMPONENT_NS,
  type StanzaKind,
  type StreamError,
  stanzaError,
  streamError,
} from '@waxwing/protocol'
import {
  domainIn,
  faultOf,
  type HeaderFields,
  isStreamError,
  randomId,
  type StreamOwner,
  type Transport,
  type TransportOwner,
  XmlStream,
} from '@waxwing/stream'
import {
  elementOf,
  escapeAttr,
  escapeText,
  type Slice,
  type StreamHeader,
  textOf,
  writeElement,
} from '@waxwing/xml'
import type { Now } from '../kernel/hooks.ts'
import type { DomainLink } from '../router/router.ts'
import { Stanza } from '../router/stanza.ts'
import type { Server } from '../server.ts'
import { faultOfIq } from './client-session.ts'
import { closingMs } from './client-stream.ts'

export interface ComponentPolicy {
  /** The secret shared with the component of this domain; `undefined`: no such component is expected. */
  secretOf(domain: string): string | undefined
  /** Lower-case hexadecimal SHA-1 of the text, compared in constant time. XEP-0114 §3. */
  isHandshake(given: string, streamId: string, secret: string): boolean
}

export class ComponentLink implements TransportOwner, StreamOwner, DomainLink {
  readonly #server: Server
  readonly #transport: Transport
  readonly #policy: ComponentPolicy
  readonly #stream: XmlStream
  readonly #streamId: string
  readonly #since: number
  #domain: string | undefined
  #isProven = false
  #overSince: number | undefined

  constructor(server: Server, transport: Transport, policy: ComponentPolicy) {
    this.#server = server
    this.#transport = transport
    this.#policy = policy
    this.#streamId = randomId(server.random)
    this.#since = server.clock.monotonic()
    this.#stream = new XmlStream(transport, this, { limits: server.limits.beforeLogin })
  }

  sweep(now: number, timeoutMs: number): void {
    if (this.#stream.isOver) {
      this.#overSince ??= now
      if (now - this.#overSince > closingMs) this.#transport.abort()
    } else if (!this.#isProven && now - this.#since > timeoutMs)
      this.fail(streamError('connection-timeout', 'The handshake took too long'))
  }

  received(chunk: Uint8Array): void {
    try {
      this.#stream.receive(chunk)
    } catch (error) {
      this.#server.log.error({ error, domain: this.#domain }, 'A component broke its stream')
      this.fail(streamError('internal-server-error'))
    }
  }

  secured(): void {}

  disconnected(): void {
    this.#stream.abandon()
    this.#server.forgetComponent(this)
  }

  fail(error: StreamError): void {
    this.#stream.fail(error)
  }

  headerFields(): HeaderFields {
    return { contentNs: COMPONENT_NS, from: this.#domain, id: this.#streamId }
  }

  opened(header: StreamHeader): void {
    const fault = faultOf(header, COMPONENT_NS)
    if (fault) return this.fail(fault)
    const domain = domainIn(header.attrs.get('to') ?? '')
    if (domain === undefined || this.#policy.secretOf(domain) === undefined)
      return this.fail(streamError('host-unknown', 'No component with this domain is expected'))
    this.#domain = domain
    this.#stream.open(this.headerFields())
  }

  element(slice: Slice): void {
    if (isStreamError(slice)) return this.#stream.close()
    if (!this.#isProven) return this.#onHandshake(slice)
    const { ns, name } = slice
    if (ns !== COMPONENT_NS || !isKind(name))
      return this.fail(streamError('unsupported-stanza-type', 'Only message, presence and iq are understood'))
    this.#route(name, slice)
  }

  closed(): void {
    if (this.#isProven && this.#domain !== undefined) this.#server.router.unlink(this.#domain, this)
    this.#isProven = false
  }

  /** Rewrites the stanza for the component's content namespace: links are few, so the slow way will do. */
  deliver(stanza: Stanza): void {
    const { kind, type, id, from, to, lang } = stanza
    let text = `<${kind}`
    for (const [name, value] of Object.entries({ from, to, type, id, 'xml:lang': lang }))
      if (value !== undefined) text += ` ${name}='${escapeAttr(value)}'`
    text += '>'
    for (const child of stanza.element().children) {
      if (typeof child === 'string') continue
      const own = child.ns === CLIENT_NS ? { ...child, ns: COMPONENT_NS } : child
      text += writeElement(own, COMPONENT_NS)
    }
    this.#stream.send(`${text}</${kind}>`)
  }

  #onHandshake(slice: Slice): void {
    const domain = this.#domain
    if (slice.ns !== COMPONENT_NS || slice.name !== 'handshake' || domain === undefined)
      return this.fail(streamError('not-authorized', 'The handshake comes first'))
    const secret = this.#policy.secretOf(domain)
    if (
      secret === undefined ||
      !this.#policy.isHandshake(textOf(elementOf(slice)).trim(), this.#streamId, secret)
    )
      return this.fail(streamError('not-authorized', 'The handshake does not fit the secret'))
    if (!this.#server.router.link(domain, this))
      return this.fail(streamError('conflict', `The component ${escapeText(domain)} is already connected`))
    this.#isProven = true
    this.#stream.slicer.limits = this.#server.limits.afterLogin
    this.#stream.send('<handshake/>')
    this.#server.log.info({ domain, remote: this.#transport.remote }, 'Component connected')
  }

  #route(kind: StanzaKind, slice: Slice): void {
    const from = tryJid(slice.attr('from') ?? '')
    if (from === undefined) return this.fail(streamError('improper-addressing', "'from' must be an address"))
    if (domainOf(from) !== this.#domain)
      return this.fail(streamError('invalid-from', "'from' must be an address of the component's domain"))
    const element = elementOf(slice)
    const to = tryJid(slice.attr('to') ?? '')
    const stanza = this.#stanza(kind, slice, from, to, payloadOf(element.children))
    if (to === undefined)
      return this.#server.router.refuse(
        stanza,
        stanzaError('jid-malformed', "'to' is missing or not an address"),
      )
    const fault = kind === 'iq' ? faultOfIq(stanza) : undefined
    if (fault) return stanza.isAnswer ? undefined : this.#server.router.reply(stanza.error(fault))
    this.#own(this.#server.router.route(stanza))
  }

  #stanza(kind: StanzaKind, slice: Slice, from: Jid, to: Jid | undefined, payload: string): Stanza {
    const header = {
      kind,
      type: slice.attr('type'),
      id: slice.attr('id'),
      from,
      to,
      lang: slice.attr('xml:lang'),
    }
    return Stanza.composed(header, payload)
  }

  #own(routed: Now<void>): void {
    if (routed instanceof Promise) this.#server.own(routed)
  }
}

function isKind(name: string): name is StanzaKind {
  return name === 'message' || name === 'presence' || name === 'iq'
}

/** Children in the component's namespace become children in the client namespace. */
function payloadOf(children: ReturnType<typeof elementOf>['children']): string {
  let text = ''
  for (const child of children) {
    if (typeof child === 'string') continue
    text += writeElement(child.ns === COMPONENT_NS ? withNs(child) : child, CLIENT_NS)
  }
  return text
}

type Tree = ReturnType<typeof elementOf>

function withNs(element: Tree): Tree {
  const children = element.children.map(child =>
    typeof child !== 'string' && child.ns === COMPONENT_NS ? withNs(child) : child,
  )
  return { ...element, ns: CLIENT_NS, children }
}
