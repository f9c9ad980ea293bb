// Message delivery receipts (XEP-0184).
import { attr, element, string, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:receipts'

/** In a message with an id: please tell when it has arrived. XEP-0184 §7. */
export const ReceiptRequest: Wire<Empty> = element(NS, 'request', {})

/** It has arrived. XEP-0184 §7. */
export interface Receipt {
  /** The id of the message. */
  readonly id: string
}
export const Receipt: Wire<Receipt> = element(NS, 'received', { id: attr('id', string) })
