import { precisRuns } from '../tables/precis.ts'
import { named, PreparationError } from './preparation-error.ts'
import { RunTable } from './runs.ts'

/** The two string classes of RFC 8264 §4. */
export type StringClass = 'identifier' | 'freeform'

const derived = new RunTable(precisRuns)

/**
 * Refuses code points outside a string class, RFC 8264 §8. Those that stand under a contextual rule pass: the rule
 * looks at the mapped string, later.
 */
export function requireClass(text: string, stringClass: StringClass): void {
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    const letter = derived.classOf(codePoint)
    if (letter === 'P' || letter === 'J' || letter === 'O') continue
    if (letter === 'F' && stringClass === 'freeform') continue
    throw letter === 'U'
      ? new PreparationError('unassigned', `${named(codePoint)} is not assigned in Unicode 17`)
      : new PreparationError('disallowed', `${named(codePoint)} is not allowed here`)
  }
}
