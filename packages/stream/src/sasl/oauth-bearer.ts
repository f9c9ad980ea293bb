/** SASL OAUTHBEARER: a token that somebody else has handed out. RFC 7628. Only ever over TLS; the caller sees to that. */
import { isOwnIdentity } from './authorization.ts'
import { failure, SaslError, type SaslInitiator, type SaslResponder, type SaslStep } from './exchange.ts'
import { after, type Now } from './now.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export interface OAuthBearerResponderOptions {
  /** Domain of the accounts, prepared. */
  readonly domain: string
  /** Whom a token lets in, prepared; `undefined`: nobody. */
  verify(token: string): Now<string | undefined>
}

/** What a client is told before the failure, in JSON. §3.2.2 */
const invalidToken = '{"status":"invalid_token"}'

/** The accepting side. */
export class OAuthBearerResponder implements SaslResponder {
  readonly #options: OAuthBearerResponderOptions
  /** The client has been told why; whatever it says, the failure follows. */
  #isRefused = false

  constructor(options: OAuthBearerResponderOptions) {
    this.#options = options
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    if (this.#isRefused) return failure('not-authorized')
    if (data === undefined) return { kind: 'challenge', data: new Uint8Array() }
    const message = readMessage(data)
    if (!message) return failure('malformed-request')
    const { domain } = this.#options
    return after(this.#options.verify(message.token), username => {
      if (username === undefined) return this.#refuse()
      if (!isOwnIdentity(message.authzid, username, domain)) return failure('invalid-authzid')
      return { kind: 'success', username }
    })
  }

  #refuse(): SaslStep {
    this.#isRefused = true
    return { kind: 'challenge', data: encodeUtf8(invalidToken) }
  }
}

/** §3.1: a GS2 header without channel binding, then pairs between the octets 0x01, of which `auth` counts. */
function readMessage(data: Uint8Array): { authzid: string | undefined; token: string } | undefined {
  const [header = '', ...parts] = decodeUtf8(data)?.split('\x01') ?? []
  const gs2 = /^[ny],(?:a=([^,]+))?,$/.exec(header)
  // the last pair is closed by one 0x01, and the message by another
  if (!gs2 || parts.pop() !== '' || parts.pop() !== '') return undefined
  const auth = parts.find(part => part.startsWith('auth='))?.slice(5)
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(auth ?? '')?.[1]
  if (token === undefined) return undefined
  const authzid = gs2[1]?.replaceAll('=2C', ',').replaceAll('=3D', '=')
  return { authzid, token }
}

export interface OAuthBearerInitiatorOptions {
  readonly token: string
  /** Bare address to log in as. */
  readonly authzid: string
  /** Whether the server has refused another token on this stream. Default `false`. */
  readonly isSecond?: boolean
}

/** The side that logs in. The token goes to the server as it is. */
export class OAuthBearerInitiator implements SaslInitiator {
  readonly mechanism = 'OAUTHBEARER'
  readonly token: string
  readonly isSecond: boolean
  readonly #authzid: string

  constructor({ token, authzid, isSecond = false }: OAuthBearerInitiatorOptions) {
    this.token = token
    this.isSecond = isSecond
    this.#authzid = authzid
  }

  start(): Uint8Array {
    // RFC 6750 §2.1; anything else could end the pair it stands in
    if (!/^[A-Za-z0-9._~+/-]+=*$/.test(this.token))
      throw new SaslError('bad-credentials', 'The token is empty or has characters that it cannot have')
    const authzid = this.#authzid.replaceAll('=', '=3D').replaceAll(',', '=2C')
    return encodeUtf8(`n,a=${authzid},\x01auth=Bearer ${this.token}\x01\x01`)
  }

  /** The server says why it will refuse: it wants to hear that this was understood. §3.2.3 */
  respond(): Uint8Array {
    return Uint8Array.of(1)
  }

  succeed(): void {}
}
