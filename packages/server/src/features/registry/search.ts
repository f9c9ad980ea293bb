/** Which things fit a search. XEP-0347 §3.15. */
import { type SearchCondition, stanzaError } from '@waxwing/protocol'
import { type Budget, BudgetError, compiled, PatternError, spend } from './pattern.ts'
import type { Trait } from './tag-index.ts'
import { keyTag, maxTagText, type Tags, tagName } from './tags.ts'

export interface SearchRules {
  /** Conditions of one search. */
  readonly maxConditions: number
  /** Steps that patterns of one search may take: regular expressions, masks, and names with wildcards. */
  readonly maxPatternSteps: number
}

type Fits = (tags: Tags) => boolean
type ValueFits = (value: string | number) => boolean

/** What is looked for. */
export interface Search {
  readonly fits: Fits
  /** What everything that fits has, to look it up by. */
  readonly traits: readonly Trait[]
}

const never: Fits = () => false

/**
 * All conditions as one test. A tag that is not there fits no condition, nor does the key.
 *
 * @throws StanzaError bad-request without any condition, or for a pattern that is none
 */
export function searchFor(conditions: readonly SearchCondition[], rules: SearchRules): Search {
  if (conditions.length === 0) throw stanzaError('bad-request', 'Say at least one thing to look for')
  if (conditions.length > rules.maxConditions)
    throw stanzaError('resource-constraint', 'That are too many conditions')
  const budget = { left: rules.maxPatternSteps }
  const all = conditions.map(condition => fitsOf(condition, budget))
  return {
    fits: tags => bounded(() => all.every(fits => fits(tags))),
    traits: conditions.flatMap(condition => traitOf(condition) ?? []),
  }
}

function traitOf(condition: SearchCondition): Trait | undefined {
  const { kind, name, nameWildcard } = condition
  if (nameWildcard !== undefined && nameWildcard !== '') return undefined
  const isExact = kind === 'strEq' || kind === 'numEq'
  return { name: tagName(name), value: isExact ? condition.value : undefined }
}

function bounded<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof BudgetError) throw stanzaError('resource-constraint', 'The patterns take too long')
    throw error
  }
}

function fitsOf(condition: SearchCondition, budget: Budget): Fits {
  const fits = valueTest(condition, budget)
  const { name: asked, nameWildcard } = condition
  if (nameWildcard !== undefined && nameWildcard !== '') {
    const isMeant = masked(asked.toUpperCase(), nameWildcard.toUpperCase(), budget)
    return tags => [...tags].some(([name, value]) => name !== keyTag && isMeant(name) && fits(value))
  }
  const name = tagName(asked)
  if (name === keyTag) return never
  return tags => {
    const value = tags.get(name)
    return value !== undefined && fits(value)
  }
}

const text =
  (test: (value: string) => boolean): ValueFits =>
  value =>
    typeof value === 'string' && test(value)
const number =
  (test: (value: number) => boolean): ValueFits =>
  value =>
    typeof value === 'number' && test(value)

/** Texts are compared by their code units, with case; numbers as they are. */
function valueTest(condition: SearchCondition, budget: Budget): ValueFits {
  switch (condition.kind) {
    case 'strEq':
      return text(value => value === condition.value)
    case 'strNEq':
      return text(value => value !== condition.value)
    case 'strGt':
      return text(value => value > condition.value)
    case 'strGtEq':
      return text(value => value >= condition.value)
    case 'strLt':
      return text(value => value < condition.value)
    case 'strLtEq':
      return text(value => value <= condition.value)
    case 'strRegEx':
      return patternTest(condition.value, budget)
    case 'strMask':
      return text(masked(condition.value, condition.wildcard, budget))
    case 'strRange':
      return text(value => isWithin(value, condition))
    case 'strNRange':
      return text(value => !isWithin(value, condition))
    case 'numEq':
      return number(value => value === condition.value)
    case 'numNEq':
      return number(value => value !== condition.value)
    case 'numGt':
      return number(value => value > condition.value)
    case 'numGtEq':
      return number(value => value >= condition.value)
    case 'numLt':
      return number(value => value < condition.value)
    case 'numLtEq':
      return number(value => value <= condition.value)
    case 'numRange':
      return number(value => isWithin(value, condition))
    case 'numNRange':
      return number(value => !isWithin(value, condition))
  }
}

interface Bounds<T> {
  readonly min: T
  readonly minIncluded: boolean
  readonly max: T
  readonly maxIncluded: boolean
}

function isWithin<T extends string | number>(value: T, bounds: Bounds<T>): boolean {
  const { min, minIncluded, max, maxIncluded } = bounds
  return (minIncluded ? value >= min : value > min) && (maxIncluded ? value <= max : value < max)
}

function patternTest(pattern: string, budget: Budget): ValueFits {
  if (pattern.length > maxTagText) throw stanzaError('bad-request', 'The pattern is too long')
  try {
    const fits = compiled(pattern)
    return text(value => fits(value, budget))
  } catch (error) {
    if (error instanceof PatternError)
      throw stanzaError('bad-request', `The pattern is wrong: ${error.message}`)
    throw error
  }
}

/** Whether a text is a mask in which the wildcard stands for any run of characters. @throws StanzaError bad-request */
function masked(mask: string, wildcard: string, budget: Budget): (value: string) => boolean {
  // Longer than any name or text: it costs with every tag it is tried on.
  if (mask.length > maxTagText) throw stanzaError('bad-request', 'The mask is too long')
  if (wildcard === '') return value => value === mask
  const [head = '', ...others] = mask.split(wildcard)
  const tail = others.pop()
  if (tail === undefined) return value => value === mask
  // Several wildcards beside each other are one.
  const between = others.filter(part => part !== '')
  return value => {
    spend(budget, 1 + between.length)
    const end = value.length - tail.length
    if (end < head.length || !value.startsWith(head) || !value.endsWith(tail)) return false
    let at = head.length
    for (const part of between) {
      const found = value.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}
