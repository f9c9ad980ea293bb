// Data somewhere else (XEP-0066).
import { attr, element, string, textChild, type Wire } from '@waxwing/xml'

/** Where something is, in a message. XEP-0066 §3. */
export interface OutOfBand {
  readonly url: string
  readonly desc?: string | undefined
}
export const OutOfBand: Wire<OutOfBand> = element('jabber:x:oob', 'x', {
  url: textChild('url', string),
  desc: textChild('desc', string).maybe(),
})

/** Please fetch it; the answer says how that went. XEP-0066 §2. */
export interface OutOfBandRequest extends OutOfBand {
  /** The stream (XEP-0095) it belongs to. */
  readonly sid?: string | undefined
}
export const OutOfBandRequest: Wire<OutOfBandRequest> = element('jabber:iq:oob', 'query', {
  sid: attr('sid', string).maybe(),
  url: textChild('url', string),
  desc: textChild('desc', string).maybe(),
})
