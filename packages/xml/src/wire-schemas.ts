// Schemas made of fields and of other schemas.
import { Plan, type PlannedField, plannedFields } from './wire-plan.ts'
import type { ChoiceInput, ChoiceOf, Fields, Members, ValueInput, ValueOf, Wire } from './wire-types.ts'

class ElementWire<T, I> implements Wire<T, I> {
  readonly ns: string
  readonly name: string
  readonly #plan: Plan

  constructor(plan: Plan) {
    this.ns = plan.ns
    this.name = plan.name
    this.#plan = plan
  }

  planFor(ns: string, name: string): Plan | undefined {
    return name === this.name && ns === this.ns ? this.#plan : undefined
  }

  planOf(): Plan {
    return this.#plan
  }

  plans(): readonly Plan[] {
    return [this.#plan]
  }
}

/**
 * The schema of one element. Attributes and children it does not name are ignored when reading, unless a field
 * such as `rest` asks for them. Content is written in the order of the declaration.
 */
export function element<F extends Fields>(
  ns: string,
  name: string,
  fields: F,
): Wire<ValueOf<F>, ValueInput<F>> {
  return new ElementWire(new Plan(ns, name, plannedFields(fields)))
}

/**
 * A schema whose values have another shape than its fields. An error thrown by `read` becomes a `WireError`.
 * Not for members of a choice.
 */
export function mapped<T, I, U>(wire: Wire<T, I>, read: (raw: T) => U, write: (value: U) => I): Wire<U> {
  const [plan, ...others] = wire.plans()
  if (plan === undefined || others.length > 0 || plan.conversion)
    throw new TypeError('Only elements can be mapped')
  const conversion = { read: read as (raw: unknown) => U, write: write as (value: unknown) => I }
  return new ElementWire(new Plan(plan.ns, plan.name, plan.fields, { conversion }))
}

/** A schema named before it is made, for elements that contain themselves. */
export function lazy<T, I = T>(schema: () => Wire<T, I>): Wire<T, I> {
  return {
    get ns() {
      return schema().ns
    },
    get name() {
      return schema().name
    },
    planFor: (ns, name) => schema().planFor(ns, name),
    planOf: value => schema().planOf(value),
    plans: () => schema().plans(),
  }
}

class ChoiceWire<T, I> implements Wire<T, I> {
  readonly #members: Members
  #byKind: Map<string, Plan> | undefined

  constructor(members: Members) {
    this.#members = members
  }

  get ns(): string {
    return this.plans()[0]?.ns ?? ''
  }

  get name(): string {
    return [...new Set(this.plans().map(plan => plan.name))].join('|')
  }

  planFor(ns: string, name: string): Plan | undefined {
    return this.plans().find(plan => plan.name === name && plan.ns === ns)
  }

  planOf(value: unknown): Plan {
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
    const plan = typeof kind === 'string' ? this.#plans().get(kind) : undefined
    if (!plan) throw new TypeError(`kind is not one of ${[...this.#plans().keys()].join(', ')}`)
    return plan
  }

  plans(): readonly Plan[] {
    return [...this.#plans().values()]
  }

  // Made late, because members may be lazy.
  #plans(): Map<string, Plan> {
    this.#byKind ??= new Map(
      Object.entries(this.#members).map(([kind, member]) => [kind, planOfKind(kind, member)] as const),
    )
    return this.#byKind
  }
}

function planOfKind(kind: string, member: Wire<unknown, never>): Plan {
  const [plan, ...others] = member.plans()
  if (plan === undefined || others.length > 0 || plan.conversion) {
    throw new TypeError(`Member ${kind} of a choice is no plain element`)
  }
  return new Plan(plan.ns, plan.name, fieldsBesidesKind(plan), { kind })
}

function fieldsBesidesKind(plan: Plan): readonly PlannedField[] {
  if (plan.fields.some(({ key }) => key === 'kind'))
    throw new TypeError(`${plan.name} has a field named kind`)
  return plan.fields
}

/** One of several elements: the value has the member's fields and, as `kind`, the member's word. */
export function choice<M extends Members>(members: M): Wire<ChoiceOf<M>, ChoiceInput<M>> {
  return new ChoiceWire(members)
}
