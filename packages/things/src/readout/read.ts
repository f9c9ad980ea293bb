/** Reading things: `for await (const field of read(client, 'thing@example.org'))`. */

import { FieldError } from '../errors.ts'
import type { FieldType } from '../field-types.ts'
import { peerOf } from '../peer.ts'
import type { ThingClient } from '../port.ts'
import { areAlike, sameUnit } from '../units/units.ts'
import type { ReadOptions } from './read-options.ts'
import { type FieldReading, QuantityReading, type Reading } from './reading.ts'
import { Readout } from './readout.ts'

/**
 * Reads a thing; readings come as it sends them, errors of single fields among them. Leaving the loop, or the signal,
 * cancels the readout.
 *
 * @param jid a full JID, or a bare one whose presence we see
 * @throws NotAuthorizedError, UnreachableError, NotSupportedError, RefusedError, ReadoutTimeoutError,
 *   ReadoutOverflowError, `OverflowError` when the loop is too slow, `DisconnectedError`, JidError, or the signal's reason
 */
export async function* read(
  client: ThingClient,
  jid: string,
  options: ReadOptions = {},
): AsyncGenerator<Reading, void, undefined> {
  options.signal?.throwIfAborted()
  const peer = await peerOf(client, jid, options)
  yield* new Readout(client, peer, options).start()
}

/** Types of the fields wanted, by name. */
export type SnapshotShape = Readonly<Record<string, FieldType>>

type ReadingOf<T> = T extends { readonly kind: 'quantity'; readonly unit?: infer U }
  ? QuantityReading<Extract<U, string>>
  : T extends FieldType<infer K>
    ? Extract<FieldReading, { readonly kind: K }>
    : never

/** The readings of a shape. */
export type Snapshot<S extends SnapshotShape> = {
  readonly [N in keyof S]: S[N] extends { readonly isOptional: true }
    ? ReadingOf<S[N]> | undefined
    : ReadingOf<S[N]>
}

const current = ['momentary', 'peak', 'status', 'computed', 'identity'] as const

/**
 * Reads these fields once: `snapshot(client, jid, { Temperature: quantity('°C'), load: optional(quantity('%')) })`.
 * Of several readings of a field the latest that arrives counts. Quantities are told in the units of the shape.
 *
 * @throws FieldError for a field that is missing, or has another kind or unit; else as `read`
 */
export async function snapshot<const S extends SnapshotShape>(
  client: ThingClient,
  jid: string,
  shape: S,
  options: Omit<ReadOptions, 'fields'> = {},
): Promise<Snapshot<S>> {
  const found = new Map<string, FieldReading>()
  const errors: string[] = []
  for await (const reading of read(client, jid, { types: current, ...options, fields: Object.keys(shape) })) {
    if (reading.kind === 'error') errors.push(reading.text)
    else found.set(reading.name, reading)
  }
  const entries = Object.entries(shape).map(([name, type]) => [
    name,
    checked(name, type, found.get(name), errors),
  ])
  // Each reading has been checked against its type.
  return Object.fromEntries(entries) as Snapshot<S>
}

function checked(
  name: string,
  type: FieldType,
  reading: FieldReading | undefined,
  errors: readonly string[],
): FieldReading | undefined {
  if (reading === undefined) {
    if (type.isOptional) return undefined
    const why = errors.length > 0 ? `: ${errors.join(' ')}` : ''
    throw new FieldError(`${name} has not been told${why}`, name)
  }
  if (reading.kind !== type.kind)
    throw new FieldError(`${name} is of type ${reading.kind}, not ${type.kind}`, name)
  if (reading.kind === 'quantity' && type.unit !== undefined) return inUnit(reading, type.unit)
  if (reading.kind === 'enum' && type.dataType !== undefined && reading.dataType !== type.dataType)
    throw new FieldError(`${name} is a ${reading.dataType}, not a ${type.dataType}`, name)
  return reading
}

function inUnit(reading: QuantityReading, unit: string): QuantityReading {
  if (sameUnit(reading.unit, unit)) return new QuantityReading(reading, unit, reading)
  if (reading.unit !== undefined && areAlike(reading.unit, unit)) return reading.in(unit)
  throw new FieldError(`${reading.name} is in ${reading.unit ?? 'no unit'}, not in ${unit}`, reading.name)
}
