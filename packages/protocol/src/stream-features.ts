// What a server offers on a stream (RFC 6120 §4.3.2).
import { child, type Element, element, flag, rest, type Wire, writeWire } from '@waxwing/xml'
import { Bind } from './bind.ts'
import { Caps } from './caps.ts'
import { ChannelBindings, Mechanisms } from './sasl.ts'
import { Sasl2Feature } from './sasl2.ts'
import { prefixed } from './stream-errors.ts'
import { SmFeature } from './stream-management.ts'
import { STREAMS_NS, StartTls } from './streams.ts'

/** The step of RFC 3921 §3 that does nothing any more; offered for old clients. */
export interface SessionFeature {
  /** A client that knows better may leave the step out. */
  readonly optional?: boolean | undefined
}
export const SessionFeature: Wire<SessionFeature> = element(
  'urn:ietf:params:xml:ns:xmpp-session',
  'session',
  {
    optional: flag('optional'),
  },
)

/** Features of a stream; each is absent when it is not on offer. */
export interface StreamFeatures {
  /** RFC 6120 §5.4.1. */
  readonly startTls?: StartTls | undefined
  /** RFC 6120 §6.4.1. */
  readonly mechanisms?: Mechanisms | undefined
  /** XEP-0388 §2.1. */
  readonly sasl2?: Sasl2Feature | undefined
  /** XEP-0440 §2. */
  readonly channelBindings?: ChannelBindings | undefined
  /** RFC 6120 §7.4. */
  readonly bind?: Bind | undefined
  /** RFC 3921 §3. */
  readonly session?: SessionFeature | undefined
  /** Accounts can be registered in-band. XEP-0077 §8. */
  readonly register?: boolean | undefined
  /** XEP-0198 §2. */
  readonly streamManagement?: SmFeature | undefined
  /** XEP-0352 §4. */
  readonly clientState?: boolean | undefined
  /** The server's own capabilities. XEP-0115 §6.3. */
  readonly caps?: Caps | undefined
  /** RFC 6121 §2.6.1. */
  readonly rosterVersioning?: boolean | undefined
  /** RFC 6121 §3.4. */
  readonly preApproval?: boolean | undefined
  /** Features without a schema here, as they came. */
  readonly others?: readonly Element[] | undefined
}

export const StreamFeatures: Wire<StreamFeatures> = element(STREAMS_NS, 'features', {
  startTls: child(StartTls).maybe(),
  mechanisms: child(Mechanisms).maybe(),
  sasl2: child(Sasl2Feature).maybe(),
  channelBindings: child(ChannelBindings).maybe(),
  bind: child(Bind).maybe(),
  session: child(SessionFeature).maybe(),
  register: flag('register', 'http://jabber.org/features/iq-register'),
  streamManagement: child(SmFeature).maybe(),
  clientState: flag('csi', 'urn:xmpp:csi:0'),
  caps: child(Caps).maybe(),
  rosterVersioning: flag('ver', 'urn:xmpp:features:rosterver'),
  preApproval: flag('sub', 'urn:xmpp:features:pre-approval'),
  others: rest,
})

/** The features as text for a stream whose header binds the prefix `stream` (RFC 6120 §4.8.5). */
export function writeStreamFeatures(features: StreamFeatures): string {
  return prefixed(writeWire(StreamFeatures, features, STREAMS_NS))
}
