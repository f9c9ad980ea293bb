// Writes an element by its schema.

import type { TextCodec } from './codec.ts'
import type { Element } from './element.ts'
import { XML_NS } from './names.ts'
import { WireError } from './wire-error.ts'
import { labelOf, type Plan, type PlannedField, type Values } from './wire-plan.ts'
import type { Slot } from './wire-slot.ts'
import { escapeAttr, escapeText, writeElement } from './writer.ts'

function format(codec: TextCodec<unknown>, value: unknown, plan: Plan, label: string): string {
  try {
    return codec.format(value)
  } catch (cause) {
    throw new WireError(plan.ns, plan.name, `${label} is not ${codec.name}`, { cause })
  }
}

/** The value to write, or `undefined` when the field is left out. */
function valueOf(values: Values, { key, field }: PlannedField, plan: Plan): unknown {
  const value = values[key]
  if (value === undefined) {
    if (field.presence === 'required') throw new WireError(plan.ns, plan.name, `${key} is missing`)
    return field.writesFallback ? field.fallback : undefined
  }
  return value === field.fallback && !field.writesFallback ? undefined : value
}

/** One element as text; `xmlns` is declared when its namespace is not `parentNs`. */
export function writePlan(plan: Plan, value: unknown, parentNs: string | undefined): string {
  const values = (plan.conversion ? plan.conversion.write(value) : value) as Values
  let attributes = plan.ns === parentNs ? '' : ` xmlns="${escapeAttr(plan.ns)}"`
  let content = ''
  let prefixes = 0
  for (const planned of plan.fields) {
    const present = valueOf(values, planned, plan)
    if (present === undefined) continue
    const { slot } = planned.field
    if (slot.at === 'attribute') {
      attributes += attribute(slot.ns, slot.name, format(slot.codec, present, plan, slot.name), prefixes++)
    } else content += contentOf(slot, present, plan)
  }
  return content === ''
    ? `<${plan.name}${attributes}/>`
    : `<${plan.name}${attributes}>${content}</${plan.name}>`
}

function attribute(ns: string, name: string, text: string, order: number): string {
  if (ns === '') return ` ${name}="${escapeAttr(text)}"`
  if (ns === XML_NS) return ` xml:${name}="${escapeAttr(text)}"`
  return ` xmlns:a${order}="${escapeAttr(ns)}" a${order}:${name}="${escapeAttr(text)}"`
}

function contentOf(slot: Slot, value: unknown, plan: Plan): string {
  switch (slot.at) {
    case 'text':
      return escapeText(format(slot.codec, value, plan, 'the text'))
    case 'child':
      return each(slot.many, value, item => writePlan(slot.wire.planOf(item), item, plan.ns))
    case 'text-child':
      return each(slot.many, value, item =>
        simple(slot.name, slot.ns, plan.ns, escapeText(format(slot.codec, item, plan, slot.name))),
      )
    case 'flag':
      return value === true ? simple(slot.name, slot.ns, plan.ns, '') : ''
    case 'name-child':
      return each(slot.many, value, item =>
        simple(knownName(slot.names, item, plan, slot), slot.ns, plan.ns, ''),
      )
    case 'any':
      return writeElement(value as Element, plan.ns)
    default:
      return each(true, value, item => writeElement(item as Element, plan.ns))
  }
}

function each(many: boolean, value: unknown, write: (item: unknown) => string): string {
  if (!many) return write(value)
  let all = ''
  for (const item of value as Iterable<unknown>) all += write(item)
  return all
}

function knownName(names: readonly string[], value: unknown, plan: Plan, slot: Slot): string {
  const name = names.find(candidate => candidate === value)
  if (name === undefined) throw new WireError(plan.ns, plan.name, `not one of ${labelOf(slot)}`)
  return name
}

function simple(name: string, ns: string | undefined, parentNs: string, content: string): string {
  const open = ns === undefined || ns === parentNs ? name : `${name} xmlns="${escapeAttr(ns)}"`
  return content === '' ? `<${open}/>` : `<${open}>${content}</${name}>`
}
