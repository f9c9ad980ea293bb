/** The login profile of RFC 6120 §6 on the accepting side. */
import { Mechanisms } from '@waxwing/protocol'
import { escapeText, type Slice, textOf } from '@waxwing/xml'
import { keptBy } from './kept.ts'
import { type LoginGround, proceed } from './responder-login.ts'
import { decodeBase64, encodeBase64 } from './sasl/base64.ts'
import type { SaslCondition, SaslResponder, SaslStep } from './sasl/exchange.ts'

const ns = Mechanisms.ns
const open = `<mechanisms xmlns='${ns}'>`
const close = '</mechanisms>'

export class SaslLogin {
  readonly #ground: LoginGround
  readonly #succeeded: (username: string, mechanism: string) => void
  #sasl: SaslResponder | undefined
  #mechanism = ''

  /** `succeeded`: the peer has been told; the stream starts anew. */
  constructor(ground: LoginGround, succeeded: (username: string, mechanism: string) => void) {
    this.#ground = ground
    this.#succeeded = succeeded
  }

  get isUnderWay(): boolean {
    return this.#sasl !== undefined
  }

  /** The feature; empty when there is no way to log in on this stream. §6.4.1 */
  feature(mechanisms: readonly string[]): string {
    if (mechanisms.length === 0) return ''
    return featureOf(mechanisms)
  }

  receive(slice: Slice): void {
    switch (slice.name) {
      case 'auth':
        return this.#begin(slice)
      case 'response':
        if (!this.#sasl) return this.#fail('malformed-request', 'No login is under way')
        return this.#advance(this.#sasl, slice)
      case 'abort':
        return this.#fail('aborted')
      default:
        return this.#fail('malformed-request')
    }
  }

  #begin(slice: Slice): void {
    if (this.#sasl) return this.#fail('malformed-request', 'A login is already under way')
    const { policy, domain, tls, peer, mustEncrypt } = this.#ground
    if (mustEncrypt) return this.#fail('encryption-required', 'Secure the stream with STARTTLS first')
    const mechanism = slice.attr('mechanism')
    const request = { domain, tls, peer, profile: 'sasl', userAgent: undefined, inline: [] } as const
    const sasl = mechanism === undefined ? undefined : policy.startSasl({ ...request, mechanism })
    if (mechanism === undefined || !sasl) return this.#fail('invalid-mechanism')
    this.#sasl = sasl
    this.#mechanism = mechanism
    this.#advance(sasl, slice)
  }

  #advance(sasl: SaslResponder, slice: Slice): void {
    const text = slice.plainText() ?? textOf(slice.element())
    let data: Uint8Array | undefined
    if (text === '=') data = new Uint8Array()
    else if (text !== '') {
      data = decodeBase64(text)
      if (!data) return this.#fail('incorrect-encoding')
    } else if (slice.name === 'response') data = new Uint8Array()
    proceed(
      this.#ground.stream,
      sasl.receive(data),
      step => this.#onStep(step),
      () => this.#fail('temporary-auth-failure'),
    )
  }

  #onStep(step: SaslStep): void {
    const { stream } = this.#ground
    switch (step.kind) {
      case 'challenge':
        return stream.send(`<challenge xmlns='${ns}'>${encodeBase64(step.data)}</challenge>`)
      case 'failure':
        return this.#fail(step.condition, step.text)
      case 'success': {
        const data = step.data && step.data.length > 0 ? encodeBase64(step.data) : ''
        stream.send(data ? `<success xmlns='${ns}'>${data}</success>` : `<success xmlns='${ns}'/>`)
        this.#sasl = undefined
        return this.#succeeded(step.username, this.#mechanism)
      }
    }
  }

  #fail(condition: SaslCondition, text?: string): void {
    this.#sasl = undefined
    const explanation = text === undefined ? '' : `<text xml:lang='en'>${escapeText(text)}</text>`
    this.#ground.stream.send(`<failure xmlns='${ns}'><${condition}/>${explanation}</failure>`)
    this.#ground.failed(condition)
  }
}

/** The same lists are offered again and again. */
export const mechanismsText = /* @__PURE__ */ keptBy((mechanisms: readonly string[]) =>
  mechanisms.map(name => `<mechanism>${escapeText(name)}</mechanism>`).join(''),
)
const featureOf = /* @__PURE__ */ keptBy(
  (mechanisms: readonly string[]) => open + mechanismsText(mechanisms) + close,
)
