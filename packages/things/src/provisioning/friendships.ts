/** Who may see a thing, as far as somebody else decides that. XEP-0324 §3.2 */
import { type BareJid, bareOf } from '@waxwing/jid'
import type { ProvisioningFormat } from '@waxwing/protocol'
import type { Off, SubscriptionRequest, ThingClient } from '../port.ts'
import type { JudgeLine } from './judge-line.ts'

export class Friendships {
  readonly #client: ThingClient
  readonly #line: JudgeLine
  /** Called when somebody is no friend any more. */
  readonly #left: () => void

  constructor(client: ThingClient, line: JudgeLine, left: () => void) {
    this.#client = client
    this.#line = line
    this.#left = left
  }

  listen(formats: readonly ProvisioningFormat[]): readonly Off[] {
    return [
      ...formats.flatMap(format => this.#listenIn(format)),
      this.#client.roster.onRequest(request => this.#decide(request)),
    ]
  }

  #listenIn({ friend, unfriend }: ProvisioningFormat): readonly Off[] {
    return [
      this.#client.onMessage(friend, ({ jid }, { from, type }) => {
        if (type !== 'error' && this.#line.isJudge(from)) this.#befriend(bareOf(jid))
      }),
      this.#client.onMessage(unfriend, ({ jid }, { from, type }) => {
        if (type !== 'error' && this.#line.isJudge(from)) this.#leave(bareOf(jid))
      }),
    ]
  }

  /** Who cannot be asked about waits: the request comes again with the next session. RFC 6121 §3.1.3 */
  async #decide(request: SubscriptionRequest): Promise<void> {
    const { jid } = request
    if (this.#line.isOwn(jid) || this.#line.isJudge(jid)) return request.accept()
    let isFriend: boolean
    try {
      isFriend = await this.#isFriend(jid)
    } catch {
      return
    }
    if (isFriend) request.accept()
    else request.decline()
  }

  async #isFriend(jid: BareJid): Promise<boolean> {
    const answer = await this.#line.ask('befriend', { jid }, (judge, options) => {
      const { generation, isFriend, friendAnswer } = judge.format
      return this.#client.iq.get(isFriend, judge.jid, { generation, jid }, friendAnswer, options)
    })
    return answer.result
  }

  /** XEP-0324 §3.2.4 */
  #befriend(jid: BareJid): void {
    const { roster } = this.#client
    this.#line.forget()
    roster.approve(jid)
    // They may take their time, or decline, or we may go: the roster tells what became of it.
    roster.request(jid).catch(() => {})
  }

  /** XEP-0324 §3.2.3 */
  #leave(jid: BareJid): void {
    if (this.#line.isOwn(jid)) return
    const { roster } = this.#client
    this.#line.forget()
    roster.revoke(jid)
    roster.unsubscribe(jid)
    this.#left()
  }
}
