/** What every initiating stream has in common: deadlines for its stages, the peer's errors, the orderly end. */
import {
  STREAMS_NS,
  type StreamError,
  type StreamErrorCondition,
  StreamErrorPayload,
} from '@waxwing/protocol'
import {
  type BytesPort,
  type Slice,
  type StreamHeader,
  type Wire,
  WireError,
  writeWire,
  type XmlLimits,
} from '@waxwing/xml'
import { type HeaderFields } from './header.ts'
import { StreamFailure, TimeoutError, TlsError, type XmppError } from './initiator-errors.ts'
import { FrameStream } from './initiator-frames.ts'
import type { Clock, Timer, Transport, TransportOwner } from './port.ts'
import { type StreamOwner, XmlStream } from './xml-stream.ts'

/** How far a stream has come; each stage has its own deadline. */
export type InitiatorStage =
  | 'header'
  | 'features'
  | 'starttls'
  | 'tls'
  | 'login'
  | 'resume'
  | 'bind'
  | 'session'
  | 'handshake'
  | 'ready'

const waitingFor: Readonly<Record<Exclude<InitiatorStage, 'ready'>, string>> = {
  header: 'its stream header',
  features: 'its stream features',
  starttls: 'its answer to STARTTLS',
  tls: 'the TLS handshake',
  login: 'its answer to the login',
  resume: 'whether the session goes on',
  bind: 'the bound address',
  session: 'the session',
  handshake: 'its answer to the handshake',
}

/** Errors of the stream after which trying again makes sense, with some patience. */
const passing: ReadonlySet<string> = new Set<StreamErrorCondition>([
  'bad-format',
  'connection-timeout',
  'internal-server-error',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
])

export interface InitiatorLinkOptions {
  readonly clock: Clock
  /** Patience with each stage of the negotiation, and with the peer's part of the orderly end. */
  readonly stageTimeoutMs: number
  readonly limits: XmlLimits
  /** `frame` for transports that carry one element at a time (RFC 7395). */
  readonly framing: 'stream' | 'frame'
  readonly bytes?: BytesPort | undefined
  /** For texts of errors: the domain on the other side. */
  readonly domain: string
}

/** The steps of a particular kind of stream. */
export interface InitiatorSteps {
  headerFields(): HeaderFields
  opened(header: StreamHeader): void
  /** May throw `WireError`, which ends the stream. */
  element(slice: Slice): void
  secured(): void
  /** The stream is over; exactly once. `undefined` after an end we asked for. */
  over(error: XmppError | undefined): void
  /** The transport is gone, too; exactly once, after `over`. */
  gone(): void
}

export class InitiatorLink implements StreamOwner, TransportOwner {
  readonly stream: XmlStream | FrameStream
  readonly #transport: Transport
  readonly #options: InitiatorLinkOptions
  readonly #steps: InitiatorSteps
  #stage: InitiatorStage = 'header'
  #deadline: Timer | undefined
  #error: XmppError | undefined
  #isAskedFor = false

  constructor(transport: Transport, options: InitiatorLinkOptions, steps: InitiatorSteps) {
    this.#transport = transport
    this.#options = options
    this.#steps = steps
    const streamOptions = { limits: options.limits, bytes: options.bytes }
    this.stream =
      options.framing === 'frame'
        ? new FrameStream(transport, this, streamOptions)
        : new XmlStream(transport, this, streamOptions)
  }

  get stage(): InitiatorStage {
    return this.#stage
  }

  /** The default namespace in which text sent will stand; `undefined`: none, every element declares its own. */
  get parentNs(): string | undefined {
    return this.#options.framing === 'frame' ? undefined : this.#steps.headerFields().contentNs
  }

  /** Opens the stream, at first or anew. */
  open(): void {
    this.enter('header')
    this.stream.open(this.#steps.headerFields())
  }

  enter(stage: InitiatorStage): void {
    this.#stage = stage
    this.#deadline?.cancel()
    this.#deadline = undefined
    if (stage === 'ready') return
    const { clock, stageTimeoutMs, domain } = this.#options
    this.#deadline = clock.after(stageTimeoutMs, () => {
      const seconds = Math.round(stageTimeoutMs / 100) / 10
      this.end(new TimeoutError(`${domain} did not send ${waitingFor[stage]} within ${seconds} s`))
      // whoever stalls here will hardly take part in an orderly end
      this.#transport.abort()
    })
  }

  send<I>(wire: Wire<unknown, I>, value: I): void {
    this.stream.send(writeWire(wire, value, this.parentNs))
  }

  /** Ends the stream because of an element that does not belong here. */
  refuse({ name, ns }: Slice): void {
    const { domain } = this.#options
    this.end(
      new StreamFailure(
        'unexpected-element',
        `${domain} sent <${name} xmlns='${ns}'> when it should have sent something else`,
      ),
    )
  }

  /** Ends the stream because of `error`, in order towards the peer. */
  end(error: XmppError): void {
    if (this.stream.isOver) return
    this.#error ??= error
    this.stream.close()
  }

  /** The end we want. */
  close(): void {
    this.#isAskedFor = true
    this.stream.close()
  }

  /** Ends at once: nothing more is sent. */
  abort(error?: XmppError): void {
    if (error) this.#error ??= error
    else this.#isAskedFor = true
    this.stream.abandon()
    this.#transport.abort()
  }

  headerFields(): HeaderFields {
    return this.#steps.headerFields()
  }

  opened(header: StreamHeader): void {
    this.#steps.opened(header)
  }

  element(slice: Slice): void {
    try {
      if (slice.ns === STREAMS_NS && slice.name === 'error') this.#onStreamError(slice)
      else this.#steps.element(slice)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      const { domain } = this.#options
      this.end(
        new StreamFailure('unexpected-element', `${domain} sent what is not XMPP: ${error.message}`, {
          cause: error,
        }),
      )
    }
  }

  closed(error?: StreamError): void {
    this.#deadline?.cancel()
    const { clock, stageTimeoutMs } = this.#options
    this.#deadline = clock.after(stageTimeoutMs, () => this.#transport.abort())
    this.#steps.over(this.#reasonOf(error))
  }

  received(chunk: Uint8Array): void {
    this.stream.receive(chunk)
  }

  secured(): void {
    if (!this.stream.isOver) this.#steps.secured()
  }

  disconnected(reason?: string): void {
    const { domain } = this.#options
    const why = reason === undefined ? '' : `: ${reason}`
    if (this.#stage === 'tls')
      this.#error ??= new TlsError('tls-failed', `The connection to ${domain} could not be secured${why}`)
    this.#error ??= new StreamFailure('connection-lost', `The connection to ${domain} broke${why}`, {
      retryable: true,
    })
    this.stream.abandon()
    this.#deadline?.cancel()
    this.#steps.gone()
  }

  #reasonOf(own: StreamError | undefined): XmppError | undefined {
    if (this.#isAskedFor) return undefined
    if (this.#error) return this.#error
    const { domain } = this.#options
    if (own)
      return new StreamFailure(own.condition, `What ${domain} sent cannot be accepted: ${own.message}`, {
        cause: own,
        retryable: passing.has(own.condition),
      })
    return new StreamFailure('stream-closed', `${domain} closed the stream without giving a reason`, {
      retryable: true,
    })
  }

  #onStreamError(slice: Slice): void {
    const { condition, text, host } = slice.read(StreamErrorPayload)
    const { domain } = this.#options
    const said = text === undefined ? '' : `: ${text}`
    this.end(
      new StreamFailure(condition, `${domain} ended the stream with ${condition}${said}`, {
        retryable: passing.has(condition),
        host,
      }),
    )
  }
}
