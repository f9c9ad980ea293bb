/** Answers to queries: every message by itself, then the end. XEP-0313 §4.2, §4.3. */
import { ArchiveFin, ArchiveMetadata, ArchiveResult, CLIENT_NS } from '@waxwing/protocol'
import { escapeAttr, writeWire } from '@waxwing/xml'
import { forwarded } from '../../router/forwarded.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import type { ArchiveEntry, ArchivePage } from './pages.ts'

/** One result, past everything that holds back what may wait: it was asked for. */
export function sendResult(session: ClientSession, entry: ArchiveEntry, queryId: string | undefined): void {
  const query = queryId === undefined ? '' : ` queryid='${escapeAttr(queryId)}'`
  const open = `<${ArchiveResult.name} xmlns='${ArchiveResult.ns}'${query} id='${escapeAttr(entry.value.uid)}'>`
  const payload = `${open}${forwarded(entry.value.stanza, entry.at)}</${ArchiveResult.name}>`
  session.transmit(Stanza.composed({ kind: 'message', from: session.account.jid, to: session.jid }, payload))
}

/** What ends the results. */
export function finOf({ entries, isComplete, count, index }: ArchivePage): string {
  const first = entries[0]
  const last = entries.at(-1)
  const page = {
    first: first && { id: first.value.uid, index },
    last: last?.value.uid,
    count,
  }
  return writeWire(ArchiveFin, { isComplete, page }, CLIENT_NS)
}

export function metadataOf(ends: readonly [ArchiveEntry, ArchiveEntry] | undefined): string {
  if (!ends) return writeWire(ArchiveMetadata, {}, CLIENT_NS)
  const [start, end] = ends.map(({ at, value }) => ({ id: value.uid, timestamp: new Date(at) }))
  return writeWire(ArchiveMetadata, { start, end }, CLIENT_NS)
}
