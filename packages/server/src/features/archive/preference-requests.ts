/** Owners say what is archived. XEP-0441 §2. */
import type { Jid } from '@waxwing/jid'
import { type ArchivePreferences, CLIENT_NS, stanzaError } from '@waxwing/protocol'
import { type Wire, writeWire } from '@waxwing/xml'
import { type IqHandler, onGet, onSet } from '../../kernel/feature.ts'
import type { ArchivePolicy, Preferences } from './preferences.ts'
import { forbidden } from './queries.ts'

/** The handlers of one namespace. */
export function preferenceHandlers(wire: Wire<ArchivePreferences>, policy: ArchivePolicy): IqHandler[] {
  const write = ({ rule, always, never }: Preferences): string =>
    writeWire(wire, { rule, always: { jids: always }, never: { jids: never } }, CLIENT_NS)
  return [
    onGet(wire, 'self', async ({ account }) => write(await policy.of(account))),
    onSet(wire, 'self', async ({ account, payload }) => {
      const { rule, always, never } = payload
      if (rule === undefined) throw stanzaError('bad-request', "'default' is missing")
      const preferences = { rule, always: listed(always?.jids), never: listed(never?.jids) }
      await policy.change(account, preferences)
      return write(preferences)
    }),
    onGet(wire, 'account', forbidden),
    onSet(wire, 'account', forbidden),
  ]
}

function listed(jids: readonly Jid[] = []): readonly Jid[] {
  return [...new Set(jids)]
}
