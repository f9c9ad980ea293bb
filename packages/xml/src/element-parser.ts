// Trees from text, through the same strict scanner that reads streams.
import { type Element, elementOf } from './element.ts'
import { XmlError } from './errors.ts'
import type { XmlLimits } from './limits.ts'
import type { Slice } from './slice.ts'
import { type SliceSink, StanzaSlicer } from './slicer.ts'

/** How to parse an element. */
export interface ParseOptions {
  /** As for streams unless given; `'none'` for text this program wrote itself. */
  readonly limits?: Partial<XmlLimits> | 'none'
  /** The default namespace the text stands in. */
  readonly ns?: string
}

const encoder = /* @__PURE__ */ new TextEncoder()

const noLimits: XmlLimits = {
  maxStanzaBytes: 0x3fff_ffff,
  maxDepth: 0x3fff_ffff,
  maxAttributes: 0x3fff_ffff,
  maxNameBytes: 0x3fff_ffff,
  maxAttributeBytes: 0x3fff_ffff,
  maxNamespaces: 0x3fff_ffff,
}

/** Keeps the only element there may be. */
class OnlyElement implements SliceSink {
  slice: Slice | undefined
  error: XmlError | undefined

  opened(): void {}

  sliced(slice: Slice): void {
    if (this.slice) this.error ??= new XmlError('not-well-formed', 'More than one element')
    else this.slice = slice
  }

  closed(): void {
    this.error ??= new XmlError('not-well-formed', 'An end tag without a start tag')
  }

  failed(error: XmlError): void {
    this.error ??= error
  }
}

/**
 * The tree of exactly one element; white space around it is allowed, everything else is not.
 *
 * @throws XmlError with the condition a stream would be closed with
 */
export function parseElement(source: string | Uint8Array, options: ParseOptions = {}): Element {
  const sink = new OnlyElement()
  const limits = options.limits === 'none' ? noLimits : (options.limits ?? {})
  const slicer = new StanzaSlicer({ sink, limits, framing: 'frame', ns: options.ns ?? '' })
  slicer.feed(typeof source === 'string' ? encoder.encode(wellFormed(source)) : source)
  if (sink.error) throw sink.error
  if (!sink.slice) throw new XmlError('not-well-formed', 'There is no complete element')
  return elementOf(sink.slice)
}

/** The encoder would silently replace lone surrogates. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text
  throw new XmlError('not-well-formed', 'A lone surrogate')
}
