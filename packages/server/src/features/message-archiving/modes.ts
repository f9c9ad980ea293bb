/** Modes of the old protocol as preferences of the archive, and back. XEP-0136 §2, XEP-0441. */
import type { Jid } from '@waxwing/jid'
import type { ArchivingModes, SaveMode } from '@waxwing/protocol'
import type { Preferences } from '../archive/preferences.ts'

const otr = 'concede'

/** What is archived counts as saved whole, though only bodies are to be had this way. */
function saved(isSaved: boolean): SaveMode {
  return isSaved ? 'body' : 'false'
}

/** §2.2: everything a client has to be told. A rule for contacts alone has no word here and counts as saving. */
export function modesOf({ rule, always, never }: Preferences): ArchivingModes {
  const item = (isSaved: boolean) => (jid: Jid) => ({ jid, otr, save: saved(isSaved) }) as const
  return {
    auto: { save: rule !== 'never' },
    standard: { otr, save: saved(rule !== 'never') },
    items: [...always.map(item(true)), ...never.map(item(false))],
    methods: [
      { type: 'auto', use: 'prefer' },
      { type: 'local', use: 'concede' },
      { type: 'manual', use: 'forbid' },
    ],
  }
}

/** The preferences with what a client has changed of the modes. §2.4, §2.5 */
export function changed(present: Preferences, { standard, items = [] }: ArchivingModes): Preferences {
  let { rule } = present
  if (standard?.save === 'false') rule = 'never'
  // Saving in general does not widen a rule that already saves something.
  else if (standard?.save !== undefined && rule === 'never') rule = 'always'
  const { always, never } = without(
    present,
    items.map(({ jid }) => jid),
  )
  for (const { jid, save } of items) (save === 'false' ? never : always).push(jid)
  return { rule, always, never }
}

/** The preferences without those for certain addresses. §2.5 */
export function without(
  { rule, always, never }: Preferences,
  jids: readonly Jid[],
): { rule: Preferences['rule']; always: Jid[]; never: Jid[] } {
  const stays = (jid: Jid): boolean => !jids.includes(jid)
  return { rule, always: always.filter(stays), never: never.filter(stays) }
}
