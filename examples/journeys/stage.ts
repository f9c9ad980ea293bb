/**
 * Where a journey takes place: on a server of its own, or with the accounts that were named behind the program, as in
 * `lamp@example.org password you@example.org password --trust certificate.pem --host 127.0.0.1 --port 5222`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, type ConnectOptions, connect } from '@waxwing/client-node'
import { defaultFeatures, memoryStore, readConfig, silentLog, startServer } from '@waxwing/server'

export interface Stage<Role extends string> extends AsyncDisposable {
  /** Everybody, online. */
  readonly clients: Readonly<Record<Role, Client>>
}

/** How accounts come to be there, and how they log in. */
export interface House extends AsyncDisposable {
  readonly options: Partial<ConnectOptions>
  account(role: string): Promise<{ readonly jid: string; readonly password: string }>
}

/** Brings everybody online, in this order; what was brought goes with the stage. */
export async function stage<const Role extends string>(...roles: readonly Role[]): Promise<Stage<Role>> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { trust: { type: 'string' }, host: { type: 'string' }, port: { type: 'string' } },
  })
  const house = positionals.length > 0 ? houseOf(positionals, values) : await ownHouse()
  const everybody = await Promise.all(
    roles.map(
      async role => [role, await connect({ ...house.options, ...(await house.account(role)) })] as const,
    ),
  )
  return {
    clients: Object.fromEntries(everybody) as Record<Role, Client>,
    async [Symbol.asyncDispose]() {
      for (const [, client] of everybody) await client.close()
      await house[Symbol.asyncDispose]()
    },
  }
}

/** The accounts are there, and were named in the order of the roles. */
function houseOf(
  accounts: readonly string[],
  { trust, host, port }: { trust?: string | undefined; host?: string | undefined; port?: string | undefined },
): House {
  let next = 0
  return {
    options: { host, port: port === undefined ? undefined : Number(port), tls: { trust } },
    async account() {
      const [jid = '', password = ''] = accounts.slice(next, (next += 2))
      return { jid, password }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** A whole server in this process: everything that `waxwing start` has, kept in memory, on a port the system gives. */
export async function ownHouse(): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'journey-'))
  const settings = Object.fromEntries(defaultFeatures.map(({ name, config }) => [name, config]))
  const text = '[listen]\nclient = "127.0.0.1:0"\ndirect_tls = "off"\n'
  const config = readConfig({ file: 'journey.toml', text }, settings)
  const running = await startServer({ config, store: memoryStore(), log: silentLog, folder })
  const port = Number(running.addresses.get('client')?.split(':').at(-1))
  return {
    options: { host: '127.0.0.1', port, tls: { trust: running.certificate.certificate } },
    async account(role) {
      const host = running.server.router.host('localhost')
      const password = crypto.randomUUID()
      await host?.createAccount(host.accounts.jidOf(role), password)
      return { jid: `${role}@localhost`, password }
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await rm(folder, { recursive: true })
    },
  }
}
