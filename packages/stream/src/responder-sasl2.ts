/** The extensible login profile on the accepting side: XEP-0388. */
import { bareJid } from '@waxwing/jid'
import {
  Sasl2Authenticate,
  Sasl2Challenge,
  Sasl2Continue,
  Sasl2Failure,
  Sasl2Next,
  Sasl2Response,
  Sasl2TaskData,
  StreamError,
  streamError,
} from '@waxwing/protocol'
import { escapeText, type Slice, type Wire, WireError, writeWire } from '@waxwing/xml'
import { Joined } from './joined.ts'
import {
  contradicts,
  type LoginGround,
  type LoginOutcome,
  type LoginRequest,
  type LoginTask,
  type ProvenLogin,
  proceed,
} from './responder-login.ts'
import { mechanismsText } from './responder-sasl.ts'
import { encodeBase64 } from './sasl/base64.ts'
import type { SaslCondition, SaslResponder, SaslStep } from './sasl/exchange.ts'
import type { Now } from './sasl/now.ts'

const ns = Sasl2Authenticate.ns
const open = `<authentication xmlns='${ns}'>`
const close = '</authentication>'
const feature = /* @__PURE__ */ new Joined()

/** What happens around the exchange. */
export interface Sasl2Owner {
  /**
   * Does what was asked for besides, once everything is proven. What it gives back is called in the turn in which the
   * success is sent: only then may a session begin.
   */
  complete(login: ProvenLogin): Now<() => LoginOutcome>
  /** The peer has been told. */
  succeeded(login: ProvenLogin, outcome: LoginOutcome): void
}

type State =
  | { readonly at: 'idle' }
  | {
      readonly at: 'exchange'
      readonly sasl: SaslResponder
      readonly request: LoginRequest
      readonly upgrades: readonly string[]
    }
  | { readonly at: 'offered' | 'task'; readonly login: ProvenLogin; readonly tasks: readonly LoginTask[] }

const idle: State = { at: 'idle' }

/** Most tasks asked for in one login; there are two upgrades worth asking for. XEP-0480 §2.2. */
const maxTasks = 4

export class Sasl2Login {
  readonly #ground: LoginGround
  readonly #owner: Sasl2Owner
  #state: State = idle

  constructor(ground: LoginGround, owner: Sasl2Owner) {
    this.#ground = ground
    this.#owner = owner
  }

  get isUnderWay(): boolean {
    return this.#state.at !== 'idle'
  }

  /** The feature; empty when the profile is not offered on this stream: never without TLS. §2.1, §3 */
  feature(mechanisms: readonly string[]): string {
    const { tls, policy, domain } = this.#ground
    if (!tls || mechanisms.length === 0) return ''
    const inner = policy.sasl2(domain, tls)
    if (inner === undefined) return ''
    return feature.of(open, mechanismsText(mechanisms), inner, close)
  }

  /** Takes whatever comes while a login is under way, and what begins one. §2.4 */
  receive(slice: Slice): void {
    const state = this.#state
    const is = (wire: Wire<unknown, never>): boolean => slice.ns === ns && slice.name === wire.name
    if (slice.ns === ns && slice.name === 'abort') return this.fail('aborted')
    if (state.at === 'exchange' && is(Sasl2Response))
      return this.#reading(slice, Sasl2Response, 'incorrect-encoding', ({ data }) =>
        this.#advance(state.sasl, data),
      )
    if (state.at === 'offered' && is(Sasl2Next))
      return this.#reading(slice, Sasl2Next, 'malformed-request', ({ task }) => this.#beginTask(state, task))
    if (state.at === 'task' && is(Sasl2TaskData))
      return this.#reading(slice, Sasl2TaskData, 'malformed-request', data => this.#onTaskData(state, data))
    if (state.at !== 'idle') return this.#disturbed()
    if (is(Sasl2Authenticate)) return this.#begin(slice)
    this.fail('malformed-request', 'No login is under way')
  }

  fail(condition: SaslCondition, text?: string): void {
    this.#state = idle
    this.#ground.stream.send(writeWire(Sasl2Failure, { condition, text }))
    this.#ground.failed(condition)
  }

  #reading<T>(slice: Slice, wire: Wire<T>, fault: SaslCondition, go: (value: T) => void): void {
    let value: T
    try {
      value = slice.read(wire)
    } catch (error) {
      if (error instanceof WireError) return this.fail(fault)
      throw error
    }
    go(value)
  }

  /** §2.4: whoever says anything else meanwhile is disconnected. */
  #disturbed(): void {
    this.#state = idle
    this.#ground.stream.fail(streamError('not-authorized', 'Nothing else may be sent during a login'))
  }

  #begin(slice: Slice): void {
    const { domain, tls, policy } = this.#ground
    if (!tls) return this.fail('encryption-required', 'Secure the stream with STARTTLS first')
    if (policy.sasl2(domain, tls) === undefined) return this.fail('invalid-mechanism')
    if (slice.attr('mechanism') === undefined) return this.fail('invalid-mechanism')
    this.#reading(slice, Sasl2Authenticate, 'incorrect-encoding', begun => this.#start(begun))
  }

  #start({ mechanism, initialResponse, userAgent, upgrades = [], inline = [] }: Sasl2Authenticate): void {
    const { domain, tls, peer, policy } = this.#ground
    const request: LoginRequest = { domain, mechanism, tls, peer, profile: 'sasl2', userAgent, inline }
    const sasl = policy.startSasl(request)
    if (!sasl) return this.fail('invalid-mechanism')
    this.#state = { at: 'exchange', sasl, request, upgrades: upgrades.slice(0, maxTasks) }
    this.#advance(sasl, initialResponse)
  }

  #advance(sasl: SaslResponder, data: Uint8Array | undefined): void {
    this.#proceed(sasl.receive(data), step => this.#onStep(step))
  }

  #proceed<T>(value: Now<T>, go: (value: T) => void): void {
    const { stream } = this.#ground
    proceed(stream, value, go, error =>
      error instanceof StreamError ? stream.fail(error) : this.fail('temporary-auth-failure'),
    )
  }

  #onStep(step: SaslStep): void {
    if (step.kind === 'failure') return this.fail(step.condition, step.text)
    if (step.kind === 'challenge')
      return this.#ground.stream.send(writeWire(Sasl2Challenge, { data: step.data }))
    const state = this.#state
    if (state.at !== 'exchange') return this.#disturbed()
    const { username, data } = step
    const { peer, domain, policy } = this.#ground
    if (contradicts(peer, username, domain))
      return this.fail('invalid-authzid', "The stream header's 'from' names somebody else")
    const login: ProvenLogin = { ...state.request, username, account: bareJid(username, domain) }
    this.#proceed(policy.tasks(login, state.upgrades), tasks => this.#offer(login, tasks, data))
  }

  /** One task after the other, and then the success. §2.6.3 */
  #offer(login: ProvenLogin, tasks: readonly LoginTask[], data: Uint8Array | undefined): void {
    const [task] = tasks
    if (!task)
      return this.#proceed(this.#owner.complete(login), outcome => this.#succeed(login, outcome(), data))
    this.#state = { at: 'offered', login, tasks }
    this.#ground.stream.send(writeWire(Sasl2Continue, { data, tasks: [task.name] }))
  }

  #beginTask({ login, tasks }: State & { at: 'offered' | 'task' }, name: string): void {
    const [task] = tasks
    if (task?.name !== name) return this.fail('malformed-request', 'This task was not offered')
    this.#state = { at: 'task', login, tasks }
    this.#proceed(task.begin(), text =>
      this.#ground.stream.send(`<task-data xmlns='${ns}'>${text}</task-data>`),
    )
  }

  #onTaskData({ login, tasks }: State & { at: 'offered' | 'task' }, data: Sasl2TaskData): void {
    const [task, ...others] = tasks
    if (!task) return this.#disturbed()
    this.#proceed(task.receive(data), fault => {
      if (fault) return this.fail(fault)
      this.#offer(login, others, undefined)
    })
  }

  #succeed(login: ProvenLogin, outcome: LoginOutcome, data: Uint8Array | undefined): void {
    this.#state = idle
    const more = data && data.length > 0 ? `<additional-data>${encodeBase64(data)}</additional-data>` : ''
    const who = escapeText(outcome.jid ?? login.account)
    const identifier = `<authorization-identifier>${who}</authorization-identifier>`
    this.#ground.stream.send(`<success xmlns='${ns}'>${more}${identifier}${outcome.text}</success>`)
    this.#owner.succeeded(login, outcome)
  }
}
