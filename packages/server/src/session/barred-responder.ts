/** A login whose credentials were right, at an account that somebody has locked. RFC 6120 §6.5.1. */
import type { SaslResponder, SaslStep } from '@waxwing/stream'
import type { Now } from '../kernel/hooks.ts'
import type { Host } from '../kernel/host.ts'

export class BarredResponder implements SaslResponder {
  readonly #responder: SaslResponder
  readonly #host: Host

  constructor(responder: SaslResponder, host: Host) {
    this.#responder = responder
    this.#host = host
  }

  receive(data: Uint8Array | undefined): Now<SaslStep> {
    const step = this.#responder.receive(data)
    return step instanceof Promise ? step.then(settled => this.#checked(settled)) : this.#checked(step)
  }

  /** Only who has proven to be the owner hears of it. */
  #checked(step: SaslStep): SaslStep {
    if (step.kind !== 'success') return step
    const bar = this.#host.loginBar(this.#host.accounts.jidOf(step.username))
    return bar ? { kind: 'failure', condition: bar.condition, text: bar.text } : step
  }
}
