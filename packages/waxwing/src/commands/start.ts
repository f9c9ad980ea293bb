/** `waxwing start`: a server in the foreground. */

import { type RunningServer, startServer } from '@waxwing/server'
import type { Command } from 'commander'
import { carryOut } from '../administration.ts'
import { openControl } from '../control.ts'
import { findPlace, openLog, openStore, type Place, type PlaceOptions } from '../setup.ts'

export interface Service extends RunningServer {
  readonly place: Place
}

/** Starts everything that belongs to a server on a data folder. */
export async function serve(options: PlaceOptions & { readonly level?: string }): Promise<Service> {
  const place = findPlace(options)
  const { config, folder } = place
  const store = await openStore(place)
  const log = openLog(options.level ?? config.server.log.level)
  try {
    const running = await startServer({ config, store, log, folder })
    const control = await openControl(folder, request => carryOut(running.server, request))
    return {
      ...running,
      place,
      async stop() {
        control.close()
        await running.stop()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
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

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('Run the server in the foreground; Ctrl-C stops it.')
    .option('--config <file>', 'TOML configuration; every key is optional (docs/settings.md)')
    .option('--data <folder>', 'where the store and the generated certificate lie')
    .addHelpText('after', '\nExample:\n  waxwing start --config waxwing.toml --data /var/lib/waxwing')
    .action(async (options: PlaceOptions) => {
      const stopped = untilStopped()
      const service = await serve(options)
      const where = [...service.addresses].map(([name, address]) => `${name} ${address}`).join(', ')
      process.stdout.write(`Waxwing serves ${service.place.config.server.hosts.join(', ')} at ${where}\n`)
      await stopped
      await service.stop()
    })
}
