/** What things shall have to be found. XEP-0347 §3.15. */
import type { NumberOperator, SearchCondition, TextOperator } from '@waxwing/protocol'

/** As in links; `~` compares with a text in which `*` stands for anything. */
export type Operator = '=' | '<>' | '<' | '<=' | '>' | '>=' | '~'

/** What a tag shall be: this, not this, between these, or a text of this form. All that is given holds together. */
export type Wanted<T extends string | number = string | number> =
  | T
  | {
      readonly not?: T
      readonly min?: T
      readonly max?: T
      readonly above?: T
      readonly below?: T
      /** `*` stands for any text. */
      readonly like?: string
      /** A regular expression for the whole text; the oldest generation has none. */
      readonly matches?: string
    }

/** By the names of tags, or spelled out. */
export type Conditions = Readonly<Record<string, Wanted>> | readonly SearchCondition[]

const words: Readonly<Record<Exclude<Operator, '~'>, 'Eq' | 'NEq' | 'Lt' | 'LtEq' | 'Gt' | 'GtEq'>> = {
  '=': 'Eq',
  '<>': 'NEq',
  '<': 'Lt',
  '<=': 'LtEq',
  '>': 'Gt',
  '>=': 'GtEq',
}

export function conditionOf(name: string, operator: Operator, value: string | number): SearchCondition {
  if (operator === '~') return { kind: 'strMask', name, value: String(value), wildcard: '*' }
  const word = words[operator]
  return typeof value === 'number'
    ? { kind: `num${word}` satisfies NumberOperator, name, value }
    : { kind: `str${word}` satisfies TextOperator, name, value }
}

const comparisons = { not: '<>', min: '>=', max: '<=', above: '>', below: '<', like: '~' } as const

export function conditionsOf(conditions: Conditions): readonly SearchCondition[] {
  if (isList(conditions)) return conditions
  return Object.entries(conditions).flatMap(([name, wanted]) => wantedConditions(name, wanted))
}

function isList(conditions: Conditions): conditions is readonly SearchCondition[] {
  return Array.isArray(conditions)
}

function wantedConditions(name: string, wanted: Wanted): readonly SearchCondition[] {
  if (typeof wanted !== 'object') return [conditionOf(name, '=', wanted)]
  const { matches, ...others } = wanted
  const found: SearchCondition[] = Object.entries(others).flatMap(([word, value]) =>
    value === undefined ? [] : [conditionOf(name, comparisons[word as keyof typeof comparisons], value)],
  )
  return matches === undefined ? found : [...found, { kind: 'strRegEx', name, value: matches }]
}
