/** How a client gets a pipe to its server: the part that differs between platforms. */
import type { Transport, TransportOwner, XmppError } from '@waxwing/stream'

export interface ConnectorRequest {
  /** The domain of the account: what the server must prove to be, wherever it runs. */
  readonly domain: string
  /** Where the server asked to go instead, as it wrote it: host, perhaps with a port. RFC 6120 §4.9.3.19. */
  readonly redirect: string | undefined
  /** Aborted when the pipe is not wanted any more. */
  readonly signal: AbortSignal
}

/** A pipe that is open; nothing is read from it before `own`. */
export interface Connection {
  readonly transport: Transport
  /** `frame`: each text sent and chunk received is one element (RFC 7395). */
  readonly framing: 'stream' | 'frame'
  own(owner: TransportOwner): void
  /** Why the pipe broke, when the platform knows better than the reason told in `disconnected`. */
  fault?(): XmppError | undefined
}

export interface Connector {
  /** Rejects with a `ConnectError`, or with the signal's reason. */
  connect(request: ConnectorRequest): Promise<Connection>
}
