/** The login on an initiating stream, step by step. RFC 6120 §6.4. */
import {
  SaslAbort,
  SaslAuth,
  SaslChallenge,
  SaslFailure,
  SaslResponse,
  SaslSuccess,
  type StreamFeatures,
} from '@waxwing/protocol'
import type { Slice } from '@waxwing/xml'
import { AuthError, XmppError } from './initiator-errors.ts'
import type { InitiatorLink } from './initiator-link.ts'
import { type LoginRules, startLogin } from './initiator-login.ts'
import type { TlsFacts } from './port.ts'
import { SaslError, type SaslInitiator } from './sasl/exchange.ts'
import type { Now } from './sasl/now.ts'

export class SaslExchange {
  readonly #link: InitiatorLink
  readonly #domain: string
  readonly #onSuccess: () => void
  #sasl: SaslInitiator | undefined
  #mechanism: string | undefined

  /** `onSuccess`: both sides are proven, and the stream may start anew. */
  constructor(link: InitiatorLink, domain: string, onSuccess: () => void) {
    this.#link = link
    this.#domain = domain
    this.#onSuccess = onSuccess
  }

  /** The mechanism chosen, once the login has begun. */
  get mechanism(): string | undefined {
    return this.#mechanism
  }

  begin(features: StreamFeatures, tls: TlsFacts | undefined, rules: LoginRules): void {
    this.#attempt(() => {
      const sasl = startLogin(features, tls, rules, this.#domain)
      this.#sasl = sasl
      this.#mechanism = sasl.mechanism
      this.#link.enter('login')
      this.#link.send(SaslAuth, { mechanism: sasl.mechanism, data: sasl.start() })
    })
  }

  receive(slice: Slice): void {
    const sasl = this.#sasl
    if (slice.ns !== SaslAuth.ns || !sasl) return this.#link.refuse(slice)
    switch (slice.name) {
      case 'challenge':
        return this.#attempt(() => this.#answer(sasl, slice.read(SaslChallenge).data))
      case 'success':
        return this.#attempt(() => this.#succeed(sasl, slice.read(SaslSuccess).data))
      case 'failure':
        return this.#fail(slice.read(SaslFailure))
      default:
        return this.#link.refuse(slice)
    }
  }

  #answer(sasl: SaslInitiator, challenge: Uint8Array): Now<void> {
    this.#link.enter('login')
    const answer = sasl.respond(challenge)
    if (!(answer instanceof Promise)) return this.#link.send(SaslResponse, { data: answer })
    return answer.then(data => this.#link.send(SaslResponse, { data }))
  }

  #succeed(sasl: SaslInitiator, data: Uint8Array | undefined): Now<void> {
    const checked = sasl.succeed(data)
    return checked instanceof Promise ? checked.then(() => this.#end()) : this.#end()
  }

  #end(): void {
    this.#sasl = undefined
    this.#onSuccess()
  }

  #fail({ condition, text }: SaslFailure): void {
    const said = text === undefined ? '' : ` ("${text}")`
    const advice = condition === 'not-authorized' ? '. Check the user name and the password' : ''
    this.#link.end(
      new AuthError(
        condition,
        `${this.#domain} refused the login by ${this.#mechanism} with ${condition}${said}${advice}`,
        { retryable: condition === 'temporary-auth-failure' },
      ),
    )
  }

  /** Runs a step of the login; while it waits, nothing more is read. */
  #attempt(step: () => Now<void>): void {
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
      error => this.#giveUp(error),
    )
  }

  #giveUp(error: unknown): void {
    if (this.#link.stream.isOver) return
    if (this.#sasl) this.#link.send(SaslAbort, {})
    if (error instanceof XmppError) return this.#link.end(error)
    const condition = error instanceof SaslError ? error.condition : 'login-failed'
    const text = error instanceof Error ? error.message : String(error)
    this.#link.end(
      new AuthError(condition, `The login at ${this.#domain} was given up: ${text}`, { cause: error }),
    )
  }
}
