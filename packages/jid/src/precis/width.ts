import { widthSources, widthTargets } from '../tables/width.ts'

/** Fullwidth and halfwidth code points become what they decompose to: the width mapping rule, RFC 8264 §5.2.1. */
export function mapWidth(text: string): string {
  return text.replace(/[\u3000\uff00-\uffef]/g, character => widthMapped(character))
}

function widthMapped(character: string): string {
  const code = character.charCodeAt(0)
  let before = 0
  for (const [first, count] of widthSources) {
    if (code >= first && code < first + count) return widthTargets.charAt(before + code - first)
    before += count
  }
  return character
}
