/** The line to who decides: found once a session, asked once for each question, and told whose rules we go by. XEP-0324 */
import { bareOf, type Jid, parseBareJid, parseJid } from '@waxwing/jid'
import { stanzaError, ThingOwner } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { DecisionCache } from './decision-cache.ts'
import {
  defaultProvisioningLimits,
  type ProvisioningLimits,
  type ProvisioningOptions,
} from './provisioning-options.ts'
import { findJudge, type Judge } from './provisioning-server.ts'

/** How one question is put. */
export type Put<A> = (judge: Judge, options: { readonly timeoutMs: number }) => Promise<A>

export class JudgeLine {
  readonly #client: ThingClient
  readonly #options: Pick<ProvisioningOptions, 'server' | 'owner'>
  readonly #limits: ProvisioningLimits
  readonly #cache: DecisionCache
  #judge: Promise<Judge> | undefined
  /** Its address, once it is known. */
  #judgeJid: Jid | undefined

  constructor(client: ThingClient, { server, owner, ...limits }: ProvisioningOptions) {
    this.#client = client
    this.#options = { server, ...(owner === undefined ? {} : { owner: parseBareJid(owner) }) }
    this.#limits = { ...defaultProvisioningLimits, ...limits }
    this.#cache = new DecisionCache(client.platform.clock, this.#limits)
    if (server !== 'auto') this.#judgeJid = parseJid(server)
  }

  isJudge(from: Jid): boolean {
    return this.#judgeJid !== undefined && bareOf(from) === bareOf(this.#judgeJid)
  }

  isOwn(from: Jid): boolean {
    return bareOf(from) === bareOf(parseJid(this.#client.jid))
  }

  /** A session has begun: what changed in the meantime was not told. */
  begin(): void {
    this.#cache.age()
    this.#judge = undefined
    this.#tellOwner().catch((fault: unknown) => {
      // Whoever goes meanwhile tells it in the next session.
      if (this.#client.state === 'online') this.#client.platform.report(fault)
    })
  }

  /** Nothing that was said holds any more. */
  forget(): void {
    this.#cache.clear()
  }

  /**
   * What is known, or what who decides says now.
   *
   * @param verb the kind of question, whose answers are all of type `A`
   * @throws StanzaError when nobody can be asked
   */
  ask<A extends { readonly jid: Jid }>(
    verb: string,
    question: { readonly jid: Jid },
    put: Put<A>,
  ): Promise<A> {
    return this.#cache.get(`${verb} ${JSON.stringify(question)}`, async () => {
      const answer = await put(await this.#theJudge(), this.#patience)
      if (bareOf(answer.jid) !== question.jid)
        throw stanzaError('bad-request', 'The answer is about somebody else')
      return answer
    })
  }

  async #tellOwner(): Promise<void> {
    const { owner } = this.#options
    if (owner === undefined) return
    const { jid, knowsOwners } = await this.#theJudge()
    const given = { jid: parseBareJid(owner) }
    if (knowsOwners) await this.#client.iq.set(ThingOwner, jid, given, undefined, this.#patience)
  }

  #theJudge(): Promise<Judge> {
    const known = this.#judge
    if (known) return known
    const finding = findJudge(this.#client, this.#options.server, this.#limits.timeoutMs)
    this.#judge = finding
    finding.then(
      ({ jid }) => {
        if (this.#judge === finding) this.#judgeJid = jid
      },
      () => {
        // Next time it may be there.
        if (this.#judge === finding) this.#judge = undefined
      },
    )
    return finding
  }

  get #patience(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#limits.timeoutMs }
  }
}
