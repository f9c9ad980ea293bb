// Stanza forwarding (XEP-0297).
import { any, child, type Element, element, type Wire } from '@waxwing/xml'
import { Delay } from './delay.ts'

/** A stanza inside another one. XEP-0297 §3. */
export interface Forwarded {
  /** When the forwarding entity got it. */
  readonly delay?: Delay | undefined
  /** In its own content namespace. */
  readonly stanza: Element
}
export const Forwarded: Wire<Forwarded> = element('urn:xmpp:forward:0', 'forwarded', {
  delay: child(Delay).maybe(),
  stanza: any(),
})
