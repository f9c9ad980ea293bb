/** What the login profiles of an initiating stream share: steps that may wait, and how logins end. */
import { opaqueString } from '@waxwing/jid'
import type { SaslFailureCondition, UpgradeSalt } from '@waxwing/protocol'
import { AuthError, XmppError } from './initiator-errors.ts'
import type { InitiatorLink } from './initiator-link.ts'
import type { LoginRules } from './initiator-login.ts'
import { preparedOrRefused } from './sasl/credentials.ts'
import type { ScramHash } from './sasl/crypto.ts'
import { SaslError } from './sasl/exchange.ts'
import type { Now } from './sasl/now.ts'
import { defaultMaxIterations, defaultMinIterations } from './sasl/scram-initiator.ts'
import { encodeUtf8 } from './sasl/utf8.ts'

export class LoginSteps {
  readonly #link: InitiatorLink
  readonly #domain: string
  readonly #abort: () => void

  /** `abort`: the server is told that this side gives up, if a login is under way. */
  constructor(link: InitiatorLink, domain: string, abort: () => void) {
    this.#link = link
    this.#domain = domain
    this.#abort = abort
  }

  /** Runs a step of the login; while it waits, nothing more is read. */
  run(step: () => Now<void>): void {
    let done: Now<void>
    try {
      done = step()
    } catch (error) {
      return this.#giveUp(error)
    }
    if (!(done instanceof Promise)) return
    const { stream } = this.#link
    stream.slicer.pause()
    done.then(
      () => {
        if (!stream.isOver) stream.slicer.resume()
      },
      (error: unknown) => this.#giveUp(error),
    )
  }

  /** The server has refused the login. RFC 6120 §6.5. */
  refused(
    mechanism: string | undefined,
    failure: { readonly condition: SaslFailureCondition; readonly text?: string | undefined },
  ): void {
    const { condition, text } = failure
    const said = text === undefined ? '' : ` ("${text}")`
    const advice = condition === 'not-authorized' ? adviceFor(mechanism) : ''
    this.#link.end(
      new AuthError(
        condition,
        `${this.#domain} refused the login by ${mechanism} with ${condition}${said}${advice}`,
        { retryable: condition === 'temporary-auth-failure' },
      ),
    )
  }

  /** SaltedPassword for keys the server lacks: XEP-0480 §3, RFC 5802 §3. */
  async saltedPassword(rules: LoginRules, hash: ScramHash, salt: UpgradeSalt): Promise<Uint8Array> {
    const { credentials, crypto } = rules
    const password = credentials.kind === 'password' ? credentials.password : undefined
    if (password === undefined) throw new SaslError('bad-credentials', 'There is no password to make keys of')
    const { iterations } = salt
    if (iterations < defaultMinIterations || iterations > defaultMaxIterations || salt.salt.length === 0)
      throw new SaslError('iterations-out-of-bounds', `The server asks for keys of ${iterations} iterations`)
    const prepared = encodeUtf8(preparedOrRefused(opaqueString, password))
    return crypto.pbkdf2(hash, prepared, salt.salt, iterations)
  }

  #giveUp(error: unknown): void {
    if (this.#link.stream.isOver) return
    this.#abort()
    if (error instanceof XmppError) return this.#link.end(error)
    const condition = error instanceof SaslError ? error.condition : 'login-failed'
    const text = error instanceof Error ? error.message : String(error)
    this.#link.end(
      new AuthError(condition, `The login at ${this.#domain} was given up: ${text}`, { cause: error }),
    )
  }
}

function adviceFor(mechanism: string | undefined): string {
  return mechanism === 'OAUTHBEARER'
    ? '. Check the user name and the token'
    : '. Check the user name and the password'
}
