/** How the client commands log in: the options they share, and where they connect. */

import type { Client } from '@waxwing/client'
import { type ConnectOptions, connect } from '@waxwing/client-node'
import { domainOf, type Jid, parseJid } from '@waxwing/jid'
import type { Command } from 'commander'
import { CommandError } from './explain.ts'
import { findLocal } from './local-servers.ts'
import { askPassword } from './password.ts'

export interface LoginOptions extends WayOptions {
  readonly as?: string
  readonly password?: string
}

/** How the server is reached, where DNS does not say. */
export interface Waypoints {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly trust?: string | undefined
}

export interface WayOptions extends Waypoints {
  readonly timeout: string
}

/** Adds the options every client command has. */
export function withLogin(command: Command): Command {
  command
    .option('--as <jid>', 'the account to log in with (or WAXWING_JID)')
    .option('--password <password>', 'its password (or WAXWING_PASSWORD); asked for when left out')
  return withWay(command)
}

/** Adds the options that say how the server is reached. */
export function withWay(command: Command): Command {
  return command
    .option('--host <host>', 'where to connect instead of what DNS says')
    .option('--port <port>', 'and at which port')
    .option(
      '--trust <what>',
      'a PEM file, or sha256:… of the server’s certificate, when no public authority vouches for it',
    )
    .option('--timeout <seconds>', 'patience with server and answer', '30')
}

/** Milliseconds of `--timeout`. @throws CommandError */
export function patience({ timeout }: Pick<WayOptions, 'timeout'>): number {
  const seconds = Number(timeout)
  if (!(seconds > 0) || seconds > 86_400)
    throw new CommandError(`--timeout ${timeout}: give seconds, as in 30.`)
  return seconds * 1000
}

/** An address as typed. @throws CommandError */
export function addressOf(text: string): Jid {
  try {
    return parseJid(text)
  } catch (error) {
    throw new CommandError(`${text} is not an address: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Logs in, uses the client, and closes it whatever happens. */
export async function withClient<T>(options: LoginOptions, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await logIn(options)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

async function logIn(options: LoginOptions): Promise<Client> {
  const jid = options.as ?? process.env.WAXWING_JID
  if (jid === undefined) throw new CommandError('Who are you? Give --as you@your.domain, or set WAXWING_JID.')
  addressOf(jid)
  const password =
    options.password ?? process.env.WAXWING_PASSWORD ?? (await askPassword(`Password of ${jid}: `))
  const where = wayTo(domainOf(addressOf(jid)), options)
  return connect({ jid, password, ...where, timeoutMs: patience(options), reconnect: false })
}

/** Where to connect, and whose certificate to trust there. */
export type Way = Pick<ConnectOptions, 'host' | 'port' | 'tls'>

/** How a domain's server is reached: as said, or as a server of our own on this machine has told. */
export function wayTo(domain: string, { host, port, trust }: Waypoints): Way {
  const tls =
    trust === undefined
      ? {}
      : { tls: { trust: trust.startsWith('sha256:') ? { fingerprint: trust } : trust } }
  if (host !== undefined || port !== undefined)
    return {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port: portOf(port) }),
      ...tls,
    }
  const local = findLocal(domain)
  if (!local) return tls
  // A server of our own on this machine has told us its certificate.
  return {
    host: local.host,
    port: local.port,
    tls: { trust: { fingerprint: `sha256:${local.fingerprint}` }, ...tls.tls },
  }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new CommandError(`--port ${text}: ports go from 1 to 65535.`)
  return port
}
