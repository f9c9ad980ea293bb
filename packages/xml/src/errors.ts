/**
 * Stream error conditions that XML itself can cause (RFC 6120 §4.9.3). Which fault gives which condition:
 *
 * - `not-well-formed`: violates XML 1.0 or Namespaces in XML, an unfinished frame included (§4.9.3.13)
 * - `restricted-xml`: comment, processing instruction, DTD, entity other than the five (§11.1, §4.9.3.18)
 * - `bad-namespace-prefix`: a prefix that is not declared (§4.9.3.2)
 * - `unsupported-encoding`: not UTF-8, by declaration or by its bytes (§11.6, §4.9.3.22)
 * - `policy-violation`: a limit is passed (§4.9.3.14)
 * - `bad-format`: character data directly under the stream element (§4.9.3.1)
 * - `unsupported-stanza-type`: a stream opened inside the stream (§4.9.3.24)
 * - `invalid-namespace`, `invalid-xml`: not used by the scanner, for those who judge the content (§4.9.3.10, §4.9.3.11)
 */
export type XmlCondition =
  | 'not-well-formed'
  | 'restricted-xml'
  | 'bad-namespace-prefix'
  | 'invalid-namespace'
  | 'unsupported-encoding'
  | 'policy-violation'
  | 'bad-format'
  | 'unsupported-stanza-type'
  | 'invalid-xml'

/** XML that cannot be accepted. The message says what and where, and never repeats content. */
export class XmlError extends Error {
  override readonly name: string = 'XmlError'
  readonly condition: XmlCondition

  constructor(condition: XmlCondition, message: string) {
    super(message)
    this.condition = condition
  }
}

/** @param position counted from the first byte of the element */
export function faultAt(condition: XmlCondition, fault: string, position: number): XmlError {
  return new XmlError(condition, `${fault} (byte ${position})`)
}

export function tooLong(position: number): XmlError {
  return faultAt('policy-violation', 'name or value too long', position)
}
