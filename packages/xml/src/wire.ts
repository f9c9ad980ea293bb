// Reading and writing by schema.
import { type Element, walkElement } from './element.ts'
import { parseElement } from './element-parser.ts'
import { type ReadTarget, SchemaReader } from './reader.ts'
import type { Slice } from './slice.ts'
import type { Wire } from './wire-types.ts'
import { writePlan } from './wire-writer.ts'

/** Reads the element itself. Throws `WireError` when it does not fit, or is another element. */
export function readWire<T>(wire: Wire<T>, source: Slice | Element): T {
  return read(wire, source, 'self') as T
}

/** Reads the first child that the schema describes; `undefined` when there is none. Throws `WireError`. */
export function readChildWire<T>(wire: Wire<T>, source: Slice | Element): T | undefined {
  return read(wire, source, 'child') as T | undefined
}

function read(wire: Wire<unknown, never>, source: Slice | Element, target: ReadTarget): unknown {
  const reader = new SchemaReader(wire, target)
  if ('children' in source) walkElement(source, reader)
  else source.events(reader)
  return reader.result
}

/** `readWire` for a slice. */
export function readSlice<T>(wire: Wire<T>, slice: Slice): T {
  return readWire(wire, slice)
}

/** `readChildWire` for a slice. */
export function readChildOf<T>(wire: Wire<T>, slice: Slice): T | undefined {
  return readChildWire(wire, slice)
}

/**
 * A value as XML text; `xmlns` is declared unless the schema's namespace is `parentNs`, the default namespace
 * where the text will stand. Throws `WireError` for values without textual form, `XmlError` for characters XML
 * does not have.
 */
export function writeWire<T, I>(wire: Wire<T, I>, value: I, parentNs?: string): string {
  return writePlan(wire.planOf(value), value, parentNs)
}

/** A value as a tree. Throws as `writeWire`. */
export function toElement<T, I>(wire: Wire<T, I>, value: I): Element {
  return parseElement(writeWire(wire, value), { limits: 'none' })
}

export type { Wire } from './wire-types.ts'
