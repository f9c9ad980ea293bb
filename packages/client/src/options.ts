/** What a client can be told, and what it does when it is not. */
import type { Identity } from '@waxwing/protocol'
import type { Now } from '@waxwing/stream'
import { defaultLimits, type XmlLimits } from '@waxwing/xml'
import { type BackOff, defaultBackOff } from './back-off.ts'
import type { ReceiptPolicy } from './chat.ts'
import type { Connector } from './connector.ts'
import type { MessageQueue } from './message-queue.ts'
import { defaultOutboxLimits, type OutboxLimits } from './outbox.ts'
import { type Platform, webPlatform } from './platform.ts'
import type { OwnPresence } from './presence.ts'
import type { SavedLogins } from './saved-logins.ts'

export interface ReconnectOptions extends Partial<BackOff> {
  /** Attempts in a row before the client gives up. Default: without end. */
  readonly attempts?: number | undefined
}

/** Software as others see it: XEP-0092, XEP-0115. */
export interface Software {
  readonly name: string
  readonly version: string
  /** Absent: not told. */
  readonly os?: string | undefined
  /** A URI that stands for the software. */
  readonly uri?: string | undefined
}

export interface ClientOptions {
  /** The account, perhaps with the resource wished for; a domain alone logs in anonymously (XEP-0175). */
  readonly jid: string
  /** May be absent where a saved login does. */
  readonly password?: string | undefined
  /**
   * A token of the identity provider that the server trusts, instead of a password (OAUTHBEARER, RFC 7628); or what
   * gives one. It is asked at every login, and again with the token that the server has `refused`; a token that is
   * not to be had now (it throws, or rejects) is tried again as if the server were out of reach.
   */
  readonly token?: string | ((refused: string | undefined) => Now<string>) | undefined
  /** Whether the connector shows a client certificate that stands for the account (XEP-0178). */
  readonly certificate?: boolean | undefined
  readonly connector: Connector
  readonly platform?: Platform | undefined
  /** Wins over the resource of `jid`; absent in both: the server makes one. */
  readonly resource?: string | undefined
  /** Language of stanzas that do not say. */
  readonly lang?: string | undefined
  /** `if-offered` goes on in clear text where the server has no STARTTLS. Default `required`. */
  readonly tls?: 'required' | 'if-offered' | undefined
  /** Whether PLAIN may be used, over TLS only. Default `true`. */
  readonly allowPlain?: boolean | undefined
  /** The weakest mechanism allowed; within a client's life no weaker one than before is taken anyway. */
  readonly leastMechanism?: string | undefined
  /** Patience with one attempt to connect, 30,000. */
  readonly timeoutMs?: number | undefined
  /** Patience with each stage of the negotiation, 15,000. */
  readonly stageTimeoutMs?: number | undefined
  /** Patience with answers, 30,000. */
  readonly requestTimeoutMs?: number | undefined
  /** Ends connecting. */
  readonly signal?: AbortSignal | undefined
  /** `false`: the client is closed when its connection breaks. */
  readonly reconnect?: ReconnectOptions | false | undefined
  /** Silence after which the server is asked whether it is still there, 20,000; 0: never. */
  readonly keepAliveMs?: number | undefined
  /** Patience with the answer to that, 10,000. */
  readonly keepAliveTimeoutMs?: number | undefined
  /** `false`: none is shown until `presence.set`. Default: available. */
  readonly presence?: OwnPresence | false | undefined
  /** Whether to load the roster. Default `true`. */
  readonly roster?: boolean | undefined
  readonly receipts?: ReceiptPolicy | undefined
  readonly outbox?: Partial<OutboxLimits> | undefined
  /** Keeps messages beyond the life of the process until the server has taken them over. Default: none. */
  readonly queue?: MessageQueue | undefined
  readonly limits?: Partial<XmlLimits> | undefined
  /**
   * Where tokens are kept by which the client comes back without its password (XEP-0484). Default: as long as the
   * client lives, and asked for when it first comes back; `false`: none are asked for.
   */
  readonly logins?: SavedLogins | false | undefined
  /** What the device is called, for its user's own eyes: told to the server alone. XEP-0388 §2.3. */
  readonly device?: string | undefined
  /** What we are: XEP-0030. Default: a bot. */
  readonly identity?: Identity | undefined
  readonly software?: Software | undefined
}

/** All settled. */
export interface Settings {
  readonly platform: Platform
  readonly timeoutMs: number
  readonly stageTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly backOff: BackOff
  readonly attempts: number
  readonly keepAliveMs: number
  readonly keepAliveTimeoutMs: number
  readonly outbox: OutboxLimits
  readonly limits: XmlLimits
  readonly software: Software & { readonly uri: string }
}

// Stands for this library without claiming a place on the web.
const softwareUri = 'urn:uuid:0d9b7ac0-4a3b-4d1c-9c5e-6e2f1f0f7a51'

export function settingsOf(options: ClientOptions): Settings {
  const { reconnect = {} } = options
  return {
    platform: options.platform ?? webPlatform(),
    timeoutMs: options.timeoutMs ?? 30_000,
    stageTimeoutMs: options.stageTimeoutMs ?? 15_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    backOff: { ...defaultBackOff, ...(reconnect === false ? undefined : reconnect) },
    attempts: reconnect === false ? 0 : (reconnect.attempts ?? Number.POSITIVE_INFINITY),
    keepAliveMs: options.keepAliveMs ?? 20_000,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 10_000,
    outbox: { ...defaultOutboxLimits, ...options.outbox },
    limits: { ...defaultLimits, ...options.limits },
    software: {
      name: 'Waxwing',
      version: '0.1.0',
      ...options.software,
      uri: options.software?.uri ?? softwareUri,
    },
  }
}
