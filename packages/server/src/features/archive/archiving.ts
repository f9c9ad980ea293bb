/** What belongs into an archive: the rules of XEP-0313 §6.1.1 and XEP-0334 §4 on plain data. */
import { messageType } from '../../router/rules.ts'
import { trait } from '../../router/traits.ts'

/** What may not be kept, whatever else it says; a carbon among its children is only pretended. */
const unwanted = trait.noStore | trait.noPermanentStore | trait.copy
/** What makes a conversation, with body or without. */
const content = trait.body | trait.lasting

/**
 * Whether a message is worth archiving.
 *
 * @param type as on the wire
 * @param traits what it carries: `Stanza.traits`
 */
export function isArchived(type: string | undefined, traits: number): boolean {
  const kind = messageType(type)
  // Rooms have archives of their own, and an error only repeats what failed.
  if (kind === 'error' || kind === 'groupchat' || (traits & unwanted) !== 0) return false
  if ((traits & trait.store) !== 0) return true
  if (kind === 'headline') return false
  return (traits & content) !== 0 || (kind === 'normal' && (traits & trait.room) !== 0)
}
