/** `waxwing start`: a server in the foreground. */

import { type RunningServer, type StopKind, startServer } from '@waxwing/server'
import type { Command } from 'commander'
import { carryOut } from '../administration.ts'
import { openControl } from '../control.ts'
import { announce, type LocalServer, reachable } from '../local-servers.ts'
import { findPlace, openLog, openStore, type Place, type PlaceOptions } from '../setup.ts'

export interface Service extends RunningServer {
  readonly place: Place
}

/** Starts everything that belongs to a server on a data folder. */
export async function serve(
  options: PlaceOptions & {
    readonly level?: string
    /** Whatever ports are free, instead of the configured ones. */
    readonly anyPort?: boolean
    /** Told when an administrator wants the server to stop or to start anew. */
    readonly stopServer?: (how: StopKind) => void
  },
): Promise<Service> {
  const place = options.anyPort ? onAnyPort(findPlace(options)) : findPlace(options)
  const { config, folder } = place
  const store = await openStore(place)
  const log = openLog(options.level ?? config.server.log.level)
  try {
    const running = await startServer({ config, store, log, folder, stopServer: options.stopServer })
    const withdraw = await open(running, place).catch(async (error: unknown) => {
      await running.stop()
      throw error
    })
    return {
      ...running,
      place,
      async stop() {
        withdraw()
        await running.stop()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Makes the server known to the commands of this user. @returns takes that back */
async function open(running: RunningServer, { config, folder }: Place): Promise<() => void> {
  const control = await openControl(folder, request => carryOut(running.server, request))
  const withdraw = announce(noteOf(running, config.server.hosts), folder)
  return () => {
    withdraw()
    control.close()
  }
}

function onAnyPort(place: Place): Place {
  const { config } = place
  const anywhere = { host: '127.0.0.1', port: 0 }
  const listen = { ...config.server.listen, client: anywhere, directTls: anywhere }
  return { ...place, config: { ...config, server: { ...config.server, listen } } }
}

/** How the commands of this user reach the server. */
function noteOf({ addresses, certificate }: RunningServer, hosts: readonly string[]): LocalServer {
  const { host, port } = reachable(addresses.get('client') ?? '127.0.0.1:5222')
  return { pid: process.pid, hosts, host, port, fingerprint: certificate.fingerprint.replaceAll(':', '') }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve()
      })
    }
  })
}

/** One life of the server. */
async function untilOver(options: PlaceOptions, stopped: Promise<void>): Promise<StopKind> {
  const asked = Promise.withResolvers<StopKind>()
  const service = await serve({ ...options, stopServer: asked.resolve })
  const where = [...service.addresses].map(([name, address]) => `${name} ${address}`).join(', ')
  process.stdout.write(`Waxwing serves ${service.place.config.server.hosts.join(', ')} at ${where}\n`)
  const how = await Promise.race([stopped.then(() => 'shutdown' as const), asked.promise])
  await service.stop()
  return how
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('Run the server in the foreground; Ctrl-C stops it.')
    .option('--config <file>', 'TOML configuration; every key is optional (docs/settings.md)')
    .option('--data <folder>', 'where the store and the generated certificate lie')
    .addHelpText('after', '\nExample:\n  waxwing start --config waxwing.toml --data /var/lib/waxwing')
    .action(async (options: PlaceOptions) => {
      const stopped = untilStopped()
      // An administrator's restart reads the configuration anew. XEP-0133 §4.30
      while ((await untilOver(options, stopped)) === 'restart');
    })
}
