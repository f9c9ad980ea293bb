/** What the features of a host tell of it and of its accounts. XEP-0030, XEP-0128. */
import type { BareJid, Jid } from '@waxwing/jid'
import type { DataForm, DiscoInfo, DiscoItem, Identity } from '@waxwing/protocol'
import type { DiscoExtension, DiscoQuery, Feature, Running } from './feature.ts'

export class HostDisco {
  readonly #features: readonly Feature[]
  readonly #running: readonly Running<unknown>[]

  /** Both lists grow as features are added. */
  constructor(features: readonly Feature[], running: readonly Running<unknown>[]) {
    this.#features = features
    this.#running = running
  }

  /** Service discovery features of the domain or of accounts, in the order of the features. XEP-0030. */
  features(of: 'host' | 'account'): readonly string[] {
    const declared = this.#features.flatMap(feature => feature.disco[of] ?? [])
    const more = of === 'host' ? this.#running.flatMap(({ disco }) => disco?.hostFeatures ?? []) : []
    return [...declared, ...more]
  }

  /** What features tell of an account to those who do not see its presence. */
  async forStrangers(account: BareJid, from: Jid): Promise<readonly DiscoExtension[]> {
    const found: DiscoExtension[] = []
    for (const { disco } of this.#running)
      if (disco && (await disco.shows?.(account, from))) found.push(disco)
    return found
  }

  /** What the host, or every account, is besides what it is anyway. */
  identities(of: 'hostIdentities' | 'accountIdentities'): readonly Identity[] {
    return this.#features.flatMap(feature => feature.disco[of] ?? [])
  }

  /** What belongs to an account besides its resources. */
  async accountItems(
    query: Omit<DiscoQuery, 'node'>,
    among: readonly DiscoExtension[] = this.#extensions(),
  ): Promise<readonly DiscoItem[]> {
    const items: DiscoItem[] = []
    for (const { accountItems } of among) items.push(...((await accountItems?.(query)) ?? []))
    return items
  }

  #extensions(): readonly DiscoExtension[] {
    return this.#running.flatMap(({ disco }) => disco ?? [])
  }

  /** What the feature that knows a node says of it. XEP-0030 §3.2. */
  async info(
    query: DiscoQuery,
    among: readonly DiscoExtension[] = this.#extensions(),
  ): Promise<DiscoInfo | undefined> {
    for (const disco of among) {
      const info = await disco.info?.(query)
      if (info) return info
    }
    return undefined
  }

  /** What the feature that knows a node lists under it. XEP-0030 §4.2. */
  async items(
    query: DiscoQuery,
    among: readonly DiscoExtension[] = this.#extensions(),
  ): Promise<readonly DiscoItem[] | undefined> {
    for (const disco of among) {
      const items = await disco.items?.(query)
      if (items) return items
    }
    return undefined
  }

  /** Forms in what the domain says of itself. XEP-0128. */
  forms(): readonly DataForm[] {
    return this.#running.flatMap(({ disco }) => disco?.hostForms ?? [])
  }
}
