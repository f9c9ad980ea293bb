/** Who shows a certificate, and that its key is theirs, gets a token for it. XEP-0324 §3.1.3.1, §3.6.1 */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, familyOf, stanzaError, type TokenFormat } from '@waxwing/protocol'
import type { Random } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import { type IqHandler, onGet } from '../../../kernel/feature.ts'
import { checkCertificate, sealedFor } from './certificate.ts'
import type { Puzzles } from './puzzles.ts'
import type { Tokens } from './tokens.ts'

/** What tokens are given with. */
export interface TokenGiving {
  readonly tokens: Tokens
  readonly puzzles: Puzzles
  readonly random: Random
  readonly wall: () => number
  isLocal(account: BareJid): boolean
}

const secretBytes = 32

/** Requests for tokens in one generation, and for the certificates they stand for. */
export function forTokens(format: TokenFormat, giving: TokenGiving): readonly IqHandler[] {
  const { tokens, puzzles, random, wall } = giving
  return [
    onGet(format.getToken, 'host', ({ payload: der, account, from }) => {
      if (!giving.isLocal(account)) throw stanzaError('forbidden', 'Tokens are for accounts of this server')
      const certificate = checkCertificate(der, wall())
      const secret = random.bytes(secretBytes)
      const number = puzzles.add(from, der, secret)
      return writeWire(format.puzzle, { number, data: sealedFor(certificate, secret) }, CLIENT_NS)
    }),
    onGet(format.solution, 'host', async ({ payload: { number, data }, account, from }) => {
      const certificate = puzzles.solve(from, number, data)
      return writeWire(format.token, await tokens.give(account, certificate), CLIENT_NS)
    }),
    // What a certificate says is no secret: who was shown a token may see for whom it stands.
    ...(familyOf(format.generation) === 'short'
      ? [
          onGet(format.getCertificate, 'host', async ({ payload: token }) => {
            const given = await tokens.find(token)
            if (!given) throw stanzaError('item-not-found', 'There is no such token')
            return writeWire(format.certificate, given.certificate, CLIENT_NS)
          }),
        ]
      : []),
  ]
}
