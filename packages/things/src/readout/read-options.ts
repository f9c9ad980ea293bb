/** What to read, and how patiently. */
import {
  type FieldCategory,
  familyOf,
  type Generation,
  type HistoryPeriod,
  type NodeRef,
  parseTimestamp,
  type ReadoutRequest,
  type ReadoutTokens,
  type Timestamp,
  timestampOf,
} from '@waxwing/protocol'
import type { WantedUnits } from './reading.ts'

export interface ReadOptions {
  /** Names of fields. Default: all. */
  readonly fields?: readonly string[]
  /** Default: `momentary`. */
  readonly types?: readonly FieldCategory[] | 'all'
  /** With `historical`: these distances only. Default: any. */
  readonly periods?: readonly HistoryPeriod[]
  /** Both ends are included; a text is an xs:dateTime, with or without time zone. */
  readonly from?: Date | string
  readonly to?: Date | string
  /** When the thing shall read. Default: now. */
  readonly when?: Date | string
  /** Nodes, by id alone or with their source. Default: the thing itself. */
  readonly nodes?: readonly (NodeRef | string)[]
  /** Units to tell quantities in, by the names of their fields: `{ Temperature: 'K' }`. Default: as they come. */
  readonly units?: WantedUnits
  readonly tokens?: Partial<ReadoutTokens>
  /** Patience with the thing's silence, in milliseconds; before a scheduled readout it begins at its time. Default 60,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** The generation to ask in, without looking what the thing can do. */
  readonly generation?: Generation
  /** Which generations to ask in, the preferred one first. Default: `nf`, `ieee`, `nfi`, `xep`, `sn`. */
  readonly order?: readonly Generation[]
  /** Readings of one readout; beyond it the readout is cancelled. Default 1,000,000. */
  readonly maxReadings?: number
  /** Readings that may wait for a slow loop; beyond it the readout is cancelled. Default 100,000. */
  readonly maxWaiting?: number
}

/** What things out there speak most comes first. */
export const defaultOrder: readonly Generation[] = ['nf', 'ieee', 'nfi', 'xep', 'sn']

/** The request for these options. @throws CodecError for a text that is no time */
export function requestOf(generation: Generation, id: string, options: ReadOptions): ReadoutRequest {
  const { fields = [], types = ['momentary'], periods = [], nodes = [], tokens = {} } = options
  const all = types === 'all'
  const categories = all
    ? []
    : periods.length > 0 && !types.includes('historical')
      ? [...types, 'historical' as const]
      : types
  return {
    generation,
    id,
    nodes: nodes.map(node => (typeof node === 'string' ? { id: node } : node)),
    fields,
    categories,
    periods,
    all,
    from: timeOf(options.from),
    to: timeOf(options.to),
    when: timeOf(options.when),
    tokens: { service: [], device: [], user: [], ...tokens },
  }
}

function timeOf(given: Date | string | undefined): Timestamp | undefined {
  if (given === undefined) return undefined
  return typeof given === 'string' ? parseTimestamp(given) : timestampOf(given)
}

/** An id: a whole number of 31 bits in the long family (XEP-0323 §9), eight digits in the short one. */
export function newReadoutId(generation: Generation, random: { bytes(size: number): Uint8Array }): string {
  let number = 0
  for (const byte of random.bytes(4)) number = number * 256 + byte
  if (familyOf(generation) === 'long') return String(number % 0x8000_0000)
  return number.toString(16).padStart(8, '0')
}
