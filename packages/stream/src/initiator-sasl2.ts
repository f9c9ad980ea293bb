/** The login on an initiating stream by the extensible profile: with resuming or binding inside of it. XEP-0388. */
import { type FullJid, isFull, tryJid } from '@waxwing/jid'
import {
  Bind2,
  Bound,
  Sasl2Abort,
  Sasl2Authenticate,
  Sasl2Challenge,
  Sasl2Continue,
  Sasl2Failure,
  type Sasl2Feature,
  Sasl2Next,
  Sasl2Response,
  Sasl2Success,
  Sasl2TaskData,
  SmFailed,
  type SmPosition,
  SmResume,
  SmResumed,
  type StreamFeatures,
  type UserAgent,
} from '@waxwing/protocol'
import { type Element, readWire, type Slice, toElement, type Wire } from '@waxwing/xml'
import { renewedLogin } from './initiator-bearer.ts'
import { AuthError } from './initiator-errors.ts'
import type { InitiatorLink } from './initiator-link.ts'
import { type LoginRules, startLogin, upgradeHash, upgradesFor } from './initiator-login.ts'
import { LoginSteps } from './initiator-steps.ts'
import { tokenIn, tokenLogin, tokenRequest, tokenUse, wantedMechanism } from './initiator-token.ts'
import type { TlsFacts } from './port.ts'
import type { SaslInitiator } from './sasl/exchange.ts'
import { after, type Now } from './sasl/now.ts'

/** What a login is to do besides. */
export interface Sasl2Wishes {
  readonly resume: SmPosition | undefined
  /** Name before the resource that the server makes; `undefined`: nothing is bound. */
  readonly tag: string | undefined
  readonly userAgent: Omit<UserAgent, 'id'> | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What came of it. */
export type Sasl2Result =
  | { readonly kind: 'resumed'; readonly h: number }
  /** `lost` is there when an earlier session was asked for. */
  | { readonly kind: 'bound'; readonly jid: FullJid; readonly lost: Lost | undefined }
  | { readonly kind: 'loggedIn'; readonly lost: Lost | undefined }

/** A session that does not go on; `h`: what the server had handled of it, if it says. */
export interface Lost {
  readonly h: number | undefined
}

interface Begun {
  readonly feature: Sasl2Feature
  readonly features: StreamFeatures
  readonly tls: TlsFacts
  readonly rules: LoginRules
  readonly wishes: Sasl2Wishes
}

export class Sasl2Exchange {
  readonly #link: InitiatorLink
  readonly #domain: string
  readonly #onSuccess: (result: Sasl2Result) => void
  readonly #steps: LoginSteps
  #begun: Begun | undefined
  #sasl: SaslInitiator | undefined
  #isByToken = false
  #isProven = false
  /** For which mechanism a token was asked. */
  #wanted: string | undefined
  #mechanism: string | undefined

  constructor(link: InitiatorLink, domain: string, onSuccess: (result: Sasl2Result) => void) {
    this.#link = link
    this.#domain = domain
    this.#onSuccess = onSuccess
    this.#steps = new LoginSteps(link, domain, () => {
      if (this.#sasl) link.send(Sasl2Abort, {})
    })
  }

  /** The mechanism chosen, once the login has begun. */
  get mechanism(): string | undefined {
    return this.#mechanism
  }

  /** Whether a login has begun and not ended. */
  get isUnderWay(): boolean {
    return this.#begun !== undefined
  }

  begin(
    features: StreamFeatures,
    feature: Sasl2Feature,
    tls: TlsFacts,
    rules: LoginRules,
    wishes: Sasl2Wishes,
  ): void {
    const begun = { feature, features, tls, rules, wishes }
    this.#begun = begun
    this.#steps.run(() => {
      const byToken = this.#byToken(begun)
      return byToken === undefined
        ? this.#byCredentials(begun)
        : after(byToken, sasl => this.#start(sasl, begun, true))
    })
  }

  /** What is on offer, when the login was begun before that was known: what follows a refused token goes by it. */
  offered(features: StreamFeatures, feature: Sasl2Feature): void {
    if (this.#begun) this.#begun = { ...this.#begun, features, feature }
  }

  receive(slice: Slice): void {
    const sasl = this.#sasl
    if (slice.ns !== Sasl2Success.ns || !sasl) return this.#link.refuse(slice)
    switch (slice.name) {
      case 'challenge':
        return this.#steps.run(() => this.#answer(sasl, slice.read(Sasl2Challenge).data))
      case 'continue':
        return this.#steps.run(() => this.#continue(sasl, slice.read(Sasl2Continue)))
      case 'task-data':
        return this.#steps.run(() => this.#onTaskData(slice.read(Sasl2TaskData)))
      case 'success':
        return this.#steps.run(() => this.#succeed(sasl, slice.read(Sasl2Success)))
      case 'failure':
        return this.#fail(slice.read(Sasl2Failure))
      default:
        return this.#link.refuse(slice)
    }
  }

  #byToken({ feature, tls, rules, wishes }: Begun): Now<SaslInitiator> | undefined {
    const { credentials, tokens, crypto } = rules
    if (!tokens || credentials.kind !== 'password') return undefined
    return tokenLogin(feature, tls, tokens, { username: credentials.username, crypto, now: wishes.now() })
  }

  #byCredentials(begun: Begun): Now<void> {
    const { feature, features, tls, rules } = begun
    const login = startLogin({ ...features, mechanisms: feature }, tls, rules, this.#domain)
    return after(login, sasl => this.#start(sasl, begun))
  }

  #start(sasl: SaslInitiator, begun: Begun, isByToken = false): void {
    const { feature, tls, rules, wishes } = begun
    this.#sasl = sasl
    this.#isByToken = isByToken
    this.#isProven = false
    this.#mechanism = sasl.mechanism
    this.#wanted = isByToken ? sasl.mechanism : rules.tokens && wantedMechanism(feature, tls)
    this.#link.enter('login')
    this.#link.send(Sasl2Authenticate, {
      mechanism: sasl.mechanism,
      initialResponse: sasl.start(),
      userAgent: userAgentOf(rules, wishes),
      upgrades: isByToken ? [] : upgradesFor(sasl.mechanism, feature.upgrades ?? [], rules),
      inline: [...inlineOf(begun), ...this.#tokenElements()],
    })
  }

  #tokenElements(): readonly Element[] {
    if (this.#isByToken) return [tokenUse()]
    return this.#wanted === undefined ? [] : [tokenRequest(this.#wanted)]
  }

  #answer(sasl: SaslInitiator, challenge: Uint8Array): Now<void> {
    this.#link.enter('login')
    return after(sasl.respond(challenge), data => this.#link.send(Sasl2Response, { data }))
  }

  /** Nothing is done for a server that has not proven itself. */
  #continue(sasl: SaslInitiator, { data, tasks }: Sasl2Continue): Now<void> {
    this.#link.enter('login')
    return after(this.#prove(sasl, data), () => {
      const task = tasks.find(name => upgradeHash(name) !== undefined)
      if (task === undefined)
        throw new AuthError(
          'task-unknown',
          `${this.#domain} wants ${tasks.join(', ')}, which is not known here`,
        )
      this.#task = task
      this.#link.send(Sasl2Next, { task })
    })
  }

  #task: string | undefined

  async #onTaskData({ salt }: Sasl2TaskData): Promise<void> {
    this.#link.enter('login')
    const hash = this.#task === undefined ? undefined : upgradeHash(this.#task)
    const rules = this.#begun?.rules
    if (!salt || !hash || !rules || !this.#isProven)
      throw new AuthError('task-unknown', `${this.#domain} sent a task that was not begun`)
    this.#task = undefined
    const data = await this.#steps.saltedPassword(rules, hash, salt)
    this.#link.send(Sasl2TaskData, { hash: { data } })
  }

  #prove(sasl: SaslInitiator, data: Uint8Array | undefined): Now<void> {
    if (this.#isProven) return
    return after(sasl.succeed(data), () => {
      this.#isProven = true
    })
  }

  #succeed(sasl: SaslInitiator, success: Sasl2Success): Now<void> {
    return after(this.#prove(sasl, success.data), () => {
      const { inline = [] } = success
      const tokens = this.#begun?.rules.tokens
      const token = tokens && tokenIn(inline, this.#wanted)
      const result = resultOf(success, inline, this.#domain)
      this.#sasl = undefined
      this.#begun = undefined
      if (token) tokens.received(token)
      this.#onSuccess(result)
    })
  }

  /** A token that is refused is of no more use; the password may be. XEP-0484 §4.1. */
  #fail(failure: Sasl2Failure): void {
    const begun = this.#begun
    const sasl = this.#sasl
    this.#sasl = undefined
    if (!begun) return this.#steps.refused(this.#mechanism, failure)
    if (!this.#isByToken || failure.condition === 'temporary-auth-failure')
      return this.#again(sasl, begun, failure)
    begun.rules.tokens?.refused()
    if (begun.rules.credentials.kind === 'password' && begun.rules.credentials.password === undefined)
      return this.#steps.refused(this.#mechanism, failure)
    this.#steps.run(() => this.#byCredentials(begun))
  }

  #again(refused: SaslInitiator | undefined, begun: Begun, failure: Sasl2Failure): void {
    const { credentials } = begun.rules
    this.#steps.run(() =>
      after(renewedLogin(refused, credentials, failure.condition, this.#domain), sasl =>
        sasl ? this.#start(sasl, begun) : this.#steps.refused(this.#mechanism, failure),
      ),
    )
  }
}

function userAgentOf({ tokens }: LoginRules, { userAgent }: Sasl2Wishes): UserAgent | undefined {
  return tokens || userAgent ? { ...userAgent, id: tokens?.clientId } : undefined
}

function inlineOf({ feature, wishes }: Begun): readonly Element[] {
  const { inline } = feature
  const resume = inline?.resumption ? wishes.resume : undefined
  const bind = inline?.bind && wishes.tag !== undefined ? { tag: wishes.tag || undefined } : undefined
  return [...(resume ? [toElement(SmResume, resume)] : []), ...(bind ? [toElement(Bind2, bind)] : [])]
}

function resultOf(success: Sasl2Success, inline: readonly Element[], domain: string): Sasl2Result {
  const read = <T>(wire: Wire<T>): T | undefined => {
    const element = inline.find(({ ns, name }) => ns === wire.ns && name === wire.name)
    return element && readWire(wire, element)
  }
  const resumed = read(SmResumed)
  if (resumed) return { kind: 'resumed', h: resumed.h }
  const failed = read(SmFailed)
  const lost = failed && { h: failed.h }
  if (!read(Bound)) return { kind: 'loggedIn', lost }
  const address = tryJid(success.authorizationIdentifier ?? '')
  if (address === undefined || !isFull(address))
    throw new AuthError('bind-refused', `${domain} did not say which address is bound`)
  return { kind: 'bound', jid: address, lost }
}
