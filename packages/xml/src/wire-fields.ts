// The fields a schema is made of.

import { string, type TextCodec } from './codec.ts'
import type { Element } from './element.ts'
import { XML_NS } from './names.ts'
import type { Slot } from './wire-slot.ts'
import type { Field, Presence, RequiredField, Wire } from './wire-types.ts'

class WireField<T, I, P extends Presence> implements Field<T, I, P> {
  readonly slot: Slot
  readonly presence: P
  readonly fallback: unknown
  readonly writesFallback: boolean

  constructor(slot: Slot, presence: P, fallback: unknown, writesFallback: boolean) {
    this.slot = slot
    this.presence = presence
    this.fallback = fallback
    this.writesFallback = writesFallback
  }

  maybe(): Field<T, I, 'optional'> {
    return new WireField(this.slot, 'optional', undefined, false)
  }

  or(value: T, options?: { readonly write?: boolean }): Field<T, I, 'defaulted'> {
    return new WireField(this.slot, 'defaulted', value, options?.write ?? false)
  }
}

const noItems: readonly never[] = Object.freeze([])

function required<T, I>(slot: Slot): RequiredField<T, I> {
  return new WireField<T, I, 'required'>(slot, 'required', undefined, false)
}

function listed<T, I>(slot: Slot): Field<readonly T[], readonly I[], 'defaulted'> {
  return new WireField<readonly T[], readonly I[], 'defaulted'>(slot, 'defaulted', noItems, false)
}

/** Forgets what a codec reads and writes: the field that holds it remembers. */
function erased<T>(codec: TextCodec<T>): TextCodec<unknown> {
  return codec
}

function erasedWire<T, I>(wire: Wire<T, I>): Wire<unknown> {
  const readable: Wire<unknown, never> = wire
  return readable as Wire<unknown>
}

/** An attribute; `ns` only for the rare attribute that has a prefix on the wire. */
export function attr<T>(name: string, codec: TextCodec<T>, ns = ''): RequiredField<T> {
  return required({ at: 'attribute', ns, name, codec: erased(codec) })
}

/** The language of the element, from its own `xml:lang`; `undefined` when it has none (RFC 6120 §8.1.5). */
export const lang: Field<string, string, 'optional'> = attr('lang', string, XML_NS).maybe()

/** The element's own character data, all of it; the text of an element that has none is empty. */
export function text<T>(codec: TextCodec<T>): RequiredField<T> {
  return required({ at: 'text', codec: erased(codec) })
}

/** One child; of several the first counts. */
export function child<T, I>(wire: Wire<T, I>): RequiredField<T, I> {
  return required({ at: 'child', many: false, wire: erasedWire(wire) })
}

/** All children of a kind, in their order; none is an empty list. */
export function children<T, I>(wire: Wire<T, I>): Field<readonly T[], readonly I[], 'defaulted'> {
  return listed({ at: 'child', many: true, wire: erasedWire(wire) })
}

/** A child that holds only text; of several the first counts. `ns` unless it is the element's own. */
export function textChild<T>(name: string, codec: TextCodec<T>, ns?: string): RequiredField<T> {
  return required({ at: 'text-child', many: false, ns, name, codec: erased(codec) })
}

/** All children that hold only text and are called so. */
export function textChildren<T>(
  name: string,
  codec: TextCodec<T>,
  ns?: string,
): Field<readonly T[], readonly T[], 'defaulted'> {
  return listed({ at: 'text-child', many: true, ns, name, codec: erased(codec) })
}

/** True when an element called so is there; its content does not matter and is written empty. */
export function flag(name: string, ns?: string): Field<boolean, boolean, 'defaulted'> {
  return new WireField<boolean, boolean, 'defaulted'>({ at: 'flag', ns, name }, 'defaulted', false, false)
}

/** Which of these empty elements is there: the name is the value. Of several the first counts. */
export function nameChild<const T extends string>(names: readonly T[], ns?: string): RequiredField<T> {
  return required({ at: 'name-child', many: false, ns, names })
}

/** All of these empty elements that are there, by name. */
export function nameChildren<const T extends string>(
  names: readonly T[],
  ns?: string,
): Field<readonly T[], readonly T[], 'defaulted'> {
  return listed({ at: 'name-child', many: true, ns, names })
}

/** The first child that no other field describes, as a tree. */
export function any(): RequiredField<Element> {
  return required({ at: 'any' })
}

/** All children that no other field describes, as trees: kept so that nothing is lost when written again. */
export const rest: Field<readonly Element[], readonly Element[], 'defaulted'> = listed({ at: 'rest' })
