/** TCP and TLS for the client: SRV, several addresses at once, direct TLS. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import {
  ConnectError,
  type Connection,
  type Connector,
  ResolveError,
  TimeoutError,
  TlsError,
  type XmppError,
} from '@waxwing/client'
import { SocketConnection } from './socket-connection.ts'
import {
  lookUpSrv,
  redirectTarget,
  type SrvLookup,
  type Target,
  type TargetOptions,
  targetsOf,
} from './targets.ts'
import { type TlsClient, type TlsOptions, tlsClient, tlsFaultOf } from './tls-client.ts'

export interface TcpOptions extends TargetOptions {
  readonly tls?: TlsOptions | undefined
  /** Patience with each place to try, 10,000. */
  readonly targetTimeoutMs?: number | undefined
  /** Default: the system's DNS servers. */
  readonly lookUp?: SrvLookup | undefined
}

/** Connects by TCP. With several places the first that answers, and shows to be the domain's, is taken. */
export function tcpConnector(options: TcpOptions = {}): Connector {
  const { tls = {}, targetTimeoutMs = 10_000, lookUp = lookUpSrv } = options
  let known: TlsClient | undefined
  /** One for all connections: what it holds of certificates takes more memory than the connection. */
  const clientOf = (domain: string): TlsClient => {
    known = known?.domain === domain ? known : tlsClient(domain, tls)
    return known
  }
  return {
    async connect({ domain, redirect, signal }): Promise<Connection> {
      const client = clientOf(domain)
      const elsewhere =
        redirect === undefined ? undefined : redirectTarget(redirect, options.security === 'direct')
      const targets = elsewhere
        ? [elsewhere]
        : await targetsOf(domain, options, lookUp, () => Math.random(), signal)
      const errors: XmppError[] = []
      for (const target of targets) {
        signal.throwIfAborted()
        try {
          return await open(target, client, targetTimeoutMs, signal)
        } catch (error) {
          errors.push(errorFor(error, target, domain))
        }
      }
      signal.throwIfAborted()
      throw worstOf(errors, domain)
    },
  }
}

function open(
  target: Target,
  client: TlsClient,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const { host, port, direct } = target
    const socket = connect({ host, port, autoSelectFamily: true })
    let secured: TLSSocket | undefined
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      for (const it of [socket, secured]) it?.off('error', fail).off('error', failTls).off('close', onClose)
    }
    const fail = (error: Error): void => {
      finish()
      // a late error of a socket given up concerns nobody
      for (const it of [secured, socket]) it?.on('error', () => {}).destroy()
      reject(error)
    }
    const failTls = (error: Error): void => fail(tlsFaultOf(error, client.domain))
    const onClose = (): void => fail(new Error('the connection was closed'))
    const onAbort = (): void => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    const timer = setTimeout(
      () => fail(new TimeoutError(`${host}:${port} did not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    const done = (): void => {
      finish()
      resolve(new SocketConnection(socket, client, secured))
    }
    watch(socket, fail, onClose)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => {
      if (!direct) return done()
      secured = connectTls({ ...client.options, socket, ALPNProtocols: ['xmpp-client'] })
      watch(secured, failTls, onClose)
      secured.once('secureConnect', () => {
        const fault = secured && client.judge(secured)
        if (fault) fail(fault)
        else done()
      })
    })
  })
}

function watch(socket: Socket, onError: (error: Error) => void, onClose: () => void): void {
  socket.once('error', onError)
  socket.once('close', onClose)
}

function errorFor(error: unknown, { host, port }: Target, domain: string): XmppError {
  if (error instanceof TlsError || error instanceof TimeoutError) return error
  const code = codesIn(error)
  const options = { cause: error, retryable: true }
  if (code.includes('ENOTFOUND') || code.includes('EAI_AGAIN'))
    return new ResolveError(
      'host-not-found',
      `There is no host ${host} (for ${domain}): check the address`,
      options,
    )
  if (code.includes('ECONNREFUSED'))
    return new ConnectError('refused', `Nothing listens at ${host}:${port} (for ${domain})`, options)
  const text = error instanceof Error ? error.message : String(error)
  return new ConnectError('unreachable', `No connection to ${host}:${port} (for ${domain}): ${text}`, options)
}

/** Several addresses of a host give an error each. */
function codesIn(error: unknown): readonly string[] {
  const errors: readonly unknown[] =
    error instanceof AggregateError ? [error, ...(error.errors as unknown[])] : [error]
  return errors.flatMap(one =>
    one instanceof Error && 'code' in one && typeof one.code === 'string' ? [one.code] : [],
  )
}

/** The error that tells most: a server that cannot be trusted rather than one that is not there. */
function worstOf(errors: readonly XmppError[], domain: string): XmppError {
  return (
    errors.find(error => error instanceof TlsError) ??
    errors.at(-1) ??
    new ResolveError('host-not-found', `There is no place to connect to for ${domain}`)
  )
}
