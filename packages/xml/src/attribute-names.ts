// Attribute names as bytes: told apart without making strings.

/** Length, first and last letter: equal for equal names, and mostly different for others. */
export function keyOf(length: number, first: number, last: number): number {
  return (length & 0xff) | (first << 8) | (last << 16)
}

export const keyXmlns: number = /* @__PURE__ */ keyOf(5, 0x78, 0x73)
export const keyTo: number = /* @__PURE__ */ keyOf(2, 0x74, 0x6f)
export const keyId: number = /* @__PURE__ */ keyOf(2, 0x69, 0x64)
export const keyFrom: number = /* @__PURE__ */ keyOf(4, 0x66, 0x6d)
export const keyType: number = /* @__PURE__ */ keyOf(4, 0x74, 0x65)

/** Whether the bytes spell `xmlns`. */
export function isXmlns(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 5 &&
    bytes[start] === 0x78 &&
    bytes[start + 1] === 0x6d &&
    bytes[start + 2] === 0x6c &&
    bytes[start + 3] === 0x6e &&
    bytes[start + 4] === 0x73
  )
}

/** Whether the bytes spell `xml`. */
export function isXml(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 3 && bytes[start] === 0x78 && bytes[start + 1] === 0x6d && bytes[start + 2] === 0x6c
}

/** Whether the bytes spell `lang`. */
export function isLang(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 4 || bytes[start] !== 0x6c || bytes[start + 1] !== 0x61) return false
  return bytes[start + 2] === 0x6e && bytes[start + 3] === 0x67
}

/** Whether two stretches spell the same. */
export function isSame(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false
  for (let i = start, k = otherStart; i < end; i++, k++) if (bytes[i] !== bytes[k]) return false
  return true
}
