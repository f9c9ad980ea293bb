/** Quantities as people write them: sizes, durations, addresses to listen on. */

/** A host and port to listen on; the host of IPv6 is without brackets. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,3})?) ?([A-Za-z]{1,3})$/.exec(text) ?? []
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return undefined
  const value = Number(digits) * (units[unit] ?? Number.NaN)
  return Number.isSafeInteger(value) ? value : undefined
}

/** Reads `256 KiB`, `10MB`, `512 B`. @returns bytes, or `undefined` when the text is no size */
export function parseBytes(text: string): number | undefined {
  return parseQuantity(text, byteUnits)
}

/** Reads `30s`, `5m`, `1.5 h`, `250 ms`, `2d`. @returns ms, or `undefined` when the text is no duration */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, timeUnits)
}

function formatQuantity(
  value: number,
  units: Readonly<Record<string, number>>,
  order: readonly string[],
): string {
  const unit = order.find(unit => value >= (units[unit] ?? 1) && value % (units[unit] ?? 1) === 0)
  return unit ? `${value / (units[unit] ?? 1)} ${unit}` : `${value} ${order.at(-1)}`
}

/** Writes bytes in the largest unit that needs no fraction: `256 KiB`. */
export function formatBytes(bytes: number): string {
  return formatQuantity(bytes, byteUnits, ['GiB', 'MiB', 'KiB', 'B'])
}

/** Writes a duration in the largest unit that needs no fraction: `5 min`. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, timeUnits, ['d', 'h', 'min', 's', 'ms'])
}

/** Reads `127.0.0.1:5222`, `[::]:5222`, `localhost:5222`. @returns `undefined` when the text is none */
export function parseAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([^:[\]\s]{1,255})):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port > 65_535 ? undefined : { host, port }
}
