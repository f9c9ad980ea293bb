/** SASL PLAIN: RFC 4616. Only ever over TLS (RFC 6120 §13.8.3); the caller sees to that. */
import { opaqueString, usernameCaseMapped } from '@waxwing/jid'
import { accountName, isOwnIdentity } from './authorization.ts'
import { preparedOrRefused } from './credentials.ts'
import {
  emptyChallenge,
  failure,
  SaslError,
  type SaslInitiator,
  type SaslResponder,
  type SaslStep,
} from './exchange.ts'
import { after, type Now } from './now.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export interface PlainResponderOptions {
  /** Domain of the accounts, prepared. */
  readonly domain: string
  /** Whether the password is the account's. Takes equally long for unknown accounts. */
  verify(username: string, password: string): Now<boolean>
}

/** The accepting side of PLAIN. */
export class PlainResponder implements SaslResponder {
  readonly #options: PlainResponderOptions

  constructor(options: PlainResponderOptions) {
    this.#options = options
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    if (data === undefined) return emptyChallenge()
    const [authzid, name, password, ...more] = decodeUtf8(data)?.split('\0') ?? []
    if (!name || !password || more.length > 0) return failure('malformed-request')
    const username = accountName(name, this.#options.domain)
    if (username === undefined) return failure('not-authorized')
    return after(this.#options.verify(username, password), isRight => {
      if (!isRight) return failure('not-authorized')
      if (!isOwnIdentity(authzid || undefined, username, this.#options.domain))
        return failure('invalid-authzid')
      return { kind: 'success', username }
    })
  }
}

export interface PlainInitiatorOptions {
  readonly username: string
  readonly password: string
  /** Bare address to act as; absent means the account itself. */
  readonly authzid?: string
}

/** The side that logs in with PLAIN. The password goes to the server as it is. */
export class PlainInitiator implements SaslInitiator {
  readonly mechanism = 'PLAIN'
  readonly #options: PlainInitiatorOptions

  constructor(options: PlainInitiatorOptions) {
    this.#options = options
  }

  start(): Uint8Array {
    const { username, password, authzid = '' } = this.#options
    if (authzid.includes('\0')) throw new SaslError('bad-credentials', 'An address cannot hold a NUL')
    const name = preparedOrRefused(usernameCaseMapped, username)
    const secret = preparedOrRefused(opaqueString, password)
    return encodeUtf8(`${authzid}\0${name}\0${secret}`)
  }

  respond(): Uint8Array {
    throw new SaslError('malformed-challenge', 'PLAIN knows no challenges')
  }

  succeed(): void {}
}
