// Reports of abuse that go along with a block (XEP-0377).
import { attr, children, element, flag, string, type Wire } from '@waxwing/xml'
import { type LangText, langText } from './lang-text.ts'
import { StanzaId } from './stanza-ids.ts'

const NS = 'urn:xmpp:reporting:1'

/** Reasons that are defined. XEP-0377 §4. */
export const reportReasons = { spam: 'urn:xmpp:reporting:spam', abuse: 'urn:xmpp:reporting:abuse' } as const

/** Why somebody is blocked. XEP-0377 §4. */
export interface Report {
  /** One of `reportReasons`, or another one. */
  readonly reason: string
  /** Messages that show it. §6. */
  readonly stanzaIds?: readonly StanzaId[] | undefined
  readonly texts?: readonly LangText[] | undefined
  /** The server the messages came from may hear of it. §5. */
  readonly reportOrigin?: boolean | undefined
  /** Others who fight abuse may hear of it. §5. */
  readonly thirdParty?: boolean | undefined
}
export const Report: Wire<Report> = element(NS, 'report', {
  reason: attr('reason', string),
  stanzaIds: children(StanzaId),
  texts: children(langText(NS, 'text')),
  reportOrigin: flag('report-origin'),
  thirdParty: flag('third-party'),
})
