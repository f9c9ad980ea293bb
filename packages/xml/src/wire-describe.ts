// A schema as data, for documentation.
import { labelOf, type Plan, type PlannedField } from './wire-plan.ts'
import type { Slot } from './wire-slot.ts'
import type { Presence, Wire } from './wire-types.ts'

/** One field: where it stands and what it holds. */
export interface FieldDescription {
  readonly key: string
  readonly at: Slot['at']
  /** Name on the wire; several are joined by `|`. */
  readonly name: string
  /** What the text is, for those that hold text. */
  readonly codec: string | undefined
  /** Elements a child may be, as `{ns}name`. */
  readonly elements: readonly string[]
  readonly presence: Presence
  readonly many: boolean
}

/** One element. */
export interface WireDescription {
  readonly ns: string
  readonly name: string
  /** The word of a choice's member. */
  readonly kind: string | undefined
  readonly fields: readonly FieldDescription[]
}

/** What a schema says, one entry for each element it may be. */
export function describe(wire: Wire<unknown, never>): WireDescription[] {
  return wire.plans().map(describePlan)
}

function describePlan(plan: Plan): WireDescription {
  return { ns: plan.ns, name: plan.name, kind: plan.kind, fields: plan.fields.map(describeField) }
}

function describeField({ key, field }: PlannedField): FieldDescription {
  const { slot } = field
  return {
    key,
    at: slot.at,
    name: labelOf(slot),
    codec: 'codec' in slot ? slot.codec.name : undefined,
    elements: slot.at === 'child' ? slot.wire.plans().map(plan => `{${plan.ns}}${plan.name}`) : [],
    presence: field.presence,
    many: slot.at === 'rest' || ('many' in slot && slot.many),
  }
}
