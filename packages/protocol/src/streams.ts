// Streams (RFC 6120 §4): header namespace and the nonzas of STARTTLS (§5).
import { element, flag, type Wire } from '@waxwing/xml'

/** The namespace of the stream element, its features and its error. RFC 6120 §4.8.1. */
export const STREAMS_NS = 'http://etherx.jabber.org/streams'

const TLS_NS = 'urn:ietf:params:xml:ns:xmpp-tls'

/** An element that says everything by its name: reads as an object without fields. */
export type Empty = object

/** STARTTLS as a feature, and the client's wish to begin. RFC 6120 §5.4.1, §5.4.2.1. */
export interface StartTls {
  /** Nothing else may be negotiated before. */
  readonly required?: boolean | undefined
}
export const StartTls: Wire<StartTls> = element(TLS_NS, 'starttls', { required: flag('required') })

/** The handshake may begin. RFC 6120 §5.4.2.3. */
export const TlsProceed: Wire<Empty> = element(TLS_NS, 'proceed', {})

/** No handshake: the stream ends. RFC 6120 §5.4.2.2. */
export const TlsFailure: Wire<Empty> = element(TLS_NS, 'failure', {})
