/** The texts of the specifications, where they are here: WAXWING_SPECS names their folder. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const fence = /^```xml\n([\s\S]*?)^```$/gm

export interface Specification {
  /** Why tests of it are skipped, `false` where it is here. */
  readonly skip: string | false
  /** Its examples in their order, as they are written. */
  readonly examples: () => readonly string[]
}

/** @param xep its number, with four digits */
export function specification(xep: string): Specification {
  const folder = process.env['WAXWING_SPECS']
  const file = resolve(folder ?? '', `xep-${xep}.md`)
  const isHere = folder !== undefined && existsSync(file)
  return {
    skip: isHere ? false : `the text of XEP-${xep} is not here; set WAXWING_SPECS to its folder`,
    examples: () => [...readFileSync(file, 'utf8').matchAll(fence)].map(([, example = '']) => example),
  }
}
