// What sniffers tell: the talk of a node with its device, to find faults. The short family only (IEEE 1451.99).
import { attr, base64Lines, children, choice, element, string, text, type Wire } from '@waxwing/xml'
import type { Spelling } from './concentrator-fields.ts'
import { type Timestamp, timestamp } from './timestamp.ts'

/** Kinds of what is told as a text. */
export const sniffTextKinds = ['rx', 'tx', 'info', 'warning', 'error', 'exception'] as const
export type SniffTextKind = (typeof sniffTextKinds)[number]

/** Something a sniffer has noticed: bytes or texts that were received or sent, remarks, and that it has come to its end. */
export type SniffEvent =
  | { readonly kind: 'rxBin' | 'txBin'; readonly data: Uint8Array }
  | { readonly kind: SniffTextKind; readonly text: string }
  | { readonly kind: 'expired' }

/** What one sniffer has noticed at a time, in its order. */
export interface Sniff {
  readonly snifferId: string
  readonly at: Timestamp
  readonly events: readonly SniffEvent[]
}

export function sniffWire({ ns }: Spelling): Wire<Sniff> {
  const bytes = (kind: string) => element(ns, kind, { data: text(base64Lines) })
  const words = (kind: string) => element(ns, kind, { text: text(string) })
  const events = choice({
    rxBin: bytes('rxBin'),
    txBin: bytes('txBin'),
    rx: words('rx'),
    tx: words('tx'),
    info: words('info'),
    warning: words('warning'),
    error: words('error'),
    exception: words('exception'),
    expired: element(ns, 'expired', {}),
  })
  return element(ns, 'sniff', {
    snifferId: attr('snifferId', string),
    at: attr('timestamp', timestamp),
    events: children(events),
  })
}
