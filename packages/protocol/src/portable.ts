// Accounts as they go from one server to another (XEP-0227).
import { attr, base64, count, element, string, type TextCodec, textChild, type Wire } from '@waxwing/xml'

const scramNs = 'urn:xmpp:pie:0#scram'

/** The namespace of the format. XEP-0227 §4. */
export const PIE_NS = 'urn:xmpp:pie:0'

/** Keys of one SCRAM mechanism, named without `-PLUS`. XEP-0227 §4.3. */
export interface ScramCredentials {
  readonly mechanism: string
  readonly iterations: number
  readonly salt: Uint8Array
  readonly serverKey: Uint8Array
  readonly storedKey: Uint8Array
}
const bytes: TextCodec<Uint8Array> = base64
export const ScramCredentials: Wire<ScramCredentials> = element(scramNs, 'scram-credentials', {
  mechanism: attr('mechanism', string),
  iterations: textChild('iter-count', count),
  salt: textChild('salt', bytes),
  serverKey: textChild('server-key', bytes),
  storedKey: textChild('stored-key', bytes),
})
