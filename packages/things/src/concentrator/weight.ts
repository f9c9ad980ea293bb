/** How much room texts take on the wire. */
import type { NodeInfo } from '@waxwing/protocol'

const quote = 0x22
const ampersand = 0x26
const apostrophe = 0x27
const less = 0x3c
const greater = 0x3e
const space = 0x20
const lastOfAscii = 0x7f

/** Bytes of a text in UTF-8 with everything escaped that may have to be; never less than it takes. */
export function bytesOf(text: string): number {
  let bytes = text.length
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code > lastOfAscii) bytes += 2
    else if (code < space || code === less || code === greater) bytes += 5
    else if (code === quote || code === ampersand || code === apostrophe) bytes += 5
  }
  return bytes
}

/** About how many bytes a node takes in an answer. */
export function weightOf({ id, displayName = '', parameters, messages }: NodeInfo): number {
  let weight = 300 + bytesOf(id) + bytesOf(displayName)
  for (const { id: own, name, value } of parameters)
    weight += 40 + bytesOf(own) + bytesOf(name) + bytesOf(value)
  for (const { text } of messages) weight += 80 + bytesOf(text)
  return weight
}
