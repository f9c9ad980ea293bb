// Info/Query stanzas (RFC 6120 §8.2.3).
import type { Jid } from '@waxwing/jid'
import { any, attr, child, type Element, element, lang, oneOf, string, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'
import { type ErrorPayload, errorIn } from './stanza-errors.ts'
import { CLIENT_NS, COMPONENT_NS, type IqType, iqTypes, SERVER_NS } from './stanzas.ts'

/** A whole iq stanza, its payload as a tree. RFC 6120 §8.2.3. */
export interface Iq {
  readonly to?: Jid | undefined
  readonly from?: Jid | undefined
  readonly id: string
  readonly type: IqType
  readonly lang?: string | undefined
  /** What is asked or answered; may be absent in a result; in an error perhaps a copy of the request. */
  readonly payload?: Element | undefined
  readonly error?: ErrorPayload | undefined
}

function iqWire(ns: string): Wire<Iq> {
  return element(ns, 'iq', {
    to: attr('to', anyJid).maybe(),
    from: attr('from', anyJid).maybe(),
    id: attr('id', string),
    type: attr('type', oneOf(...iqTypes)),
    lang,
    payload: any().maybe(),
    error: child(errorIn(ns)).maybe(),
  })
}

const clientIq = iqWire(CLIENT_NS)
const serverIq = iqWire(SERVER_NS)
const componentIq = iqWire(COMPONENT_NS)

/** The schema of iq stanzas in a content namespace. */
export function iqIn(ns: string): Wire<Iq> {
  if (ns === CLIENT_NS) return clientIq
  if (ns === SERVER_NS) return serverIq
  return ns === COMPONENT_NS ? componentIq : iqWire(ns)
}
