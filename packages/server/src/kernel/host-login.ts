/** What the features of one host have to do with logging in. */
import type { BareJid } from '@waxwing/jid'
import type { LoginTask, ProvenLogin, TlsFacts } from '@waxwing/stream'
import type { Running } from './feature.ts'
import type { Now } from './hooks.ts'
import type { Inline, InlineBind, InlineResume, LoginMechanism } from './inline.ts'
import type { Log } from './log.ts'

export class HostLogin {
  readonly #inlines: Inline[] = []
  readonly #mechanisms: LoginMechanism[] = []
  readonly #listed: LoginMechanism[] = []
  readonly #certifiers: NonNullable<Running<unknown>['certifies']>[] = []
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  add({ inline, mechanisms = [], certifies }: Running<unknown>): void {
    if (inline) this.#inlines.push(inline)
    if (certifies) this.#certifiers.push(certifies)
    this.#mechanisms.push(...mechanisms)
    this.#listed.push(...mechanisms.filter(({ isListed }) => isListed))
  }

  /** User names of accounts that have been given this certificate. XEP-0257. */
  async certified(certificate: Uint8Array | undefined): Promise<readonly string[]> {
    if (!certificate) return []
    const usernames: string[] = []
    for (const certifies of this.#certifiers) usernames.push(...(await certifies(certificate)))
    return usernames
  }

  /** Whether any account has been given this certificate; `true` also where nobody can say at once. */
  mayCertify(certificate: Uint8Array): boolean {
    return this.#certifiers.some(certifies => {
      const usernames = certifies(certificate)
      return usernames instanceof Promise || usernames.length > 0
    })
  }

  /** Whether logins may have anything inside of them. XEP-0388. */
  get isExtensible(): boolean {
    return this.resource !== undefined
  }

  get resource(): Inline['resource'] {
    return this.#inlines.find(({ resource }) => resource !== undefined)?.resource
  }

  get listedMechanisms(): readonly LoginMechanism[] {
    return this.#listed
  }

  mechanism(name: string): LoginMechanism | undefined {
    return this.#mechanisms.find(mechanism => mechanism.name === name)
  }

  resume(ns: string, name: string): InlineResume | undefined {
    return this.#inlines.find(({ resume }) => resume?.ns === ns && resume.name === name)?.resume
  }

  bind(ns: string, name: string): InlineBind | undefined {
    for (const { bind = [] } of this.#inlines) {
      const found = bind.find(entry => entry.ns === ns && entry.name === name)
      if (found) return found
    }
    return undefined
  }

  /** Names of what a session can begin with. XEP-0386 §3.1. */
  get bindFeatures(): readonly string[] {
    return this.#inlines.flatMap(({ bind = [] }) => bind.flatMap(({ feature }) => feature ?? []))
  }

  /** What stands in `<inline/>` besides binding. */
  advertised(tls: TlsFacts): string {
    return this.#inlines.map(({ advertised }) => advertised?.(tls) ?? '').join('')
  }

  /** Mechanisms that an account cannot use. XEP-0388 §2.1 */
  unfit(account: BareJid): readonly string[] {
    return this.#inlines.flatMap(({ unfit }) => unfit?.(account) ?? [])
  }

  beside(): string {
    return this.#inlines.map(({ beside }) => beside?.() ?? '').join('')
  }

  /** Those of the tasks wanted that are known and needed. XEP-0480 §2.2. */
  tasks(login: ProvenLogin, wanted: readonly string[]): Now<readonly LoginTask[]> {
    if (wanted.length === 0) return []
    return this.#needed(login, wanted)
  }

  async #needed(login: ProvenLogin, wanted: readonly string[]): Promise<readonly LoginTask[]> {
    const needed: LoginTask[] = []
    for (const { tasks } of this.#inlines) needed.push(...((await tasks?.(login, wanted)) ?? []))
    return needed
  }

  /** What the features have to say to a login that succeeded; one that fails harms no login. */
  completed(login: ProvenLogin): Now<string> {
    return this.#gathered(({ completed }) => completed?.(login))
  }

  /** What a new session of the account is told. XEP-0386 §3.2.1. */
  bound({ account }: ProvenLogin): Now<string> {
    return this.#gathered(({ bound }) => bound?.(account))
  }

  began(...told: Parameters<NonNullable<Inline['began']>>): void {
    for (const { began } of this.#inlines) began?.(...told)
  }

  #gathered(ask: (inline: Inline) => Now<string> | undefined): Now<string> {
    let text = ''
    const awaited: Promise<string>[] = []
    for (const inline of this.#inlines) {
      const answer = this.#guarded(() => ask(inline) ?? '')
      if (answer instanceof Promise) awaited.push(answer)
      else text += answer
    }
    return awaited.length === 0 ? text : Promise.all(awaited).then(texts => text + texts.join(''))
  }

  #guarded(ask: () => Now<string>): Now<string> {
    const failed = (error: unknown): string => {
      this.#log.error({ error }, 'Something inside a login failed')
      return ''
    }
    try {
      const answer = ask()
      return answer instanceof Promise ? answer.catch(failed) : answer
    } catch (error) {
      return failed(error)
    }
  }
}
