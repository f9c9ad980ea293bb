import type { XmlCondition } from './errors.ts'

/** XMLDecl (XML 1.0 [23]); groups 2 and 3 are the encoding. */
const declaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][A-Za-z0-9._-]*)"|'([A-Za-z][A-Za-z0-9._-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>$/

/** What is wrong with a complete XML declaration, undefined if it is a good one. UTF-8 is the only encoding (RFC 6120 §11.6). */
export function declarationCondition(text: string): XmlCondition | undefined {
  const found = declaration.exec(text)
  if (found === null) return 'not-well-formed'
  const encoding = found[2] ?? found[3] ?? 'UTF-8'
  return encoding.toUpperCase() === 'UTF-8' ? undefined : 'unsupported-encoding'
}
