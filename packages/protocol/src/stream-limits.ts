// What a stream takes (XEP-0478).
import { count, element, textChild, type Wire } from '@waxwing/xml'

/** Shown among the stream features. XEP-0478 §3.1. */
export interface StreamLimits {
  /** The largest element taken. */
  readonly maxBytes?: number | undefined
  /** Silence after which the stream may be ended. */
  readonly idleSeconds?: number | undefined
}
export const StreamLimits: Wire<StreamLimits> = element('urn:xmpp:stream-limits:0', 'limits', {
  maxBytes: textChild('max-bytes', count).maybe(),
  idleSeconds: textChild('idle-seconds', count).maybe(),
})
