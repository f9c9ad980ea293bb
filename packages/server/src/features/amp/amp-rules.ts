/** Rules of advanced message processing on plain data: XEP-0079 §3. */
import {
  type AmpAction,
  type AmpCondition,
  type AmpFault,
  type AmpRule,
  ampActions,
  ampConditions,
  parseDateTime,
} from '@waxwing/protocol'

/** What would become of a message just now. §3.3.1. */
export type Fate =
  /** It goes to these resources. */
  | { readonly kind: 'direct'; readonly resources: readonly string[] }
  /** It goes on to another server, which knows more. */
  | { readonly kind: 'onward' }
  | { readonly kind: 'stored' }
  | { readonly kind: 'none' }

/** A rule that is understood. */
export interface KnownRule extends AmpRule {
  readonly action: AmpAction
  readonly condition: AmpCondition
}

const values: Readonly<Record<AmpCondition, (value: string) => boolean>> = {
  deliver: value => ['direct', 'forward', 'gateway', 'none', 'stored'].includes(value),
  'expire-at': value => momentOf(value) !== undefined,
  'match-resource': value => ['any', 'exact', 'other'].includes(value),
}

/** What is wrong with rules, and with which; `undefined`: nothing. §2.2.1. */
export function faultIn(
  rules: readonly AmpRule[],
  maxRules: number,
): { readonly fault: AmpFault; readonly rules: readonly AmpRule[] } | undefined {
  const checks: readonly [AmpFault, (rule: AmpRule) => boolean][] = [
    ['unsupported-actions', rule => !isAction(rule.action)],
    ['unsupported-conditions', rule => !isCondition(rule.condition)],
    ['invalid-rules', rule => isCondition(rule.condition) && !values[rule.condition](rule.value)],
  ]
  for (const [fault, isAtFault] of checks) {
    const found = rules.filter(isAtFault)
    if (found.length > 0) return { fault, rules: found.slice(0, maxRules) }
  }
  if (rules.length === 0 || rules.length > maxRules)
    return { fault: 'invalid-rules', rules: rules.slice(0, maxRules) }
  return undefined
}

/** The first rule that is met, in their order. §2.2.3. */
export function metRule(
  rules: readonly AmpRule[],
  fate: Fate,
  intended: string | undefined,
  now: number,
): KnownRule | undefined {
  return rules.find((rule): rule is KnownRule => isAction(rule.action) && isMet(rule, fate, intended, now))
}

function isMet(
  { condition, value }: AmpRule,
  fate: Fate,
  intended: string | undefined,
  now: number,
): boolean {
  switch (condition) {
    case 'deliver':
      return value === (fate.kind === 'onward' ? 'direct' : fate.kind)
    case 'expire-at':
      return now >= (momentOf(value) ?? Number.POSITIVE_INFINITY)
    case 'match-resource':
      return matches(value, fate, intended)
    default:
      return false
  }
}

/** §3.3.3: of another server's resources nothing is known here. */
function matches(value: string, fate: Fate, intended: string | undefined): boolean {
  if (fate.kind === 'onward' || fate.kind === 'none') return false
  const isDirect = fate.kind === 'direct'
  if (value === 'any') return isDirect
  // Without resource: whether it goes to some resource, or to the account as such.
  const isExact =
    intended === undefined ? !isDirect : isDirect && fate.resources.every(resource => resource === intended)
  return value === 'exact' ? isExact : !isExact
}

function momentOf(value: string): number | undefined {
  try {
    return value.endsWith('Z') ? parseDateTime(value).getTime() : undefined
  } catch {
    return undefined
  }
}

function isAction(action: string): action is AmpAction {
  return (ampActions as readonly string[]).includes(action)
}

function isCondition(condition: string): condition is AmpCondition {
  return (ampConditions as readonly string[]).includes(condition)
}
