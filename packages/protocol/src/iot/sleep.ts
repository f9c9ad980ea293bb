// Things that sleep: what they say before, who keeps their last values, and settings that wait. A profile of our own,
// described in docs/sleeping-things.md.
import type { BareJid, Jid } from '@waxwing/jid'
import {
  attr,
  CodecError,
  child,
  children,
  dateTime,
  element,
  formatDateTime,
  type InputOf,
  mapped,
  oneOf,
  parseDateTime,
  string,
  type TypeOf,
  text,
  type Wire,
} from '@waxwing/xml'
import { anyJid, bareJid } from '../jids.ts'
import type { NodeRef, ReadoutReport } from './readout.ts'
import { sensorData } from './sensor-data.ts'
import { maxIdLength, maxNameLength } from './sensor-limits.ts'
import * as nodes from './sensor-short-values.ts'

/** The namespace, and the feature to announce. */
export const sleepNs = 'urn:waxwing:sleep:0'

/** What a thing says in its last presence, of type `unavailable`. */
export interface Asleep {
  /** When its last values were so. */
  readonly since: Date
  /** When it wakes; absent: that is not known. */
  readonly until?: Date | undefined
  /** Who tells its last values meanwhile; absent: nobody. */
  readonly keeper?: Jid | undefined
}
export const Asleep: Wire<Asleep> = element(sleepNs, 'asleep', {
  since: attr('since', dateTime),
  until: attr('until', dateTime).maybe(),
  keeper: attr('keeper', anyJid).maybe(),
})

/**
 * The same for people, as the status of that presence. It is all that servers keep for those who come later
 * (XEP-0012 §4), and so it can be read, too.
 */
export function asleepStatus({ since, until, keeper }: Asleep): string {
  const end = until ? ` until ${formatDateTime(until)}` : ''
  const place = keeper === undefined ? '' : ` at ${keeper}`
  return `Asleep${end}. Last values of ${formatDateTime(since)}${place}.`
}

const status = /^Asleep(?: until (\S{1,64}))?\. Last values of (\S{1,64}?)(?: at (\S{1,3071}))?\.$/

/** Reads what `asleepStatus` writes; `undefined` for anything else. */
export function asleepIn(text: string): Asleep | undefined {
  const [, until, since, keeper] = status.exec(text) ?? []
  if (since === undefined) return undefined
  try {
    return {
      since: parseDateTime(since),
      until: until === undefined ? undefined : parseDateTime(until),
      keeper: keeper === undefined ? undefined : anyJid.parse(keeper),
    }
  } catch {
    // Somebody has written it by hand.
    return undefined
  }
}

/** A node of a thing, and what somebody may hear of it. */
export interface ReadableNode {
  readonly node: NodeRef
  /** Names of fields; empty: all. */
  readonly fields: readonly string[]
}

/** Who may hear the last values of a thing: where neither fields nor nodes are named, all of them. */
export interface Reader {
  readonly jid: BareJid
  /** Names of fields of the thing itself. */
  readonly fields: readonly string[]
  readonly nodes: readonly ReadableNode[]
}

/** Last values, for a keeper. What does not fit into one stanza comes in several of one `report.id`. */
export interface Leaving {
  readonly readers: readonly Reader[]
  readonly report: ReadoutReport
}

const fieldName = element(sleepNs, 'f', { name: attr('n', string) })
const readableNode: Wire<ReadableNode> = mapped(
  element(sleepNs, 'nd', { ...nodes.nodeAttributes, fields: children(fieldName) }),
  ({ fields, ...raw }): ReadableNode => {
    const node = nodes.readNode(raw)
    if (!node) throw new CodecError('the node has no id')
    return { node, fields: fields.map(({ name }) => name) }
  },
  ({ node, fields }) => ({ ...nodes.writeNode(node), fields: fields.map(name => ({ name })) }),
)
const reader = element(sleepNs, 'reader', {
  jid: attr('jid', bareJid),
  fields: children(fieldName),
  nodes: children(readableNode),
})
const leaving = element(sleepNs, 'leave', {
  readers: children(reader),
  report: child(sensorData('nfi').report),
})

export const Leaving: Wire<Leaving> = mapped(
  leaving,
  ({ readers, report }): Leaving => ({
    readers: readers.map(one => ({ ...one, fields: one.fields.map(({ name }) => name) })),
    report,
  }),
  ({ readers, report }): InputOf<typeof leaving> => ({
    readers: readers.map(one => ({ ...one, fields: one.fields.map(name => ({ name })) })),
    report,
  }),
)

/** What a thing says that leaves nothing any more: all that it has left is forgotten. */
export interface Forget {}
export const Forget: Wire<Forget> = element(sleepNs, 'forget', {})

/** A setting as a text. */
export interface LaterSetting {
  readonly name: string
  readonly text: string
}

/** Settings that a thing shall take when it wakes. */
export interface Later {
  /** Chosen by the sender. */
  readonly id: string
  /** Of one sender's settings with the same key the newest counts. */
  readonly key: string
  /** From then on it is too late. */
  readonly until: Date
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  readonly settings: readonly LaterSetting[]
}

/** Settings and nodes in one message. */
const maxSettings = 100

const later = element(sleepNs, 'later', {
  id: attr('id', string),
  key: attr('key', string),
  until: attr('until', dateTime),
  nodes: children(element(sleepNs, 'nd', nodes.nodeAttributes)),
  settings: children(element(sleepNs, 'p', { name: attr('n', string), text: attr('v', string) })),
})

function laterFrom({ id, key, until, nodes: refs, settings }: TypeOf<typeof later>): Later {
  if (id.length > maxIdLength || key.length > maxNameLength) throw new CodecError('the id or key is too long')
  if (settings.length === 0 || settings.length + refs.length > maxSettings)
    throw new CodecError('too much is set at once, or nothing')
  return { id, key, until, nodes: refs.flatMap(ref => nodes.readNode(ref) ?? []), settings }
}

export const Later: Wire<Later> = mapped(
  later,
  laterFrom,
  ({ nodes: refs, ...plain }): InputOf<typeof later> => ({ ...plain, nodes: refs.map(nodes.writeNode) }),
)

/** `replaced`: a newer one with its key was there when the thing woke. */
export const laterFates = ['done', 'replaced', 'expired', 'refused'] as const
export type LaterFate = (typeof laterFates)[number]

/** What became of settings that waited. */
export interface Fate {
  readonly id: string
  readonly is: LaterFate
  /** Why, for people; empty if not said. */
  readonly why?: string | undefined
}
export const Fate: Wire<Fate> = element(sleepNs, 'fate', {
  id: attr('id', string),
  is: attr('is', oneOf(...laterFates)),
  why: text(string).or(''),
})
