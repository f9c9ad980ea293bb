/** The tokens we have given: each stands for a certificate whose key its holder has shown to have. XEP-0324 §3.1.3.1 */
import type { BareJid } from '@waxwing/jid'
import { type HeldToken, stanzaError } from '@waxwing/protocol'
import { column, type Keyed, key, keyed, type Mapped, mapped, type Row } from '../../../store/store.ts'
import { fingerprintOf, isCurrentAt } from './certificate.ts'

const columns = {
  holder: column.text<BareJid>(),
  /** DER. */
  certificate: column.blob(),
  /** When it was given, or asked for again. */
  since: column.time(),
}

export const tokenShapes = {
  tokens: keyed('token', columns),
  /** The same the other way round. */
  holdings: mapped(key<BareJid>('holder'), 'fingerprint', { token: column.text() }),
}

export type GivenToken = Row<typeof columns>

export interface TokensPort {
  readonly tokens: Keyed<string, GivenToken>
  readonly holdings: Mapped<BareJid, string, { readonly token: string }>
  /** Of one account. */
  readonly most: number
  readonly lifetimeMs: number
  readonly wall: () => number
  /** A new one, that nobody can guess. */
  readonly newToken: () => string
}

export class Tokens {
  readonly #port: TokensPort

  constructor(port: TokensPort) {
    this.#port = port
  }

  /**
   * The token of a certificate in the hands of an account; the same one as before, when there is one.
   *
   * @throws StanzaError resource-constraint
   */
  async give(holder: BareJid, certificate: Uint8Array): Promise<string> {
    const { tokens, holdings, most, newToken, wall } = this.#port
    const fingerprint = fingerprintOf(certificate)
    const known = await this.#livingOf(holder)
    const token = known.get(fingerprint) ?? newToken()
    if (!known.has(fingerprint) && known.size >= most)
      throw stanzaError('resource-constraint', 'There are as many tokens as there may be', { type: 'wait' })
    await Promise.all([
      tokens.put(token, { holder, certificate, since: wall() }),
      holdings.put(holder, fingerprint, { token }),
    ])
    return token
  }

  /** What stands behind a token; `undefined` when it is none of ours, or is over. */
  async find(token: string): Promise<GivenToken | undefined> {
    const given = await this.#port.tokens.get(token)
    return given && this.#isLiving(given) ? given : undefined
  }

  /** Those of an account that are not over. */
  async heldBy(holder: BareJid): Promise<readonly HeldToken[]> {
    const living = [...(await this.#livingOf(holder)).values()]
    const all = await Promise.all(living.map(async token => ({ token, given: await this.find(token) })))
    return all.flatMap(({ token, given }) =>
      given ? [{ token, since: new Date(given.since), certificate: given.certificate }] : [],
    )
  }

  /**
   * A holder has come from another server: what others' rules say of the token goes on.
   *
   * @throws StanzaError conflict when somebody else has it here, resource-constraint
   */
  async take(holder: BareJid, { token, since, certificate }: HeldToken): Promise<void> {
    const { tokens, holdings, most } = this.#port
    const known = await tokens.get(token)
    if (known && known.holder !== holder) throw stanzaError('conflict', 'Somebody else has this token')
    if ((await this.#livingOf(holder)).size >= most)
      throw stanzaError('resource-constraint', 'There are as many tokens as there may be', { type: 'wait' })
    await Promise.all([
      tokens.put(token, { holder, certificate, since: since.getTime() }),
      holdings.put(holder, fingerprintOf(certificate), { token }),
    ])
  }

  /** An account is gone. */
  async removeOf(holder: BareJid): Promise<void> {
    const { tokens, holdings } = this.#port
    const all = await holdings.all(holder)
    await Promise.all([...[...all.values()].map(({ token }) => tokens.delete(token)), holdings.clear(holder)])
  }

  /** By fingerprint; those that are over go. */
  async #livingOf(holder: BareJid): Promise<ReadonlyMap<string, string>> {
    const { tokens, holdings } = this.#port
    const living = new Map<string, string>()
    for (const [fingerprint, { token }] of await holdings.all(holder)) {
      if (await this.find(token)) living.set(fingerprint, token)
      else await Promise.all([tokens.delete(token), holdings.delete(holder, fingerprint)])
    }
    return living
  }

  #isLiving({ certificate, since }: GivenToken): boolean {
    const { lifetimeMs, wall } = this.#port
    return wall() < since + lifetimeMs && isCurrentAt(certificate, wall())
  }
}
