/** The tokens of one client: the one in use, and the one handed out last. XEP-0484 §5.1. */

export interface TokenSlot {
  /** What the token is made from; in base64. */
  readonly nonce: string
  /** The only mechanism it may be used with. §3.4 */
  readonly mechanism: string
  readonly issued: number
  readonly expires: number
  /** The highest count seen. */
  readonly count: number
}

export interface TokenSlots {
  readonly inUse?: TokenSlot | undefined
  /** Handed out and not used yet. */
  readonly fresh?: TokenSlot | undefined
}

/** How a token is used. */
export interface TokenUse {
  readonly nonce: string
  readonly mechanism: string
  readonly now: number
  /** Absent: the client does not count. §3.4 */
  readonly count: number | undefined
  /** The client has no need of tokens any more. §3.6 */
  readonly invalidate: boolean
}

export type TokenVerdict =
  | { readonly is: 'good'; readonly slots: TokenSlots }
  | { readonly is: 'expired' | 'wrong' }

/** Judges the use of a token, and says what becomes of the client's tokens. */
export function useToken(slots: TokenSlots, use: TokenUse): TokenVerdict {
  const isFresh = slots.fresh?.nonce === use.nonce
  const slot = isFresh ? slots.fresh : slots.inUse
  if (!slot || slot.nonce !== use.nonce || slot.mechanism !== use.mechanism) return { is: 'wrong' }
  if (slot.expires <= use.now) return { is: 'expired' }
  if (use.count !== undefined && use.count <= slot.count) return { is: 'wrong' }
  const used = { ...slot, count: use.count ?? slot.count }
  // §3.5: whoever uses a token has no need of those before it
  const fresh = isFresh ? undefined : slots.fresh
  if (use.invalidate) return { is: 'good', slots: {} }
  return { is: 'good', slots: { inUse: used, fresh } }
}

/** §3.5: the token in use stays good until the new one is used; one never used is forgotten. */
export function withFresh({ inUse }: TokenSlots, fresh: TokenSlot): TokenSlots {
  return { inUse, fresh }
}

/** Whether a client should get another token. */
export function isDue({ inUse, fresh }: TokenSlots, now: number, rotateAfterMs: number): boolean {
  return inUse !== undefined && (fresh !== undefined || inUse.issued + rotateAfterMs <= now)
}

/** Until when any of the tokens is good; 0 when there is none. */
export function goodUntil({ inUse, fresh }: TokenSlots): number {
  return Math.max(inUse?.expires ?? 0, fresh?.expires ?? 0)
}
