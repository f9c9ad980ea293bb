/** The client with the defaults of Node. */
import { readFile } from 'node:fs/promises'
import {
  type AccountOptions,
  type Client,
  type ClientOptions,
  type Connector,
  connect as connectBy,
  makeAccount as makeAccountBy,
  webSocketConnector,
} from '@waxwing/client'
import type { BareJid } from '@waxwing/jid'
import { nodePlatform } from './node-platform.ts'
import type { TargetOptions } from './targets.ts'
import { tcpConnector } from './tcp-connector.ts'
import type { TlsOptions } from './tls-client.ts'
import type { Trust } from './trust.ts'

export interface ConnectOptions
  extends Omit<ClientOptions, 'connector' | 'tls' | 'certificate'>,
    TargetOptions {
  /** Encryption; `trust` may be the path of a PEM file. */
  readonly tls?: TlsOptions | undefined
  /** A WebSocket endpoint to use instead of TCP: 'wss://…' (RFC 7395). */
  readonly webSocket?: string | undefined
  /** Default: TCP. */
  readonly connector?: Connector | undefined
}

/**
 * Connects and logs in; settles when the session is usable. See `connect` of @waxwing/client for what it rejects
 * with. The domain's SRV records say where to go, unless `host` or `port` do.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { host, port, security, tls = {}, webSocket, connector, ...client } = options
  const settled: TlsOptions = { ...tls, trust: await trustOf(tls.trust) }
  const tcp = (): Connector => tcpConnector({ host, port, security, tls: settled })
  return connectBy({
    platform: nodePlatform(),
    ...client,
    connector: connector ?? (webSocket === undefined ? tcp() : webSocketConnector(webSocket)),
    tls: security === 'insecure' ? 'if-offered' : 'required',
    certificate: tls.certificate !== undefined,
  })
}

/** As `makeAccount` of @waxwing/client, over TCP and TLS. */
export async function makeAccount(
  options: Omit<AccountOptions, 'connector' | 'tls'> &
    TargetOptions & { readonly tls?: TlsOptions | undefined },
): Promise<BareJid> {
  const { host, port, security, tls = {}, ...account } = options
  const connector = tcpConnector({ host, port, security, tls: { ...tls, trust: await trustOf(tls.trust) } })
  const needsTls = security === 'insecure' ? 'if-offered' : 'required'
  return makeAccountBy({ platform: nodePlatform(), ...account, connector, tls: needsTls })
}

async function trustOf(trust: Trust | undefined): Promise<Trust | undefined> {
  if (typeof trust !== 'string' || trust.includes('-----BEGIN')) return trust
  return readFile(trust, 'utf8')
}
