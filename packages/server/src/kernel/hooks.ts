/** The hook points of the server: the only list there is, and the runner that calls them. */
import type { BareJid, Jid } from '@waxwing/jid'
import {
  type Report,
  StanzaError,
  type StanzaErrorCondition,
  type StanzaKind,
  stanzaError,
  stanzaKinds,
} from '@waxwing/protocol'
import type { Now } from '@waxwing/stream'
import type { Stanza } from '../router/stanza.ts'
import type { OnlineAccount } from '../session/account.ts'
import type { ClientSession } from '../session/client-session.ts'
import type { Log } from './log.ts'

// Hooks and handlers answer at once wherever they can.
export type { Now }

/** What a filter may decide; `undefined` lets the stanza pass. */
export type Verdict =
  | { readonly do: 'drop' }
  | { readonly do: 'refuse'; readonly error: StanzaError }
  | { readonly do: 'replace'; readonly by: Stanza }

export const drop: Verdict = { do: 'drop' }

export function refuse(condition: StanzaErrorCondition, text?: string): Verdict {
  return { do: 'refuse', error: stanzaError(condition, text) }
}

/** Looks at stanzas and may stop or change them. */
type Filter = { kind: 'filter'; payload: Stanza; answer: Verdict | undefined }
/** The first that says `true` has taken the matter over; nobody after it is asked. */
type Taker<P> = { kind: 'taker'; payload: P; answer: boolean }
/** Hears that something happened. */
type Observer<P> = { kind: 'observer'; payload: P; answer: void }

export interface Hooks {
  /** A local client sent a stanza; `from` is stamped, nothing is routed yet. RFC 6120 §8.1.2.1. */
  'stanza:sent': Filter
  /** A stanza has reached a local account (bare or full JID), before resources are chosen. RFC 6121 §8.5. */
  'stanza:arriving': Filter
  /**
   * A message that nobody online can take. `true`: kept for later. RFC 6121 §8.5.2.2, XEP-0160.
   *
   * Who keeps it need not wait until it is durable: the router does, or the acknowledgement of the sender's stream.
   * What is written at once is written in the same turn as the sender's count, so that a crash never doubles it.
   */
  'message:unclaimed': Taker<{
    readonly account: BareJid
    readonly stanza: Stanza
    /** When it reached the account, if that was earlier: its receiver went without having acknowledged it. Ms since 1970. */
    readonly at?: number
  }>
  /** A message of a client is about to be routed. Told only while somebody of the account wants copies. XEP-0280 §8. */
  'message:sent': Observer<{ readonly session: ClientSession; readonly stanza: Stanza }>
  /** A message was brought to these resources, perhaps none. Told only while somebody of the account wants copies. XEP-0280 §7. */
  'message:delivered': Observer<{
    readonly account: OnlineAccount
    readonly stanza: Stanza
    readonly receivers: readonly ClientSession[]
  }>
  /** A client sent presence without address. RFC 6121 §4.2, §4.4, §4.5. */
  'presence:broadcast': Taker<{ readonly session: ClientSession; readonly stanza: Stanza }>
  /** A client sent available or unavailable presence to somebody. `true`: refused, it is not routed. RFC 6121 §4.6. */
  'presence:directed': Taker<{ readonly session: ClientSession; readonly stanza: Stanza }>
  /** A client sent subscribe, subscribed, unsubscribe or unsubscribed. RFC 6121 §3. */
  'presence:subscribing': Taker<{ readonly session: ClientSession; readonly stanza: Stanza }>
  /** Presence reached a local bare JID. RFC 6121 §3, §4. */
  'presence:arriving': Taker<{ readonly account: BareJid; readonly stanza: Stanza }>
  /** A resource is bound; the client's next stanza waits for it. RFC 6120 §7. */
  'session:bound': Observer<{ readonly session: ClientSession }>
  /** A resource became available for the first time. RFC 6121 §4.2. */
  'session:available': Observer<{ readonly session: ClientSession }>
  /** A resource takes messages for the account from now on: it is available and its priority is not negative any more. RFC 6121 §4.7.2.3, XEP-0160 §2. */
  'session:receptive': Observer<{ readonly session: ClientSession }>
  /** An available resource has said how it is, first or anew, and those who see it have been told. RFC 6121 §4.2, §4.4. */
  'presence:shown': Observer<{ readonly session: ClientSession }>
  /** A contact sees the account's presence from now on, and has been shown it. RFC 6121 §3.1.5. */
  'presence:granted': Observer<{ readonly account: BareJid; readonly contact: BareJid }>
  /** A resource is no longer available: it said so, or its connection is gone. RFC 6121 §4.5. */
  'presence:unavailable': Observer<{ readonly session: ClientSession; readonly stanza: Stanza }>
  /** A session goes on in another stream, or after a restart of the server. XEP-0198 §5. */
  'session:resumed': Observer<{ readonly session: ClientSession }>
  /** A session is over, in order or not. */
  'session:ended': Observer<{ readonly session: ClientSession }>
  /** The user has taken a contact from the roster. RFC 6121 §2.5.2. */
  'roster:removed': Observer<{
    readonly account: BareJid
    readonly contact: BareJid
    /** The contact saw the user's presence. */
    readonly wasSeen: boolean
    /** What the contact is to be told, so that both sides agree. */
    readonly farewell: readonly ('unsubscribe' | 'unsubscribed')[]
  }>
  /** All features of the host are set up, and nobody is connected yet. */
  'host:ready': Observer<Readonly<Record<never, never>>>
  /** Somebody was blocked and reported. XEP-0377 §6. */
  'blocking:reported': Observer<{
    readonly reporter: BareJid
    readonly reported: Jid
    readonly report: Report
  }>
  /** The server stops: all sessions have ended, the store is still open. */
  'server:stopping': Observer<Readonly<Record<never, never>>>
  'account:created': Observer<{ readonly account: BareJid }>
  'account:removed': Observer<{ readonly account: BareJid }>
}

export type HookName = keyof Hooks

/** May it pass → stamp → store → copy → count. Fixed order; within a phase: after what the feature needs, then by name. */
export const phases = ['guard', 'change', 'store', 'copy', 'watch'] as const
export type Phase = (typeof phases)[number]

export type HookHandler<N extends HookName> = (
  payload: Hooks[N]['payload'],
) => Now<Hooks[N]['answer'] | undefined>

export interface HookEntry<N extends HookName = HookName> {
  readonly name: N
  readonly phase: Phase
  readonly handler: HookHandler<N>
  /** Stanzas that filters look at; absent: all. */
  readonly kinds: readonly StanzaKind[] | undefined
}

/** A handler of any hook. */
export type AnyHookEntry = { [N in HookName]: HookEntry<N> }[HookName]

/** Declares a hook handler of a feature. */
export function hook<N extends HookName>(name: N, phase: Phase, handler: HookHandler<N>): HookEntry<N> {
  return { name, phase, handler, kinds: undefined }
}

type FilterName = 'stanza:sent' | 'stanza:arriving'

/** Declares a filter for stanzas of some kinds: the others do not wait for it. */
export function filter<N extends FilterName>(
  name: N,
  phase: Phase,
  kinds: readonly StanzaKind[],
  handler: HookHandler<N>,
): HookEntry<N> {
  return { name, phase, handler, kinds }
}

type Ordered<N extends HookName> = {
  readonly phase: Phase
  readonly feature: string
  readonly handler: HookHandler<N>
}
type FilterEntry = Ordered<'stanza:sent'> | Ordered<'stanza:arriving'>
type Table = { [N in HookName]?: Ordered<N>[] }

/** A stable sort by phase: features are added in order of their needs. */
function inPhase<T extends { readonly phase: Phase }>(list: T[], entry: T): void {
  list.push(entry)
  list.sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase))
}

/** All hook handlers of one host, sorted once at start. */
export class HookRunner {
  readonly #table: Table = {}
  /** The filters again, by the kind of stanza they look at. */
  readonly #filters: Readonly<Record<FilterName, Readonly<Record<StanzaKind, FilterEntry[]>>>> = {
    'stanza:sent': { message: [], presence: [], iq: [] },
    'stanza:arriving': { message: [], presence: [], iq: [] },
  }
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Features are added in order of their needs, so a stable sort by phase gives the promised order. */
  add(feature: string, { name, phase, handler, kinds = stanzaKinds }: AnyHookEntry): void {
    if (name === 'stanza:sent' || name === 'stanza:arriving') {
      const entry = { phase, feature, handler }
      for (const kind of kinds) inPhase(this.#filters[name][kind], entry)
      return
    }
    // Each name has its own list; the compiler cannot follow that name and handler belong together.
    const list = (this.#table[name] ??= []) as { phase: Phase; feature: string; handler: unknown }[]
    inPhase(list, { phase, feature, handler })
  }

  /** Runs the filters of a hook. No handlers or all pass: `undefined`, at once. */
  filter(name: FilterName, stanza: Stanza): Now<Verdict | undefined> {
    const list = this.#filters[name][stanza.kind]
    return list.length === 0 ? undefined : this.#filterFrom(list, 0, stanza)
  }

  #filterFrom(list: readonly FilterEntry[], from: number, stanza: Stanza): Now<Verdict | undefined> {
    let current = stanza
    for (let at = from; at < list.length; at++) {
      const entry = list[at]
      if (!entry) break
      let verdict: Now<Verdict | undefined>
      try {
        verdict = entry.handler(current)
      } catch (error) {
        verdict = this.#failed(entry, error)
      }
      if (verdict instanceof Promise) {
        return verdict.then(
          settled => this.#afterWait(list, at, current, settled),
          error => this.#afterWait(list, at, current, this.#failed(entry, error)),
        )
      }
      if (verdict === undefined) continue
      if (verdict.do !== 'replace') return verdict
      current = verdict.by
    }
    return current === stanza ? undefined : { do: 'replace', by: current }
  }

  #afterWait(
    list: readonly FilterEntry[],
    at: number,
    stanza: Stanza,
    verdict: Verdict | undefined,
  ): Now<Verdict | undefined> {
    if (verdict === undefined) return this.#filterFrom(list, at + 1, stanza)
    if (verdict.do !== 'replace') return verdict
    const rest = this.#filterFrom(list, at + 1, verdict.by)
    return rest instanceof Promise ? rest.then(last => last ?? verdict) : (rest ?? verdict)
  }

  /** Guards and stores fail closed; copies and watchers are only logged. */
  #failed(entry: FilterEntry, error: unknown): Verdict | undefined {
    this.#log.error({ feature: entry.feature, phase: entry.phase, error }, 'A hook failed')
    if (entry.phase === 'copy' || entry.phase === 'watch') return undefined
    return {
      do: 'refuse',
      error: error instanceof StanzaError ? error : stanzaError('internal-server-error'),
    }
  }

  /** Asks the takers in order until one has taken the matter. Rejects with the taker's own error. */
  take<N extends TakerName>(name: N, payload: Hooks[N]['payload']): Now<boolean> {
    const list = this.#table[name] as readonly Ordered<N>[] | undefined
    return list === undefined ? false : takeFrom(list, 0, payload)
  }

  /** Tells everybody; a failing observer is logged and the others still hear it. */
  tell<N extends ObserverName>(name: N, payload: Hooks[N]['payload']): Now<void> {
    const list = this.#table[name] as readonly Ordered<N>[] | undefined
    if (list === undefined) return
    let waiting: Promise<unknown>[] | undefined
    for (const { handler, feature, phase } of list) {
      try {
        const done = handler(payload)
        if (done instanceof Promise) {
          const owned = done.catch((error: unknown) =>
            this.#log.error({ feature, phase, error }, 'A hook failed'),
          )
          waiting = waiting ?? []
          waiting.push(owned)
        }
      } catch (error) {
        this.#log.error({ feature, phase, error }, 'A hook failed')
      }
    }
    return waiting && Promise.all(waiting).then(() => undefined)
  }
}

type TakerName = { [N in HookName]: Hooks[N]['kind'] extends 'taker' ? N : never }[HookName]
type ObserverName = { [N in HookName]: Hooks[N]['kind'] extends 'observer' ? N : never }[HookName]

function takeFrom<N extends TakerName>(
  list: readonly Ordered<N>[],
  from: number,
  payload: Hooks[N]['payload'],
): Now<boolean> {
  for (let at = from; at < list.length; at++) {
    const taken = list[at]?.handler(payload) as Now<boolean | undefined>
    if (taken instanceof Promise) {
      return taken.then(settled => (settled === true ? true : takeFrom(list, at + 1, payload)))
    }
    if (taken === true) return true
  }
  return false
}
