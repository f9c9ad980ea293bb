/** Who decides for a thing, and for how long what they said holds. XEP-0324 */

export interface ProvisioningOptions {
  /** Who decides: an address, or `auto` for the provisioning server that the own server has among its items. */
  readonly server: string
  /** Whose rules the thing goes by; it tells the server so. Default: whatever the server knows. */
  readonly owner?: string
  /** How long an answer holds, in milliseconds. Default: 1 hour. */
  readonly ttlMs?: number
  /** How much longer an answer is good while the server cannot be reached, in milliseconds. Default 0: not at all. */
  readonly graceMs?: number
  /** Answers kept; those asked for last. Default 500. */
  readonly maxAnswers?: number
  /** Questions on their way; further ones are refused. Default 64. */
  readonly maxQuestions?: number
  /** Patience with the server, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

export type ProvisioningLimits = Required<Omit<ProvisioningOptions, 'server' | 'owner'>>

export const defaultProvisioningLimits: ProvisioningLimits = {
  ttlMs: 3_600_000,
  graceMs: 0,
  maxAnswers: 500,
  maxQuestions: 64,
  timeoutMs: 10_000,
}
