/** Contextual rules for joiners and a few others: RFC 5892 appendix A, for PRECIS by way of RFC 8264 §9.6. */
import { joiningRuns, scriptRuns } from '../tables/context.ts'
import { named, PreparationError } from './preparation-error.ts'
import { RunTable } from './runs.ts'

const joining = new RunTable(joiningRuns)
const scripts = new RunTable(scriptRuns)

/** Refuses a code point whose contextual rule does not hold. */
export function requireContext(text: string): void {
  if (!underRule.test(text)) return
  const codePoints = Array.from(text, character => character.codePointAt(0) ?? 0)
  for (const [at, codePoint] of codePoints.entries()) {
    if (holds(codePoints, at, codePoint)) continue
    throw new PreparationError('context', `${named(codePoint)} is not allowed at this place`)
  }
}

const underRule = /[\u00b7\u0375\u05f3\u05f4\u0660-\u0669\u06f0-\u06f9\u30fb]|\u200c|\u200d/

function holds(codePoints: readonly number[], at: number, codePoint: number): boolean {
  switch (codePoint) {
    case 0x200c:
      return afterVirama(codePoints, at) || joinsBothSides(codePoints, at)
    case 0x200d:
      return afterVirama(codePoints, at)
    case 0xb7:
      return codePoints[at - 1] === 0x6c && codePoints[at + 1] === 0x6c
    case 0x375:
      return scriptAt(codePoints, at + 1) === 'G'
    case 0x5f3:
    case 0x5f4:
      return scriptAt(codePoints, at - 1) === 'H'
    case 0x30fb:
      return codePoints.some(other => scripts.classOf(other) === 'K')
  }
  if (isArabicIndic(codePoint)) return !codePoints.some(isExtendedArabicIndic)
  if (isExtendedArabicIndic(codePoint)) return !codePoints.some(isArabicIndic)
  return true
}

const isArabicIndic = (codePoint: number): boolean => codePoint >= 0x660 && codePoint <= 0x669
const isExtendedArabicIndic = (codePoint: number): boolean => codePoint >= 0x6f0 && codePoint <= 0x6f9

function scriptAt(codePoints: readonly number[], at: number): string {
  const codePoint = codePoints[at]
  return codePoint === undefined ? '' : scripts.classOf(codePoint)
}

function joiningAt(codePoints: readonly number[], at: number): string {
  const codePoint = codePoints[at]
  return codePoint === undefined ? '' : joining.classOf(codePoint)
}

function afterVirama(codePoints: readonly number[], at: number): boolean {
  const before = joiningAt(codePoints, at - 1)
  return before === 'V' || before === 'W'
}

const isTransparent = (type: string): boolean => type === 'T' || type === 'W'

/** `(L|D) T* ZWNJ T* (R|D)`, RFC 5892 A.1. */
function joinsBothSides(codePoints: readonly number[], at: number): boolean {
  let left = at - 1
  while (isTransparent(joiningAt(codePoints, left))) left--
  let right = at + 1
  while (isTransparent(joiningAt(codePoints, right))) right++
  const [before, after] = [joiningAt(codePoints, left), joiningAt(codePoints, right)]
  return (before === 'L' || before === 'D') && (after === 'R' || after === 'D')
}
