export { type BufferClass, type BytesPort, bufferBytes, portableBytes } from './bytes.ts'
export { ChildCursor } from './child-cursor.ts'
export {
  bool,
  CodecError,
  count,
  custom,
  double,
  int,
  intWithin,
  long,
  oneOf,
  string,
  type TextCodec,
  uint,
} from './codec.ts'
export { base64, base64Lines, decodeBase64, encodeBase64 } from './codec-base64.ts'
export {
  dateTime,
  formatDateTime,
  formatZone,
  isDay,
  isTime,
  millisecondsOf,
  parseDateTime,
  parseZone,
} from './codec-date-time.ts'
export {
  attrKey,
  childOf,
  childrenOf,
  type Element,
  el,
  elementOf,
  elementsOf,
  sameElement,
  splitAttrKey,
  TreeBuilder,
  textOf,
  walkElement,
  withoutIndentation,
} from './element.ts'
export { type ParseOptions, parseElement } from './element-parser.ts'
export { type XmlCondition, XmlError } from './errors.ts'
export type { XmlHandler } from './handler.ts'
export { defaultLimits, type XmlLimits } from './limits.ts'
export { XML_NS } from './names.ts'
export { Slice } from './slice.ts'
export { type SliceSink, StanzaSlicer, type StanzaSlicerOptions, type StreamHeader } from './slicer.ts'
export { type TemplateValue, xml } from './template.ts'
export { readChildOf, readChildWire, readSlice, readWire, toElement, writeWire } from './wire.ts'
export { describe, type FieldDescription, type WireDescription } from './wire-describe.ts'
export { WireError } from './wire-error.ts'
export {
  any,
  attr,
  child,
  children,
  flag,
  lang,
  nameChild,
  nameChildren,
  rest,
  text,
  textChild,
  textChildren,
} from './wire-fields.ts'
export { choice, element, lazy, mapped } from './wire-schemas.ts'
export type {
  ChoiceInput,
  ChoiceOf,
  Field,
  Fields,
  InputOf,
  Members,
  Presence,
  RequiredField,
  TypeOf,
  ValueInput,
  ValueOf,
  Wire,
} from './wire-types.ts'
export { checkName, escapeAttr, escapeText, writeElement } from './writer.ts'
