/** This computer's own sensors as fields of a thing. What the system does not have is left out. */
import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, freemem, hostname, loadavg, platform, totalmem, uptime } from 'node:os'
import { join } from 'node:path'
import { type DeclaredField, type DeclaredFields, long, quantity, string } from '@waxwing/things'

const mebibyte = 1024 * 1024
const mebibytes = (bytes: number): number => bytes / mebibyte

/** All fields this system can fill. */
export function computerFields(folder: string): DeclaredFields {
  return {
    Host: string({ read: hostname, categories: ['identity'] }),
    Cores: quantity('', { precision: 0, read: availableParallelism, categories: ['identity'] }),
    Uptime: quantity('s', { precision: 0, read: uptime, categories: ['status'] }),
    ...loadFields(),
    'Memory used': quantity('MiB', { precision: 1, read: () => mebibytes(totalmem() - freemem()) }),
    'Memory total': quantity('MiB', {
      precision: 1,
      read: () => mebibytes(totalmem()),
      categories: ['identity'],
    }),
    ...coreFields(),
    ...diskFields(folder),
    ...networkFields(),
    ...temperatureFields(),
  }
}

/** Windows knows no load average. */
function loadFields(): DeclaredFields {
  if (platform() === 'win32') return {}
  const load = (index: number): DeclaredField =>
    quantity('', { precision: 2, read: () => loadavg()[index] ?? 0 })
  return { 'Load, 1 min': load(0), 'Load, 5 min': load(1), 'Load, 15 min': load(2) }
}

/** Time each core has worked since the start. */
function coreFields(): DeclaredFields {
  const busySeconds = (core: number): number => {
    const times = cpus()[core]?.times
    return times ? (times.user + times.nice + times.sys + times.irq) / 1000 : 0
  }
  return Object.fromEntries(
    cpus().map((_, core) => [
      `CPU ${core} time`,
      quantity('s', { precision: 1, read: () => busySeconds(core) }),
    ]),
  )
}

function diskFields(folder: string): DeclaredFields {
  const space = (part: 'bavail' | 'blocks'): number => {
    const found = statfsSync(folder)
    return mebibytes(found[part] * found.bsize)
  }
  return {
    'Disk free': quantity('MiB', { precision: 0, read: () => space('bavail') }),
    'Disk total': quantity('MiB', { precision: 0, read: () => space('blocks'), categories: ['identity'] }),
  }
}

const networkFile = '/proc/net/dev'

/** Octets since the start by interface, where the system counts them in a file. */
function networkFields(): DeclaredFields {
  const counters = (): Map<string, readonly bigint[]> => {
    const rows = readOptional(networkFile)?.split('\n').slice(2) ?? []
    return new Map(
      rows.flatMap(row => {
        const [name, numbers] = row.split(':')
        return name && numbers ? [[name.trim(), numbers.trim().split(/\s+/).map(BigInt)] as const] : []
      }),
    )
  }
  return Object.fromEntries(
    [...counters()].filter(hasTraffic).flatMap(([name]) => [
      [`${name} received octets`, long({ read: () => counters().get(name)?.[0] })],
      [`${name} sent octets`, long({ read: () => counters().get(name)?.[8] })],
    ]),
  )
}

/** Interfaces nothing has ever gone through are of no interest. */
function hasTraffic([, octets]: readonly [string, readonly bigint[]]): boolean {
  return (octets[0] ?? 0n) > 0n
}

const zones = '/sys/class/thermal'

/** Thermal zones, where the system shows them. */
function temperatureFields(): DeclaredFields {
  return Object.fromEntries(
    listOptional(zones)
      .filter(
        name => name.startsWith('thermal_zone') && readOptional(join(zones, name, 'temp')) !== undefined,
      )
      .map(name => {
        const kind = readOptional(join(zones, name, 'type'))?.trim() ?? name
        const read = (): number | undefined => {
          const milli = readOptional(join(zones, name, 'temp'))
          return milli === undefined ? undefined : Number(milli) / 1000
        }
        return [`Temperature ${kind}`, quantity('°C', { precision: 1, read })]
      }),
  )
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function listOptional(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
