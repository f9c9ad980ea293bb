/** What the login profiles of the accepting side share: what they may use, and what they ask for. */
import { type BareJid, bareJid, type FullJid, localOf } from '@waxwing/jid'
import { type Sasl2TaskData, streamError, type UserAgent } from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'
import type { TlsFacts } from './port.ts'
import type { SaslCondition, SaslResponder } from './sasl/exchange.ts'
import type { Now } from './sasl/now.ts'
import type { XmlStream } from './xml-stream.ts'

/** A client asks to log in. */
export interface LoginRequest {
  readonly domain: string
  readonly mechanism: string
  readonly tls: TlsFacts | undefined
  /** Who the stream header says it is; never believed. */
  readonly peer: BareJid | undefined
  readonly profile: 'sasl' | 'sasl2'
  /** The installation, as it calls itself; only ever told in SASL2. XEP-0388 §2.3. */
  readonly userAgent: UserAgent | undefined
  /** What shall be done inside the login; empty in SASL. */
  readonly inline: readonly Element[]
}

/** Who it turned out to be. */
export interface ProvenLogin extends LoginRequest {
  /** Prepared. */
  readonly username: string
  readonly account: BareJid
}

/** What came of the things a login was asked to do besides. XEP-0388 §2.6.1. */
export interface LoginOutcome {
  /** XML text for the success. */
  readonly text: string
  /** Address of the session that begins or goes on; absent: a resource is to be bound yet. */
  readonly jid?: FullJid | undefined
  /** An earlier session goes on: no features follow. XEP-0198 §9.2. */
  readonly isResumed?: boolean
  /** Called when the success is on its way. */
  readonly begin?: () => void
}

/** What is to be done before a login counts. XEP-0388 §2.6.3. */
export interface LoginTask {
  readonly name: string
  /** XML text of the first task data. */
  begin(): Now<string>
  /** `undefined`: the task is done. */
  receive(data: Sasl2TaskData): Now<SaslCondition | undefined>
}

/** What decides over logins; part of the policy of all streams of a listener. */
export interface LoginPolicy {
  /** Mechanism names to offer, strongest first. */
  mechanisms(domain: string, tls: TlsFacts | undefined, peer: BareJid | undefined): readonly string[]
  /** XML text that stands in the feature of SASL2 behind the mechanisms; `undefined`: not offered. */
  sasl2(domain: string, tls: TlsFacts): string | undefined
  /** `undefined` when the mechanism is not to be had on this stream, or not in this way. */
  startSasl(request: LoginRequest): SaslResponder | undefined
  /** Those of the tasks asked for that are needed. XEP-0480 §2.2. */
  tasks(login: ProvenLogin, wanted: readonly string[]): Now<readonly LoginTask[]>
}

/** The stream a login runs on. */
export interface LoginGround {
  readonly stream: XmlStream
  readonly policy: LoginPolicy
  readonly tls: TlsFacts | undefined
  readonly domain: string
  /** `from` of the stream header. */
  readonly peer: BareJid | undefined
  /** Whether only an encrypted stream may log in, and this one is not. */
  readonly mustEncrypt: boolean
  /** A login has failed: all profiles count together. RFC 6120 §6.4.5. */
  failed(condition: string): void
}

/** Goes on with a value; while it is awaited nothing more is read. A stream that has ended goes nowhere. */
export function proceed<T>(
  stream: XmlStream,
  value: Now<T>,
  go: (value: T) => void,
  refuse: (error: unknown) => void,
): void {
  if (!(value instanceof Promise)) return go(value)
  stream.hold()
  const finish = (act: () => void): void => {
    if (stream.isOver) return
    try {
      act()
    } catch {
      // whatever goes wrong with one stream ends that stream and nobody else's
      stream.fail(streamError('internal-server-error'))
    }
    stream.release()
  }
  value.then(
    done => finish(() => go(done)),
    (error: unknown) => finish(() => refuse(error)),
  )
}

/** As a stream header says who it is, so it must be: XEP-0388 §2.3, §4.4. A bare domain says nobody. */
export function contradicts(peer: BareJid | undefined, username: string, domain: string): boolean {
  return peer !== undefined && localOf(peer) !== undefined && peer !== bareJid(username, domain)
}
