/** What users of a service may do there: privileges are words with dots between them, and one holds all below it. XEP-0324 §3.7 */
import type { PrivilegeRule } from '@waxwing/protocol'
import { rulesFor, type Wish } from '../decision.ts'
import type { RuleBook } from '../rule.ts'

/** Of one list. What is left out at its end is not there. */
const most = 1_000

/** In the order in which they are looked through: the first that fits decides. */
export function privilegesOf(book: RuleBook, wish: Wish): readonly PrivilegeRule[] {
  const found: PrivilegeRule[] = []
  for (const { effect, names } of rulesFor(book, { ...wish, verb: 'use' })) {
    if (found.length === most) break
    const [privilege] = names
    if (privilege !== undefined) found.push({ effect: effect === 'allow' ? 'include' : 'exclude', privilege })
    // Who may not use the service at all has nothing of what less specific rules give.
    else if (effect === 'deny') break
  }
  return found
}
