/** A client of xmpp.js on our server whose stanzas can be awaited. */
import { EventEmitter, once } from 'node:events'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Client, client, type Element } from '@xmpp/client'
import { domain, password, type TestServer } from './server.ts'

const patienceMs = 10_000

export interface LoginOptions {
  readonly scheme?: 'xmpp' | 'xmpps'
  readonly secret?: string
  /** `<user-agent/>` of XEP-0388. */
  readonly agent?: Element
  /** Sees the client before it connects. */
  readonly prepare?: (client: Client) => Promise<void> | void
}

export class XmppJs implements AsyncDisposable {
  readonly client: Client
  readonly #kept: Element[] = []
  readonly #news = new EventEmitter()

  private constructor(client: Client) {
    this.client = client
    client.on('stanza', stanza => {
      this.#kept.push(stanza)
      this.#news.emit('stanza')
    })
  }

  /** Logs in; `service` picks TLS inside the stream (`xmpp:`) or from the first byte (`xmpps:`). */
  static async login(server: TestServer, username: string, options: LoginOptions = {}): Promise<XmppJs> {
    // xmpp.js takes no certificate: what the process trusts is what it trusts.
    setDefaultCACertificates([...getCACertificates('default'), server.certificate])
    const { scheme = 'xmpp', secret = password } = options
    // With TLS from the first byte the name is checked against the address connected to.
    const service =
      scheme === 'xmpp' ? `xmpp://127.0.0.1:${server.port}` : `xmpps://localhost:${server.directTlsPort}`
    const made = client({
      service,
      domain,
      username,
      password: secret,
      resource: 'xmppjs',
      userAgent: options.agent,
    })
    const errors: Error[] = []
    made.on('error', error => errors.push(error))
    made.reconnect.stop()
    await options.prepare?.(made)
    const session = new XmppJs(made)
    try {
      await made.start()
    } catch (error) {
      await made.stop()
      throw error
    }
    return session
  }

  /** The address that was bound. */
  get jid(): string {
    return String(this.client.jid)
  }

  /** The first stanza that is accepted, arrived already or to come; it is taken out. */
  async next(accept: (stanza: Element) => boolean): Promise<Element> {
    const signal = AbortSignal.timeout(patienceMs)
    for (;;) {
      const at = this.#kept.findIndex(accept)
      const [found] = at < 0 ? [] : this.#kept.splice(at, 1)
      if (found) return found
      await once(this.#news, 'stanza', { signal })
    }
  }

  /** The body of the next message that has one. */
  async nextBody(): Promise<string | null> {
    const message = await this.next(stanza => stanza.is('message') && stanza.getChild('body') !== undefined)
    return message.getChildText('body')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.stop()
  }
}
