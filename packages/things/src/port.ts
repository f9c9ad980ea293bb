/** What this package needs of a client. The `Client` of `@waxwing/client` has all of it. */
import type { BareJid, Jid } from '@waxwing/jid'
import type { DiscoInfo, Message, MessageType } from '@waxwing/protocol'
import type { Element, Wire } from '@waxwing/xml'

/** Call it to stop. */
export type Off = () => void

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since 1970. */
  wall(): number
  after(ms: number, run: () => void): Timer
}

/** Who asks a question. */
export interface Asker {
  readonly from: Jid
  readonly id?: string
  /** The language they would like to be answered in; absent: any. */
  readonly lang?: string | undefined
}

export interface AskOptions {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Asks and gets the payload of the result; rejects with the `StanzaError` answered, or what else went wrong. */
export interface Ask {
  <I, A>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer: Wire<A>,
    options?: AskOptions,
  ): Promise<A>
  /** When the content of the result does not matter. */
  <I>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer?: undefined,
    options?: AskOptions,
  ): Promise<void>
}

/** Somebody who would like to see our presence. */
export interface SubscriptionRequest {
  readonly jid: BareJid
  accept(): void
  decline(): void
}

/** A message that has arrived. */
export interface HeardMessage {
  readonly from: Jid
  readonly id?: string | undefined
  readonly type: MessageType
  /** The rest of it. Reading it may throw `WireError`. */
  readonly stanza: Pick<Message, 'delay' | 'extensions'>
}

export interface ThingClient {
  /** Our own address. */
  readonly jid: string
  /** `online` while there is a session. */
  readonly state: string
  readonly platform: {
    readonly clock: Clock
    readonly random: { bytes(size: number): Uint8Array }
    /** Told of faults nobody handles. */
    report(fault: unknown): void
  }
  readonly iq: { readonly get: Ask; readonly set: Ask }
  readonly disco: {
    info(jid: string, options?: AskOptions): Promise<DiscoInfo>
    items(jid: string, options?: AskOptions): Promise<readonly { readonly jid: Jid }[]>
    addFeatures(...features: readonly string[]): Off
  }
  readonly presence: {
    /** Available resources. */
    allOf(jid: string): readonly { readonly jid: Jid; readonly priority: number }[]
    /** `presence` absent: they went away. */
    on(
      event: 'change',
      listener: (change: { readonly jid: Jid; readonly presence: object | undefined }) => void,
    ): Off
  }
  readonly roster: {
    get(jid: string): { readonly seesUs: boolean } | undefined
    /** Decides about those who would like to see our presence. */
    onRequest(handler: (request: SubscriptionRequest) => Promise<void> | void): Off
    approve(jid: string): void
    revoke(jid: string): void
    unsubscribe(jid: string): void
    request(jid: string): Promise<unknown>
  }
  readonly raw: { send(stanza: Element): void }
  on(event: 'state', listener: (status: { readonly state: string }) => void): Off
  /** Answers a kind of question; `undefined` is an empty result. */
  handle<T, R, I>(
    question: Wire<T>,
    type: 'get' | 'set',
    answer: Wire<R, I>,
    handler: (question: T, request: Asker) => Promise<I | undefined>,
  ): Off
  /** Answers questions of a namespace that nobody else answers, by the names of their elements. */
  handleRest(ns: string, handler: (name: string) => Element): Off
  /** Hears of messages with a kind of payload, those of type `error` included. */
  onMessage<T>(payload: Wire<T>, handler: (payload: T, message: HeardMessage) => void): Off
}
