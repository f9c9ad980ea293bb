/** What start, account and demo have in common: configuration, data folder, store, log. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, defaultFeatures, type Log, readConfig } from '@waxwing/server'
import type { StoreDriver } from '@waxwing/server/store'
import { sqliteStore } from '@waxwing/store-sqlite'
import pino from 'pino'
import { CommandError } from './explain.ts'

export interface PlaceOptions {
  readonly config?: string
  readonly data?: string
}

export interface Place {
  readonly config: Config
  /** The data folder, absolute. */
  readonly folder: string
  readonly storeFile: string
}

/** Where the configuration is looked for when none is named. */
const usualFile = 'waxwing.toml'

/** Reads the configuration named, or `waxwing.toml` here if there is one, or none. @throws ConfigError, CommandError */
export function findPlace(options: PlaceOptions): Place {
  const file = options.config ?? (existsSync(usualFile) ? usualFile : undefined)
  const text = file === undefined ? '' : readText(file)
  const features = Object.fromEntries(defaultFeatures.map(feature => [feature.name, feature.config]))
  const config = readConfig({ file: file ?? 'waxwing.toml', text }, features)
  const folder = resolve(options.data ?? config.server.data)
  return { config, folder, storeFile: config.server.store.file ?? join(folder, 'waxwing.sqlite') }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new CommandError(`The configuration ${file} cannot be read: ${why}.`)
  }
}

export function openStore({ config, storeFile }: Place): Promise<StoreDriver> {
  return sqliteStore({ file: storeFile, maxBytes: config.server.store.maxBytes })
}

/** Logs as JSON lines on standard error. */
export function openLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
