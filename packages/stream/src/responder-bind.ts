/** Resource binding on the accepting side: RFC 6120 §7. */
import { bareJid, bareOf, type FullJid, tryJid } from '@waxwing/jid'
import { Bind, CLIENT_NS, errorIn, StanzaError, stanzaError, streamError } from '@waxwing/protocol'
import { childOf, type Element, escapeAttr, escapeText, type Slice, textOf, writeWire } from '@waxwing/xml'
import { domainIn } from './header.ts'
import { proceed } from './responder-login.ts'
import type { Now } from './sasl/now.ts'
import type { XmlStream } from './xml-stream.ts'

const bindNs = Bind.ns

/** Whose resource it is, and who binds it. */
export interface BindOptions {
  readonly stream: XmlStream
  readonly username: string
  readonly domain: string
  /** `undefined` lets the server choose. Throws or rejects with StanzaError. */
  readonly bind: (resource: string | undefined) => Now<FullJid>
  /** The answer is on its way. */
  readonly bound: (jid: FullJid) => void
}

/** Takes the iq that comes between login and session. */
export function answerBind(slice: Slice, options: BindOptions): void {
  const { stream } = options
  const fault = faultOf(slice, options)
  if (fault) return stream.fail(fault)
  const id = slice.attr('id')
  if (id === undefined) return refuse(stream, id, stanzaError('bad-request', 'An iq needs an id'))
  if (!slice.hasOneChild)
    return refuse(stream, id, stanzaError('bad-request', 'An iq request has exactly one payload'))
  let jid: Now<FullJid>
  try {
    jid = options.bind(resourceIn(childOf(slice.element(), bindNs, 'bind')))
  } catch (error) {
    return refuse(stream, id, error)
  }
  proceed(
    stream,
    jid,
    done => complete(id, done, options),
    error => refuse(stream, id, error),
  )
}

/** Until then it may speak as its account, to its account and to the server. §7.1 */
function faultOf(
  slice: Slice,
  { username, domain }: BindOptions,
): ReturnType<typeof streamError> | undefined {
  if (slice.headNs !== bindNs || slice.headName !== 'bind' || slice.attr('type') !== 'set')
    return streamError('not-authorized', 'Bind a resource before sending stanzas')
  const account = bareJid(username, domain)
  const isAccount = (written: string): boolean => {
    const address = tryJid(written)
    return address !== undefined && bareOf(address) === account
  }
  const from = slice.attr('from')
  const to = slice.attr('to')
  if (from !== undefined && !isAccount(from))
    return streamError('invalid-from', "'from' must be the account that logged in")
  if (to !== undefined && domainIn(to) !== domain && !isAccount(to))
    return streamError('not-authorized', 'Bind a resource before writing to others')
  return undefined
}

function complete(id: string, jid: FullJid, { stream, bound }: BindOptions): void {
  const payload = `<bind xmlns='${bindNs}'><jid>${escapeText(jid)}</jid></bind>`
  stream.send(`<iq type='result' id='${escapeAttr(id)}'>${payload}</iq>`)
  bound(jid)
}

function refuse(stream: XmlStream, id: string | undefined, error: unknown): void {
  const refusal = error instanceof StanzaError ? error : stanzaError('internal-server-error')
  const idAttr = id === undefined ? '' : ` id='${escapeAttr(id)}'`
  stream.send(`<iq type='error'${idAttr}>${writeWire(errorIn(CLIENT_NS), refusal, CLIENT_NS)}</iq>`)
}

/** The resource asked for; `undefined` leaves the choice to the server. §7.6, §7.7 */
function resourceIn(bind: Element | undefined): string | undefined {
  const resource = bind && childOf(bind, bindNs, 'resource')
  return (resource && textOf(resource)) || undefined
}
