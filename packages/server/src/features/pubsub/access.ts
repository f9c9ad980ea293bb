/** Who may do what at a node: decided here and nowhere else. XEP-0060 §4.1, §4.5. */
import type { Jid } from '@waxwing/jid'
import { type AccessModel, type StanzaError, stanzaError } from '@waxwing/protocol'
import { affiliationOf, isSubscribed, type PubsubNode, type Relation } from './node.ts'
import { forbidden, refusal } from './refusals.ts'

type Judge = (node: PubsubNode, who: Jid, relation: Relation) => StanzaError | undefined

/** What access models ask of those without affiliation. */
const judges: Readonly<Record<AccessModel, Judge>> = {
  open: () => undefined,
  presence: (_node, _who, { seesPresence }) =>
    seesPresence
      ? undefined
      : refusal('not-authorized', 'presence-subscription-required', 'This is for those who see the presence'),
  roster: ({ config }, _who, { seesPresence, groups }) =>
    seesPresence && groups.some(group => config.rosterGroups.includes(group))
      ? undefined
      : refusal('not-authorized', 'not-in-roster-group', 'This is for some groups of the roster'),
  authorize: (node, who) =>
    isSubscribed(node, who)
      ? undefined
      : refusal('not-authorized', 'not-subscribed', 'This is for subscribers'),
  whitelist: () => refusal('not-allowed', 'closed-node', 'This is for those on a list'),
}

/** Why somebody may not read the items; `undefined`: they may. XEP-0060 §6.5.1, §6.5.9. */
export const whyNotRead: Judge = (node, who, relation) => {
  switch (affiliationOf(node, who, relation)) {
    case 'owner':
    case 'publisher':
    case 'member':
      return undefined
    case 'outcast':
    case 'publish-only':
      return stanzaError('forbidden')
    case 'none':
      return judges[node.config.accessModel](node, who, relation)
  }
}

/** Why somebody may not subscribe; with access model `authorize` anybody may ask. XEP-0060 §6.1.3. */
export const whyNotSubscribe: Judge = (node, who, relation) => {
  const asks = node.config.accessModel === 'authorize' && affiliationOf(node, who, relation) === 'none'
  return asks ? undefined : whyNotRead(node, who, relation)
}

/** Why somebody may not publish. XEP-0060 §7.1.3.1. */
export const whyNotPublish: Judge = (node, who, relation) => {
  const { publishModel } = node.config
  switch (affiliationOf(node, who, relation)) {
    case 'owner':
    case 'publisher':
    case 'publish-only':
      return undefined
    case 'outcast':
      return forbidden()
    case 'member':
    case 'none':
      if (publishModel === 'open') return undefined
      return publishModel === 'subscribers' && isSubscribed(node, who) ? undefined : forbidden()
  }
}
