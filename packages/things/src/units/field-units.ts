/** Numbers for a thing that are meant in other units than its own: it is read first, to see what its own are. */
import type { Generation, NodeRef, ReadoutTokens } from '@waxwing/protocol'
import { FieldError } from '../errors.ts'
import type { ThingClient } from '../port.ts'
import { read } from '../readout/read.ts'
import { type Amount, convert, convertDifference, UnitError } from './units.ts'

interface AskedAs {
  readonly generation: Generation
  readonly nodes?: readonly (NodeRef | string)[] | undefined
  readonly tokens?: Partial<ReadoutTokens> | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const current = ['momentary', 'peak', 'status', 'computed', 'identity'] as const

/** Units of fields by their names. */
export class FieldUnits {
  readonly #units: ReadonlyMap<string, string | undefined>

  private constructor(units: ReadonlyMap<string, string | undefined>) {
    this.#units = units
  }

  /** Reads these fields of a thing. @throws as `read` */
  static async of(
    client: ThingClient,
    jid: string,
    fields: readonly string[],
    { generation, nodes, tokens, timeoutMs, signal }: AskedAs,
  ): Promise<FieldUnits> {
    const units = new Map<string, string | undefined>()
    const options = {
      generation,
      fields,
      types: current,
      ...(nodes ? { nodes } : {}),
      ...(tokens ? { tokens } : {}),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal ? { signal } : {}),
    }
    for await (const reading of read(client, jid, options)) {
      if (reading.kind !== 'quantity') continue
      const { name, unit } = reading
      const before = units.get(name)
      if (units.has(name) && before !== unit)
        throw new FieldError(
          `${name} is in ${before ?? 'no unit'} here and in ${unit ?? 'no unit'} there`,
          name,
        )
      units.set(name, unit)
    }
    return new FieldUnits(units)
  }

  /** The number of an amount in the unit of the field. @throws FieldError */
  value(name: string, amount: Amount): string {
    return this.#converted(name, amount, convert)
  }

  /** The same for a difference. @throws FieldError */
  difference(name: string, amount: Amount): number {
    return Number(this.#converted(name, amount, convertDifference))
  }

  #converted(name: string, { value, unit }: Amount, how: typeof convert): string {
    const own = this.#units.get(name)
    if (own === undefined) throw new FieldError(`${name} was told without a unit, or not at all`, name)
    try {
      return how(value, unit, own)
    } catch (error) {
      if (!(error instanceof UnitError)) throw error
      throw new FieldError(`${name} is in ${own}: ${error.message}`, name)
    }
  }
}
