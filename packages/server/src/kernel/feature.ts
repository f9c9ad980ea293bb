/**
 * What a feature is: one declaration that says everything others may know of it.
 *
 * The types flow from the declaration: `config`, `store` and `needs` in `setup` are exactly what was declared.
 */
import type { BareJid, Jid } from '@waxwing/jid'
import type { DataForm, DiscoInfo, DiscoItem, Identity } from '@waxwing/protocol'
import type { Clock, Random, Transport } from '@waxwing/stream'
import { describe, type Element, type Slice, type Wire } from '@waxwing/xml'
import type { Settings, SettingsOf } from '../config/setting.ts'
import type { Stanza as StanzaType } from '../router/stanza.ts'
import type { ClientSession } from '../session/client-session.ts'
import type { ClientStream } from '../session/client-stream.ts'
import type { OpenedStores, Shapes } from '../store/store.ts'
import type { AnyHookEntry, Now } from './hooks.ts'
import type { Host } from './host.ts'
import type { Inline, LoginMechanism } from './inline.ts'
import type { Log } from './log.ts'
import type { Service } from './service.ts'

export interface Implemented {
  /** 'XEP-0191', 'RFC 6121'. */
  readonly spec: string
  readonly version?: string
  readonly coverage: 'complete' | 'partial'
  readonly note?: string
}

/** Address classes of iq requests: own account, any local bare JID, the host itself, a full JID without session. */
export type AddressClass = 'self' | 'account' | 'host'

export interface IqRequest<T> {
  readonly payload: T
  readonly stanza: StanzaType
  readonly from: Jid
  /** The local account addressed; for class 'self' the sender's. For class 'host' the sender's account if local. */
  readonly account: BareJid
  /** The local session that asked, if it is one. */
  readonly session: ClientSession | undefined
}

/** XML text of the result's payload, empty for an empty result; or with what is to be sent right behind it. */
export type IqAnswer = string | { readonly payload: string; readonly more: () => void }

export interface IqHandler {
  readonly type: 'get' | 'set'
  readonly at: AddressClass
  readonly ns: string
  readonly name: string
  /** May run while later stanzas of the same sender are handled. RFC 6120 §10.1 promises order otherwise. */
  readonly beside: boolean
  readonly handle: (stanza: StanzaType, session: ClientSession | undefined, account: BareJid) => Now<IqAnswer>
}

type Handler<Q> = (request: IqRequest<Q>) => Now<IqAnswer | void>

function onIq<Q>(
  type: 'get' | 'set',
  wire: Wire<Q>,
  at: AddressClass,
  handler: Handler<Q>,
  options: { beside?: boolean },
): IqHandler {
  // A payload without fields needs no reading: its name, by which the handler was found, is all it says.
  const isEmpty = describe(wire).every(({ fields }) => fields.length === 0)
  return {
    type,
    at,
    ns: wire.ns,
    name: wire.name,
    beside: options.beside ?? false,
    handle(stanza, session, account) {
      const answer = handler({
        payload: isEmpty ? ({} as Q) : stanza.read(wire),
        stanza,
        from: stanza.from,
        account,
        session,
      })
      return answer instanceof Promise ? answer.then(text => text ?? '') : (answer ?? '')
    },
  }
}

/** Answers `get` requests whose payload fits `wire`. Throw `StanzaError` to refuse. RFC 6120 §8.2.3. */
export function onGet<Q>(
  wire: Wire<Q>,
  at: AddressClass,
  handler: Handler<Q>,
  options: { beside?: boolean } = {},
): IqHandler {
  return onIq('get', wire, at, handler, options)
}

/** Answers `set` requests whose payload fits `wire`. */
export function onSet<Q>(
  wire: Wire<Q>,
  at: AddressClass,
  handler: Handler<Q>,
  options: { beside?: boolean } = {},
): IqHandler {
  return onIq('set', wire, at, handler, options)
}

export interface Disco {
  /** Features of the domain, of accounts (bare JIDs), as service discovery shows them. XEP-0030. */
  readonly host?: readonly string[]
  readonly account?: readonly string[]
  /** What they are besides a server and a registered account. */
  readonly hostIdentities?: readonly Identity[]
  readonly accountIdentities?: readonly Identity[]
}

/** Takes an element that is no stanza (XEP-0360): of a client that has logged in but not bound a resource, or of a bound one. */
export interface NonzaHandler {
  readonly ns: string
  readonly name: string
  readonly when: 'loggedIn' | 'bound'
  /** What follows on the stream waits until it settles. Throw `StreamError` to end the stream. */
  readonly handle: (slice: Slice, stream: ClientStream) => Now<void>
}

/** Why a login with the right credentials fails. RFC 6120 §6.5. */
export interface LoginBar {
  readonly condition: 'account-disabled' | 'credentials-expired' | 'temporary-auth-failure'
  readonly text: string
}

/** A question of service discovery about a node. XEP-0030 §3.2, §4.2. */
export interface DiscoQuery {
  /** Whether the host or an account was asked; who may ask an account has been checked. */
  readonly at: 'host' | 'account'
  readonly account: BareJid
  readonly from: Jid
  readonly node: string
}

/** Service discovery beyond the plain list of features. */
export interface DiscoExtension {
  /** Says what a node is; `undefined` when it is not this feature's. Throw `StanzaError` to refuse. */
  readonly info?: (query: DiscoQuery) => Now<DiscoInfo | undefined>
  /** Says what a node holds; `undefined` when it is not this feature's. */
  readonly items?: (query: DiscoQuery) => Now<readonly DiscoItem[] | undefined>
  /** What belongs to an account besides its resources. */
  readonly accountItems?: (query: Omit<DiscoQuery, 'node'>) => Now<readonly DiscoItem[]>
  /**
   * Whether the account has something that this very asker may know of without seeing its presence: then they may
   * ask what this extension tells of it, which sees for itself what is for them. Otherwise strangers hear nothing.
   */
  readonly shows?: (account: BareJid, from: Jid) => Now<boolean>
  /** Features that are there only with some settings; those that always are stand in the declaration. */
  readonly hostFeatures?: readonly string[]
  /** Forms among what the host says of itself; the same as long as the server runs. XEP-0128. */
  readonly hostForms?: readonly DataForm[]
}

/** What a feature keeps of an account, as it goes from one server to another. XEP-0227. */
export interface Portable {
  /** Complete elements as XML text, each with its namespace; nothing when nothing is kept. */
  readonly export: (account: BareJid) => AsyncIterable<string>
  /** Takes a child of `user` from an export. `false`: it is not this feature's. Throws for what cannot be taken. */
  readonly import: (account: BareJid, element: Element) => Now<boolean>
}

/** What `setup` gives back. */
export interface Running<Api> {
  readonly api?: Api
  readonly iq?: readonly IqHandler[]
  readonly nonzas?: readonly NonzaHandler[]
  readonly disco?: DiscoExtension
  readonly portable?: Portable
  readonly hooks?: readonly AnyHookEntry[]
  /** Domains of its own, beside the host. */
  readonly services?: readonly Service[]
  /** Says why an account may not log in though its credentials are right; `undefined` when it may. RFC 6120 §6.5. */
  readonly barsLogin?: (account: BareJid) => LoginBar | undefined
  /** Answers a stanza before login with XML text; `undefined` when it is not for this feature. XEP-0077 §3.1. */
  readonly beforeLogin?: (slice: Slice, transport: Transport) => Now<string> | undefined
  /** What it does inside a login. XEP-0388. */
  readonly inline?: Inline
  /** User names of accounts that a certificate lets in; the peer has its key. XEP-0257. */
  readonly certifies?: (certificate: Uint8Array) => Now<readonly string[]>
  /** Ways to log in. */
  readonly mechanisms?: readonly LoginMechanism[]
  /** XML text shown among the stream features. */
  readonly streamFeatures?: {
    readonly beforeLogin?: () => string
    /** `session`: the one that has begun inside the login, and may have all of it already. XEP-0386 §3.2. */
    readonly afterLogin?: (session?: ClientSession) => string
  }
}

export interface Feature<Api = unknown> {
  readonly name: string
  readonly implements: readonly Implemented[]
  readonly needs: Readonly<Record<string, Feature>>
  readonly disco: Disco
  readonly config: Settings
  readonly store: Shapes
  readonly setup: (given: Given<Settings, Shapes, Readonly<Record<string, Feature>>>) => Now<Running<Api>>
}

export type Needs = Readonly<Record<string, Feature>>
export type ApiOf<F> = F extends Feature<infer Api> ? Api : never

/** What a feature may touch: nothing else. */
export interface Given<C extends Settings, S extends Shapes, N extends Needs> {
  readonly config: SettingsOf<C>
  readonly store: OpenedStores<S>
  readonly needs: { readonly [K in keyof N]: ApiOf<N[K]> }
  readonly host: Host
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Declaration<C extends Settings, S extends Shapes, N extends Needs, Api> {
  readonly name: string
  readonly implements: readonly Implemented[]
  readonly needs?: N
  readonly disco?: Disco
  readonly config?: C
  readonly store?: S
  readonly setup: (given: Given<C, S, N>) => Now<Running<Api>>
}

/** Declares a feature. See the package's README for a complete example. */
export function defineFeature<
  Api = undefined,
  const C extends Settings = Record<never, never>,
  const S extends Shapes = Record<never, never>,
  const N extends Needs = Record<never, never>,
>(declaration: Declaration<C, S, N, Api>): Feature<Api> {
  return {
    name: declaration.name,
    implements: declaration.implements,
    needs: declaration.needs ?? {},
    disco: declaration.disco ?? {},
    config: declaration.config ?? {},
    store: declaration.store ?? {},
    // The declaration's own types are what `setup` receives: the host opens exactly what was declared.
    setup: declaration.setup as unknown as Feature<Api>['setup'],
  }
}
