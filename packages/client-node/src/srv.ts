/** The order in which servers are tried: RFC 2782, and for two services as one XEP-0368. */

/** A server as DNS names it. */
export interface SrvRecord {
  readonly name: string
  readonly port: number
  /** The lowest is tried first. */
  readonly priority: number
  /** Share of the load among equal priorities. */
  readonly weight: number
}

/**
 * Sorts by priority, and among equals at random by weight: RFC 2782, "Weight".
 *
 * @param fraction gives numbers uniform in [0, 1)
 */
export function orderOf<T extends SrvRecord>(records: readonly T[], fraction: () => number): T[] {
  const priorities = [...new Set(records.map(record => record.priority))].sort((a, b) => a - b)
  return priorities.flatMap(priority =>
    drawn(
      records.filter(record => record.priority === priority),
      fraction,
    ),
  )
}

function drawn<T extends SrvRecord>(equals: readonly T[], fraction: () => number): T[] {
  // those of weight 0 stand first, so that they are drawn rarely but at all
  const left = [...equals].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight))
  const order: T[] = []
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0)
    const mark = Math.floor(fraction() * (total + 1))
    let sum = 0
    const at = left.findIndex(({ weight }) => (sum += weight) >= mark)
    order.push(...left.splice(Math.max(at, 0), 1))
  }
  return order
}
