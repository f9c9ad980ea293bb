/** Brings notifications to push services: one at a time to each, what comes meanwhile is summed up. XEP-0357 §7. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, PublishPush } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Host } from '../../kernel/host.ts'
import type { Answer } from '../../kernel/questions.ts'
import type { Registration, Registrations } from './registrations.ts'
import { type Pending, type SummaryRules, summaryOf } from './summary.ts'
import type { Trace } from './trace.ts'

export interface NotifierRules extends SummaryRules {
  readonly timeout: number
  /** Failures in a row after which a service is not told any more. §7.1 */
  readonly maxFailures: number
}

/** What came, as far as a notification may tell. */
export type News = Omit<Pending, 'messages' | 'requests'> & { readonly kind: 'message' | 'request' }

interface Line {
  pending: Pending
  isBusy: boolean
  /** Something came while a notification was on its way. */
  isStale: boolean
}

export class Notifier {
  readonly #host: Host
  readonly #clock: Clock
  readonly #rules: NotifierRules
  readonly #registrations: Registrations
  readonly #trace: Trace
  readonly #lines = new Map<string, Line>()

  constructor(host: Host, clock: Clock, rules: NotifierRules, registrations: Registrations, trace: Trace) {
    this.#host = host
    this.#clock = clock
    this.#rules = rules
    this.#registrations = registrations
    this.#trace = trace
  }

  /** Something came that this client does not see. */
  wake(account: BareJid, registration: Registration, news: News): void {
    const key = keyOf(account, registration)
    const line = this.#lines.get(key) ?? { pending: nothing(news), isBusy: false, isStale: false }
    this.#lines.set(key, line)
    const { messages, requests } = line.pending
    line.pending = {
      ...news,
      messages: messages + (news.kind === 'message' ? 1 : 0),
      requests: requests + (news.kind === 'request' ? 1 : 0),
    }
    if (line.isBusy) line.isStale = true
    else void this.#publish(account, registration, line)
  }

  /** The client is there again: its count begins anew. */
  seen(account: BareJid, registration: Registration): void {
    this.#lines.delete(keyOf(account, registration))
  }

  async #publish(account: BareJid, registration: Registration, line: Line): Promise<void> {
    line.isBusy = true
    line.isStale = false
    const { service, node, options } = registration
    const summary = summaryOf(line.pending, this.#rules)
    const payload = writeWire(
      PublishPush,
      { publish: { node, item: { notification: { summary } } }, options: options && { form: options } },
      CLIENT_NS,
    )
    const answer = await this.#host.questions.ask(
      { type: 'set', to: service, payload },
      this.#clock,
      this.#rules.timeout,
    )
    line.isBusy = false
    const goesOn = await this.#learn(account, registration, answer)
    if (goesOn && line.isStale) void this.#publish(account, registration, line)
  }

  /** @returns whether the service is told on */
  async #learn(account: BareJid, registration: Registration, answer: Answer): Promise<boolean> {
    const about = nameOf(registration)
    const note = (outcome: string): void => this.#note(account, about, outcome)
    if (answer?.type === 'result') {
      note('woken')
      if (registration.failures > 0) await this.#registrations.put(account, { ...registration, failures: 0 })
      return true
    }
    const why = answer === undefined ? 'did not answer' : 'refused'
    const failures = registration.failures + 1
    if (failures < this.#rules.maxFailures) {
      note(`the service ${why} (${failures} of ${this.#rules.maxFailures} times in a row)`)
      await this.#registrations.put(account, { ...registration, failures })
      return true
    }
    note(`the service ${why} too often: it is not told any more until the client asks for it again`)
    this.seen(account, registration)
    await this.#registrations.remove(account, registration)
    return false
  }

  #note(account: BareJid, about: string, outcome: string): void {
    this.#trace.note(account, { at: this.#clock.wall(), about, outcome })
    this.#host.log.debug({ account, about, outcome }, 'Push')
  }
}

export function nameOf({ service, node }: Registration): string {
  return node === undefined ? service : `${service}, node ${node}`
}

function keyOf(account: BareJid, registration: Registration): string {
  return `${account} ${nameOf(registration)}`
}

function nothing({ sender, body }: News): Pending {
  return { messages: 0, requests: 0, sender, body }
}
