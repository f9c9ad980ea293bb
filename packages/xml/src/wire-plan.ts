// What reader and writer need to know of one element: tables built once, at the first use.
import type { TextCodec } from './codec.ts'
import type { Slot } from './wire-slot.ts'
import type { Field, Fields } from './wire-types.ts'

/** A field with the key its value is stored under. */
export interface PlannedField {
  readonly key: string
  readonly field: Field<unknown, never>
}

/** An attribute the reader looks for. `next`: the same name in another namespace. */
export interface AttributeEntry {
  readonly key: string
  readonly ns: string
  readonly name: string
  readonly codec: TextCodec<unknown>
  readonly next: AttributeEntry | undefined
}

/** A child the reader looks for. `bit` marks a single child as seen; 0 for lists. */
export interface ChildEntry {
  readonly key: string
  readonly ns: string
  readonly name: string
  readonly slot: Slot
  readonly plan: Plan | undefined
  readonly codec: TextCodec<unknown> | undefined
  readonly bit: number
  readonly next: ChildEntry | undefined
}

/** Values of one element while they are collected. */
export type Values = Record<string, unknown>

/** The conversion of `mapped()`. */
export interface Conversion {
  readonly read: (raw: unknown) => unknown
  readonly write: (value: unknown) => unknown
}

/** Everything the reader needs for one element. */
export class ReadTable {
  readonly attributes: Map<string, AttributeEntry> = new Map()
  readonly children: Map<string, ChildEntry> = new Map()
  readonly required: { readonly key: string; readonly label: string }[] = []
  /** Every key with the value it has when nothing is found; copied for each element read. */
  readonly blank: Values = {}
  text: { readonly key: string; readonly codec: TextCodec<unknown>; readonly required: boolean } | undefined
  any: string | undefined
  rest: string | undefined
  #singles = 0

  constructor(plan: Plan) {
    if (plan.kind !== undefined) this.blank['kind'] = plan.kind
    for (const planned of plan.fields) this.#add(plan.ns, planned)
  }

  childFor(ns: string, name: string): ChildEntry | undefined {
    let entry = this.children.get(name)
    while (entry !== undefined && entry.ns !== ns) entry = entry.next
    return entry
  }

  attributeFor(ns: string, name: string): AttributeEntry | undefined {
    let entry = this.attributes.get(name)
    while (entry !== undefined && entry.ns !== ns) entry = entry.next
    return entry
  }

  #add(ns: string, { key, field }: PlannedField): void {
    const { slot } = field
    this.blank[key] = field.fallback
    const required = field.presence === 'required'
    // Text is never missing: where there is none, it is empty.
    if (required && slot.at !== 'text') this.required.push({ key, label: labelOf(slot) })
    if (slot.at === 'attribute') this.#addAttribute(key, slot.ns, slot.name, slot.codec)
    else if (slot.at === 'text') this.text = { key, codec: slot.codec, required }
    else if (slot.at === 'any') this.any = key
    else if (slot.at === 'rest') this.rest = key
    else this.#addChild(key, ns, slot)
  }

  #addAttribute(key: string, ns: string, name: string, codec: TextCodec<unknown>): void {
    this.attributes.set(name, { key, ns, name, codec, next: this.attributes.get(name) })
  }

  #addChild(key: string, ownNs: string, slot: Slot): void {
    const bit = 'many' in slot && slot.many ? 0 : this.#nextBit()
    const add = (ns: string, name: string, plan?: Plan, codec?: TextCodec<unknown>): void => {
      if (this.childFor(ns, name)) throw new TypeError(`Two fields describe {${ns}}${name}`)
      const next = this.children.get(name)
      this.children.set(name, { key, ns, name, slot, plan, codec, bit, next })
    }
    if (slot.at === 'child') for (const plan of slot.wire.plans()) add(plan.ns, plan.name, plan)
    if (slot.at === 'text-child') add(slot.ns ?? ownNs, slot.name, undefined, slot.codec)
    if (slot.at === 'flag') add(slot.ns ?? ownNs, slot.name)
    if (slot.at === 'name-child') for (const name of slot.names) add(slot.ns ?? ownNs, name)
  }

  #nextBit(): number {
    if (this.#singles === 31) throw new TypeError('More than 31 single children in one schema')
    return 1 << this.#singles++
  }
}

/** One element of a schema. */
export class Plan {
  readonly ns: string
  readonly name: string
  readonly fields: readonly PlannedField[]
  /** The word that tells this member of a choice from the others. */
  readonly kind: string | undefined
  readonly conversion: Conversion | undefined
  #table: ReadTable | undefined

  constructor(
    ns: string,
    name: string,
    fields: readonly PlannedField[],
    options?: { readonly kind?: string; readonly conversion?: Conversion },
  ) {
    this.ns = ns
    this.name = name
    this.fields = fields
    this.kind = options?.kind
    this.conversion = options?.conversion
  }

  /** Built when first asked for, so that schemas may refer to each other and cost nothing at import. */
  get table(): ReadTable {
    this.#table ??= new ReadTable(this)
    return this.#table
  }
}

/** The fields of a declaration, in its order. */
export function plannedFields(fields: Fields): PlannedField[] {
  return Object.entries(fields).map(([key, field]) => ({ key, field }))
}

/** How errors call a field. */
export function labelOf(slot: Slot): string {
  switch (slot.at) {
    case 'attribute':
    case 'text-child':
    case 'flag':
      return slot.name
    case 'child':
      return slot.wire.name
    case 'name-child':
      return slot.names.join('|')
    case 'text':
      return 'text'
    default:
      return 'content'
  }
}
