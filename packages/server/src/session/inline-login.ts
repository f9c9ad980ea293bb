/** What a login does besides proving who somebody is: resuming or binding in the same round trip. XEP-0388 §2.6.1. */
import type { FullJid } from '@waxwing/jid'
import { Bind2, Bound, CLIENT_NS, errorIn, StanzaError } from '@waxwing/protocol'
import type { LoginOutcome, ProvenLogin } from '@waxwing/stream'
import { type Element, readWire, WireError, writeWire } from '@waxwing/xml'
import type { Now } from '../kernel/hooks.ts'
import type { Host } from '../kernel/host.ts'
import type { Resumption } from '../kernel/inline.ts'
import type { ClientSession } from './client-session.ts'
import type { ClientStream } from './client-stream.ts'

/** The stream that logs in, as far as this concerns it. */
export interface InlineLoginOptions {
  readonly host: Host
  readonly stream: ClientStream
  /** Takes the address; throws StanzaError. RFC 6120 §7.7. */
  bind(resource: string): FullJid
  /** The session that begins with this address. */
  begin(jid: FullJid): ClientSession
  /** The success is on its way. */
  began(session: ClientSession): void
  /** What the client sends next waits for this. */
  hold(pending: Now<void>): void
}

interface Prepared {
  /** What the features say to the login. */
  readonly said: string
  readonly resumption: Resumption | undefined
  readonly binding: Binding | undefined
}

interface Binding {
  readonly bind: Bind2
  readonly resource: string
  /** What every new session is told. */
  readonly metadata: string
}

/** First all that may take time; what is given back does the rest in the turn in which the success is sent. */
export function completeLogin(login: ProvenLogin, options: InlineLoginOptions): Now<() => LoginOutcome> {
  if (login.inline.length === 0) {
    const said = options.host.login.completed(login)
    if (!(said instanceof Promise)) return () => ({ text: said })
  }
  return prepare(login, options).then(prepared => () => outcomeOf(login, options, prepared))
}

/** §3.2: an earlier session comes before a new one. It is looked for last, so that nothing happens to it meanwhile. */
async function prepare(login: ProvenLogin, { host, stream }: InlineLoginOptions): Promise<Prepared> {
  const features = host.login
  const said = await features.completed(login)
  const bind = bindIn(login)
  const metadata = bind ? await features.bound(login) : ''
  const resource = bind ? ((await features.resource?.(bind, login)) ?? '') : ''
  const resumption = await resumptionOf(login, host, stream)
  return { said, resumption, binding: bind && { bind, resource, metadata } }
}

async function resumptionOf(
  login: ProvenLogin,
  host: Host,
  stream: ClientStream,
): Promise<Resumption | undefined> {
  for (const element of login.inline) {
    const resume = host.login.resume(element.ns, element.name)
    if (resume) return resume.handle(element, stream)
  }
  return undefined
}

function outcomeOf(
  login: ProvenLogin,
  options: InlineLoginOptions,
  { said, resumption, binding }: Prepared,
): LoginOutcome {
  const text = (resumption?.text ?? '') + said
  if (resumption?.jid !== undefined) {
    const { jid, begin } = resumption
    return { jid, text, isResumed: true, begin: () => options.hold(begin?.()) }
  }
  return binding ? boundOutcome(login, options, binding, text) : { text }
}

/** A resource that cannot be had leaves the client logged in and unbound: it may ask in the old way. */
function boundOutcome(
  login: ProvenLogin,
  options: InlineLoginOptions,
  { bind, resource, metadata }: Binding,
  text: string,
): LoginOutcome {
  let jid: FullJid
  try {
    jid = options.bind(resource)
  } catch (error) {
    if (error instanceof StanzaError) return { text }
    throw error
  }
  const session = options.begin(jid)
  options.host.login.began(session, login)
  const answers = (bind.enable ?? []).map(element => enabled(element, session, options)).join('')
  return {
    jid,
    text: `${text}<bound xmlns='${Bound.ns}'>${metadata}${answers}</bound>`,
    begin: () => options.began(session),
  }
}

/** What is not known here is passed over. */
function enabled(element: Element, session: ClientSession, { host, stream }: InlineLoginOptions): string {
  const feature = host.login.bind(element.ns, element.name)
  if (!feature) return ''
  try {
    return feature.handle(element, session, stream)
  } catch (error) {
    if (error instanceof WireError) return ''
    if (error instanceof StanzaError) return writeWire(errorIn(CLIENT_NS), error)
    throw error
  }
}

function bindIn({ inline }: ProvenLogin): Bind2 | undefined {
  const element = inline.find(({ ns, name }) => ns === Bind2.ns && name === Bind2.name)
  return element && readWire(Bind2, element)
}
