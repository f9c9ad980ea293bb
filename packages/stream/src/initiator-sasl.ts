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
import { renewedLogin } from './initiator-bearer.ts'
import type { InitiatorLink } from './initiator-link.ts'
import { type LoginRules, startLogin } from './initiator-login.ts'
import { LoginSteps } from './initiator-steps.ts'
import type { TlsFacts } from './port.ts'
import type { SaslInitiator } from './sasl/exchange.ts'
import { after, type Now } from './sasl/now.ts'

export class SaslExchange {
  readonly #link: InitiatorLink
  readonly #domain: string
  readonly #onSuccess: () => void
  readonly #steps: LoginSteps
  #sasl: SaslInitiator | undefined
  #mechanism: string | undefined
  #rules: LoginRules | undefined

  /** `onSuccess`: both sides are proven, and the stream may start anew. */
  constructor(link: InitiatorLink, domain: string, onSuccess: () => void) {
    this.#link = link
    this.#domain = domain
    this.#onSuccess = onSuccess
    this.#steps = new LoginSteps(link, domain, () => {
      if (this.#sasl) link.send(SaslAbort, {})
    })
  }

  /** The mechanism chosen, once the login has begun. */
  get mechanism(): string | undefined {
    return this.#mechanism
  }

  begin(features: StreamFeatures, tls: TlsFacts | undefined, rules: LoginRules): void {
    this.#rules = rules
    this.#steps.run(() => after(startLogin(features, tls, rules, this.#domain), sasl => this.#start(sasl)))
  }

  #start(sasl: SaslInitiator): void {
    this.#mechanism = sasl.mechanism
    this.#link.enter('login')
    const data = sasl.start()
    this.#sasl = sasl
    this.#link.send(SaslAuth, { mechanism: sasl.mechanism, data })
  }

  receive(slice: Slice): void {
    const sasl = this.#sasl
    if (slice.ns !== SaslAuth.ns || !sasl) return this.#link.refuse(slice)
    switch (slice.name) {
      case 'challenge':
        return this.#steps.run(() => this.#answer(sasl, slice.read(SaslChallenge).data))
      case 'success':
        return this.#steps.run(() => this.#succeed(sasl, slice.read(SaslSuccess).data))
      case 'failure':
        return this.#fail(sasl, slice.read(SaslFailure))
      default:
        return this.#link.refuse(slice)
    }
  }

  #fail(sasl: SaslInitiator, failure: SaslFailure): void {
    this.#sasl = undefined
    const { credentials } = this.#rules ?? { credentials: { kind: 'none' } }
    this.#steps.run(() =>
      after(renewedLogin(sasl, credentials, failure.condition, this.#domain), renewed =>
        renewed ? this.#start(renewed) : this.#steps.refused(sasl.mechanism, failure),
      ),
    )
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
}
