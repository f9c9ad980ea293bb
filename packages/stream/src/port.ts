/** What a stream needs from the world around it. Nothing in this package touches sockets, clocks or randomness itself. */
import { encodeBase64 } from '@waxwing/xml'

/** Facts about the TLS layer under a stream. */
export interface TlsFacts {
  /** As TLS names it: 'TLSv1.3'. */
  readonly protocol: string
  readonly cipher: string
  /** Server name the client asked for (SNI), if any. */
  readonly serverName: string | undefined
  /** Types of channel binding this layer can give data for. */
  readonly bindings: readonly ChannelBindingType[]
  /** Channel-binding data (RFC 9266, RFC 5929); `undefined` when this type is not available here. */
  binding(type: ChannelBindingType): Uint8Array | undefined
  /** Addresses the peer's verified certificate stands for; empty without a verified certificate. RFC 6120 §13.7.1. */
  readonly certifiedJids: readonly string[]
  /** The certificate whose key the peer has, DER; nobody has vouched for it. Absent: it showed none, or was not asked. */
  readonly certificate?: Uint8Array | undefined
}

/** The channel bindings on offer. RFC 9266, RFC 5929 §4. */
export const channelBindingTypes = ['tls-exporter', 'tls-server-end-point'] as const
/** COMPAT(slixmpp, since 1.8): takes tls-unique under TLS 1.3 without looking at the offer, so it is checked when used. */
export type ChannelBindingType = (typeof channelBindingTypes)[number] | 'tls-unique'

/** One ordered byte pipe. Everything sent in one turn leaves in one write. */
export interface Transport {
  /** For logs and limits: address and port of the peer. */
  readonly remote: string
  /** Set once the pipe is secured. */
  readonly tls: TlsFacts | undefined
  /** Bytes accepted but not yet taken by the peer's side of the pipe. */
  readonly queuedBytes: number
  sendText(text: string): void
  sendBytes(bytes: Uint8Array, start: number, end: number): void
  /** Delivers what is queued, then closes. */
  end(): void
  /** Closes at once; what is queued is lost. */
  abort(): void
  pauseReading(): void
  resumeReading(): void
  /** Delivers what is queued, then negotiates TLS; `TransportOwner.secured` tells when it is done. */
  startTls(): void
}

/** Who owns a transport hears this; never called from inside a call on the transport. */
export interface TransportOwner {
  received(chunk: Uint8Array): void
  secured(): void
  /** The pipe is gone; called exactly once. `reason` is text for people, absent after an orderly end. */
  disconnected(reason?: string): void
}

export interface Timer {
  cancel(): void
}

/** Time as the testkit can replace it. */
export interface Clock {
  /** Milliseconds that only grow, from an arbitrary start. */
  monotonic(): number
  /** Milliseconds since 1970, as the world counts. */
  wall(): number
  after(ms: number, run: () => void): Timer
}

/** Randomness as the testkit can replace it. */
export interface Random {
  bytes(size: number): Uint8Array
  /** Uniform in [0, 1): for jitter, never for secrets. */
  fraction(): number
}

/** A random identifier of 22 characters, 128 bits: base64url (RFC 4648 §5). */
export function randomId(random: Random): string {
  const text = encodeBase64(random.bytes(16)).slice(0, 22)
  return text.includes('+') || text.includes('/') ? text.replaceAll('+', '-').replaceAll('/', '_') : text
}
