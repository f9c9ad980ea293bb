/** What features do inside a login, so that it costs no round trip of its own. XEP-0388 §2.1, XEP-0386 §3.1. */
import type { BareJid, FullJid } from '@waxwing/jid'
import type { Bind2 } from '@waxwing/protocol'
import type { LoginRequest, LoginTask, ProvenLogin, SaslResponder, TlsFacts } from '@waxwing/stream'
import type { Element } from '@waxwing/xml'
import type { ClientSession } from '../session/client-session.ts'
import type { ClientStream } from '../session/client-stream.ts'
import type { Now } from './hooks.ts'

/** A way to log in that a feature brings. */
export interface LoginMechanism {
  readonly name: string
  /** `false`: the stream features do not list it, the feature tells of it in its own way (tokens). */
  readonly isListed: boolean
  canWork(tls: TlsFacts | undefined): boolean
  /** `undefined` refuses the request as one for a mechanism that is not there. */
  start(request: LoginRequest): SaslResponder | undefined
}

/** A session goes on instead of a new one. XEP-0198 §9.2. */
export interface Resumption {
  /** XML text for the success. */
  readonly text: string
  /** The session that goes on; absent: there is none, and the login goes on to bind. */
  readonly jid?: FullJid | undefined
  /** Called when the success is on its way: takes the stream over, and what was not acknowledged may follow. */
  readonly begin?: () => Now<void>
}

/** Looks for an earlier session; nothing happens to it or to the stream before `begin`. Throw `StreamError` to end the stream. */
export interface InlineResume {
  readonly ns: string
  readonly name: string
  readonly handle: (element: Element, stream: ClientStream) => Now<Resumption>
}

/** Something a session begins with when it is bound inside the login. Must not wait. XEP-0386 §3.2. */
export interface InlineBind {
  readonly ns: string
  readonly name: string
  /** What the feature is called in the list of what can be had; absent: another entry has said so. */
  readonly feature?: string
  /** XML text for the answer; empty for none. Throw `StanzaError` to refuse: the session begins without it. */
  readonly handle: (element: Element, session: ClientSession, stream: ClientStream) => string
}

export interface Inline {
  /**
   * XML text shown among what can be done inside a login on a stream with this TLS; '' for nothing. The same wherever
   * the channel bindings are.
   */
  readonly advertised?: (tls: TlsFacts) => string
  /** XML text shown beside the mechanisms; always the same. */
  readonly beside?: () => string
  /** Mechanisms that this account cannot use; asked before the login, so it must not wait. XEP-0388 §2.1 */
  readonly unfit?: (account: BareJid) => readonly string[]
  /** What is to be done before the login counts, of what the client would do. XEP-0480 §2.2. */
  readonly tasks?: (login: ProvenLogin, wanted: readonly string[]) => Now<readonly LoginTask[]>
  readonly resume?: InlineResume
  /**
   * Names the resource of a session bound inside the login (XEP-0386 §3.2.1). Logins of the extensible profile are
   * offered where a feature does.
   */
  readonly resource?: (bind: Bind2, login: ProvenLogin) => Now<string>
  readonly bind?: readonly InlineBind[]
  /** XML text that every session bound inside the login is told. */
  readonly bound?: (account: BareJid) => Now<string>
  /** Sees a login that has succeeded, before its client does. @returns XML text for the success */
  readonly completed?: (login: ProvenLogin) => Now<string>
  /** Sees a session that was bound inside the login. */
  readonly began?: (session: ClientSession, login: ProvenLogin) => void
}
