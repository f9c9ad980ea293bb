// Components that connect to their server (XEP-0114).
import { element, string, text, type Wire } from '@waxwing/xml'
import { COMPONENT_NS } from './stanzas.ts'

/** The component proves that it knows the secret; the server answers with an empty one. XEP-0114 §3. */
export interface Handshake {
  /** SHA-1 of stream id and secret in lower-case hexadecimal digits; empty in the answer. */
  readonly digest: string
}
export const Handshake: Wire<Handshake> = element(COMPONENT_NS, 'handshake', { digest: text(string) })
