/** A database of what the fields of nodes remember by themselves: `thing.database('History')`. XEP-0326 §3.9.2 */
import { historyPeriods, timestampOf } from '@waxwing/protocol'
import { type DeclaredField, dateTime, string } from '../field-types.ts'
import type { Clock } from '../port.ts'
import type { DeclaredFields } from '../thing-options.ts'
import {
  type Database,
  type DatabaseLook,
  type DatabaseSource,
  databaseOf,
  type KeptPart,
} from './database.ts'
import { InputError } from './node-options.ts'

const periods: Readonly<Record<string, string>> = Object.fromEntries(historyPeriods.map(one => [one, one]))

const dayMs = 86_400_000

type Parameters = {
  readonly from: DeclaredField<'dateTime'>
  readonly to: DeclaredField<'dateTime'>
  readonly fields: DeclaredField<'string'>
  readonly period: DeclaredField<'string'>
}

function parametersBy(clock: Clock): Parameters {
  return {
    from: dateTime({
      label: { en: 'From', de: 'Von' },
      description: 'Values not older than this.',
      read: () => new Date(clock.wall() - dayMs),
    }),
    to: dateTime({
      label: { en: 'To', de: 'Bis' },
      description: 'Values not newer than this.',
      read: () => new Date(clock.wall()),
    }),
    fields: string({
      label: { en: 'Fields', de: 'Felder' },
      description: 'Names of fields, one in each line; none: all.',
      read: () => '',
    }),
    period: string({
      label: { en: 'Period', de: 'Zeitraum' },
      description: 'What one value stands for.',
      options: { '': 'as kept', ...periods },
      read: () => '',
    }),
  }
}

/** A database by what it reads, or of what is remembered. */
export function databaseBy<const F extends DeclaredFields>(
  id: string,
  source: DatabaseSource<F> | DatabaseLook,
  clock: Clock,
): Database {
  return 'read' in source ? databaseOf(id, source) : keptDatabase(id, source, clock)
}

/** By default from a day ago until now. */
function keptDatabase(id: string, look: DatabaseLook, clock: Clock): Database {
  const database = databaseOf<Parameters>(id, {
    ...look,
    parameters: parametersBy(clock),
    check: ({ values: { from, to } }) => {
      if (to < from) throw new InputError({ to: 'The To timestamp cannot be older than the From timestamp.' })
    },
    read: () => [],
  })
  return { ...database, lists: ['fields'], gives: { wanted } }
}

function wanted({ from, to, fields, period }: Readonly<Record<string, unknown>>): KeptPart {
  const names = typeof fields === 'string' ? fields.split('\n').map(name => name.trim()) : []
  return {
    fields: names.filter(name => name !== ''),
    periods: historyPeriods.filter(one => one === period),
    from: from instanceof Date ? timestampOf(from) : undefined,
    to: to instanceof Date ? timestampOf(to) : undefined,
  }
}
