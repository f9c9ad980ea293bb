/** One step below: stanzas as XML, for protocols nobody has made a schema for. */
import { parseJid } from '@waxwing/jid'
import { CLIENT_NS, stanzaKinds } from '@waxwing/protocol'
import { type Element, elementsOf, type Slice, writeElement } from '@waxwing/xml'
import type { Off } from './events.ts'
import type { Outgoing } from './outbox.ts'
import type { RequestOptions, Requests } from './requests.ts'

export class Raw {
  readonly #send: (stanza: Outgoing) => () => boolean
  readonly #requests: Requests
  readonly #report: (fault: unknown) => void
  readonly #listeners = new Set<(stanza: Element) => void>()

  constructor(
    send: (stanza: Outgoing) => () => boolean,
    requests: Requests,
    report: (fault: unknown) => void,
  ) {
    this.#send = send
    this.#requests = requests
    this.#report = report
  }

  /**
   * Sends a stanza, now or in the next session: raw.send(xml`<presence to="…" type="probe"/>`).
   *
   * @throws XmlError, OverflowError, TypeError for what is no stanza
   */
  send(stanza: Element): void {
    this.#send({ text: textOf(stanza) })
  }

  /**
   * Asks by an iq of type `get` or `set`, whose id is made here, and gives the whole answer.
   * Rejects as `iq.get`.
   */
  async iq(question: Element, options: RequestOptions = {}): Promise<Element> {
    const type = question.attrs.get('type')
    const [payload] = elementsOf(question)
    if (question.name !== 'iq' || (type !== 'get' && type !== 'set') || !payload)
      throw new TypeError('A question is an <iq> of type get or set with one child')
    const to = question.attrs.get('to')
    const text = writeElement(payload, CLIENT_NS)
    const slice = await this.#requests.ask(type, to === undefined ? undefined : parseJid(to), text, options)
    return slice.element()
  }

  /** Shows every stanza that arrives, before anybody takes it. Costs a tree for each. */
  onStanza(listener: (stanza: Element) => void): Off {
    const own = (stanza: Element): void => listener(stanza)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  /** For the client alone. */
  heard(slice: Slice): void {
    if (this.#listeners.size === 0) return
    const stanza = slice.element()
    for (const listener of Array.from(this.#listeners)) {
      try {
        listener(stanza)
      } catch (fault) {
        this.#report(fault)
      }
    }
  }
}

/** A template gives no namespace to what has none: then the client's is meant. */
function textOf(stanza: Element): string {
  const isStanza = stanzaKinds.some(kind => kind === stanza.name)
  if (!isStanza || (stanza.ns !== '' && stanza.ns !== CLIENT_NS))
    throw new TypeError('Only <message>, <presence> and <iq> can be sent')
  return writeElement(inClientNs(stanza), CLIENT_NS)
}

function inClientNs(element: Element): Element {
  if (element.ns !== '') return element
  const children = element.children.map(child => (typeof child === 'string' ? child : inClientNs(child)))
  return { ...element, ns: CLIENT_NS, children }
}
