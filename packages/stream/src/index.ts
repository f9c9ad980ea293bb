/** One XML stream, both roles, without I/O: header, features, TLS, SASL, bind (RFC 6120 §4-§7), counting (XEP-0198). */
export { HandledCounter, UnackedQueue } from './counting.ts'
export { faultOf, type HeaderFields, openStream, speaksVersion1, streamsNs } from './header.ts'
export {
  type ChannelBindingType,
  type Clock,
  channelBindingTypes,
  type Random,
  randomId,
  type Timer,
  type TlsFacts,
  type Transport,
  type TransportOwner,
} from './port.ts'
export { Responder, type ResponderOwner, type ResponderPolicy } from './responder.ts'
export * from './sasl/index.ts'
export { type StreamOwner, XmlStream, type XmlStreamOptions } from './xml-stream.ts'
