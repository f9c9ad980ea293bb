/** The record of what was set, as a table: made by the thing, read by whom it belongs to. XEP-0050, XEP-0004 §3.4 */
import { type BareJid, bareOf, tryJid } from '@waxwing/jid'
import {
  COMMANDS_NS,
  Command,
  type DataForm,
  type FormField,
  parseDateTime,
  StanzaError,
  valueOf,
} from '@waxwing/protocol'
import { formatDateTime } from '@waxwing/xml'
import { whyOf } from '../control/control-log.ts'
import type { ControlRecord } from '../control/control-options.ts'
import { refusalOf } from '../errors.ts'
import { peerOf, type Skill } from '../peer.ts'
import type { AskOptions, ThingClient } from '../port.ts'

/** The ad-hoc command that tells it. */
export const RECORD_NODE = 'log'

/** Records in one table, the newest ones. */
const mostTold = 200
/** Characters of one cell. */
const mostCharacters = 200

const columns = {
  at: 'When',
  from: 'Who',
  node: 'Node',
  name: 'Parameter',
  before: 'Before',
  value: 'Value',
  way: 'Way',
  decision: 'Allowed by',
  error: 'Error',
} as const
type Column = keyof typeof columns

const names = Object.keys(columns) as readonly Column[]

/** What a cell says; empty: nothing is known, or there is nothing to say. */
function cellOf(record: ControlRecord, column: Column): string {
  const { at, from, node, name, before = '', value, way, decision } = record
  const said: Readonly<Record<Column, string>> = {
    at: formatDateTime(at),
    from: bareOf(from),
    node: node?.id ?? '',
    name,
    before,
    value,
    way,
    decision: decision ? `${decision.by} ${formatDateTime(decision.at)}` : '',
    error: whyOf(record),
  }
  return said[column].slice(0, mostCharacters)
}

/** The oldest first. */
export function recordTable(records: readonly ControlRecord[], title: string): DataForm {
  const rows = records.slice(-mostTold).map(record => ({
    fields: names.map((column): FormField => ({ var: column, values: [cellOf(record, column)] })),
  }))
  const reported = names.map(
    (column): FormField => ({ var: column, type: 'text-single', label: columns[column], values: [] }),
  )
  return { type: 'result', title, reported: { fields: reported }, items: rows }
}

/** One parameter that was set of a thing, or could not be, as the thing tells it. */
export interface ToldRecord {
  readonly at: Date
  readonly from: BareJid
  /** Absent: of the thing itself. */
  readonly node: string | undefined
  readonly name: string
  /** Absent: the thing did not know it. */
  readonly before: string | undefined
  readonly value: string
  /** As `ControlWay`, or what another thing calls it. */
  readonly way: string
  /** Who else decided that it may be, and when; for people. Absent: the thing itself. */
  readonly decision: string | undefined
  /** Why it could not be set; absent: it was. */
  readonly error: string | undefined
}

const commanding: Skill = { ns: () => COMMANDS_NS, what: 'record' }

/**
 * What was set of a thing lately and by whom, for whom it belongs to; the oldest first. It asks for an ad-hoc command of
 * things that offer them with `adHoc`.
 *
 * @throws NotAuthorizedError, NotSupportedError for things without a record, UnreachableError, RefusedError, JidError, or
 *   the signal's reason
 */
export async function controlLog(
  client: ThingClient,
  jid: string,
  options: AskOptions = {},
): Promise<readonly ToldRecord[]> {
  const { jid: peer } = await peerOf(client, jid, { signal: options.signal }, commanding)
  const asked = { node: RECORD_NODE, action: 'execute' }
  try {
    const { form } = await client.iq.set(Command, peer, asked, Command, options)
    return (form?.items ?? []).flatMap(({ fields }) => recordIn({ type: 'result', fields }))
  } catch (error) {
    throw error instanceof StanzaError ? refusalOf(error, peer) : error
  }
}

/** What cannot be understood is left out. */
function recordIn(row: DataForm): readonly ToldRecord[] {
  const cell = (column: Column): string | undefined => valueOf(row, column) || undefined
  const [at, name] = [cell('at'), cell('name')]
  const from = tryJid(cell('from') ?? '')
  if (at === undefined || name === undefined || !from) return []
  const told = { name, value: cell('value') ?? '', way: cell('way') ?? '' }
  const known = {
    node: cell('node'),
    before: cell('before'),
    decision: cell('decision'),
    error: cell('error'),
  }
  return dateIn(at).map(date => ({ at: date, from: bareOf(from), ...told, ...known }))
}

function dateIn(text: string): readonly Date[] {
  try {
    return [parseDateTime(text)]
  } catch {
    return []
  }
}
