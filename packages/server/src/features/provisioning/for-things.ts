/** What things ask, in one generation. Each account asks about itself alone. XEP-0324 §3.2, §3.3, §3.4 */
import { bareOf } from '@waxwing/jid'
import { CLIENT_NS, type ProvisioningFormat } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { type IqHandler, onGet } from '../../kernel/feature.ts'
import type { Askers } from './askers.ts'
import type { Judgement } from './judgement.ts'
import type { News } from './news.ts'
import type { Ownership, Standing } from './ownership.ts'

export interface ThingsPort {
  readonly ownership: Ownership
  readonly judgement: Judgement
  readonly askers: Askers
  readonly news: News
}

export function forThings(format: ProvisioningFormat, port: ThingsPort): readonly IqHandler[] {
  const { generation } = format
  const { judgement, askers } = port

  /** Who asks is told when the answer changes. */
  async function standingOf(from: Parameters<Askers['note']>[0]): Promise<Standing> {
    const standing = await port.ownership.of(bareOf(from))
    askers.note(from, generation, standing.owner)
    port.news.answeredBy(standing.owner, standing.book)
    return standing
  }

  return [
    onGet(format.isFriend, 'host', async ({ payload: { jid }, account, from }) => {
      const standing = await standingOf(from)
      const wish = judgement.wish(account, jid, 'befriend')
      const result = judgement.isFriend(standing, wish)
      askers.noteFriend(account, bareOf(jid), result)
      if (!result) judgement.inquire(standing, wish, [])
      return writeWire(format.friendAnswer, { generation, jid, result, secondaryTrust: false }, CLIENT_NS)
    }),
    onGet(format.canRead, 'host', async ({ payload, account, from }) => {
      const { tokens, ...asked } = payload
      const wish = judgement.wish(account, payload.jid, 'read', tokens)
      const granted = judgement.grant(await standingOf(from), wish, {
        nodes: asked.nodes,
        names: asked.fields,
      })
      const answer = granted.result
        ? { ...asked, nodes: granted.nodes, fields: granted.names, result: true }
        : { ...asked, nodes: [], fields: [], result: false }
      return writeWire(format.readAnswer, answer, CLIENT_NS)
    }),
    onGet(format.canControl, 'host', async ({ payload, account, from }) => {
      const { jid, nodes, parameters: names, tokens } = payload
      const wish = judgement.wish(account, jid, 'control', tokens)
      const granted = judgement.grant(await standingOf(from), wish, { nodes, names })
      const answer = granted.result
        ? { generation, jid, nodes: granted.nodes, parameters: granted.names, result: true }
        : { generation, jid, nodes: [], parameters: [], result: false }
      return writeWire(format.controlAnswer, answer, CLIENT_NS)
    }),
  ]
}
