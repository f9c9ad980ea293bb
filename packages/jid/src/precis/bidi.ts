/** The Bidi Rule: RFC 5893 §2. */
import { bidiRuns } from '../tables/bidi.ts'
import { PreparationError } from './preparation-error.ts'
import { RunTable } from './runs.ts'

const bidi = new RunTable(bidiRuns)

/**
 * Bidi class of a code point: `L`, `R`, `A` (AL), `N` (AN), `E` (EN), `M` (NSM), `S` (ES, CS, ET, ON, BN) or `X`
 * for what no label may hold.
 */
export function bidiClassOf(codePoint: number): string {
  return bidi.classOf(codePoint)
}

/** Refuses a string that has right-to-left code points and does not keep the Bidi Rule; others pass unseen. */
export function requireBidiRule(text: string): void {
  let classes = ''
  for (const character of text) classes += bidi.classOf(character.codePointAt(0) ?? 0)
  if (!/[RAN]/.test(classes)) return
  if (!keepsBidiRule(classes)) {
    throw new PreparationError('bidi', 'right-to-left and left-to-right characters are mixed')
  }
}

function keepsBidiRule(classes: string): boolean {
  const last = classes.charAt(lastSpacing(classes))
  if (classes.startsWith('R') || classes.startsWith('A')) {
    if (/[LX]/.test(classes) || !'RAEN'.includes(last)) return false
    return !(classes.includes('E') && classes.includes('N'))
  }
  return classes.startsWith('L') && !/[RANX]/.test(classes) && (last === 'L' || last === 'E')
}

/** Index of the last class that is not a nonspacing mark; the first class never is one here. */
function lastSpacing(classes: string): number {
  let at = classes.length - 1
  while (at > 0 && classes.charAt(at) === 'M') at--
  return at
}
