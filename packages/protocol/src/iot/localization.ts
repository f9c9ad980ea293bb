// References to localised names of fields (XEP-0323 §3.8; `lns` and `loc` in the short family).
import { CodecError } from '@waxwing/xml'

/** Where the name of a field stands in other languages. */
export interface Localization {
  /** The default namespace (or module) of the steps. */
  readonly namespace: string | undefined
  /** Steps as written: `1`, `1,2`, `14|Module|seed`. */
  readonly steps: string
}

/** One step: a string's number, where it is defined, and a seed for it. */
export interface LocalizationStep {
  readonly id: number
  /** `undefined`: the default one. */
  readonly namespace: string | undefined
  readonly seed: string | undefined
}

const maxLength = 1024
const maxSteps = 16
const stepForm = /^([0-9]{1,9})(?:\|([^,|]*)(?:\|([^,]*))?)?$/

/** The steps in their order. Throws `CodecError` when there are more than 16, or more than 1,024 characters. */
export function localizationSteps({ steps }: Localization): LocalizationStep[] {
  if (steps.length > maxLength) throw new CodecError('too long')
  const parts = steps.split(',')
  if (parts.length > maxSteps) throw new CodecError('too many steps')
  return parts.map(part => {
    const [, id, namespace, seed] = stepForm.exec(part.trim()) ?? []
    if (id === undefined) throw new CodecError('not a step of a localization')
    return { id: Number(id), namespace: namespace === '' ? undefined : namespace, seed }
  })
}

/** A reference that keeps its limits, or `undefined`. */
export function localizationOf(
  namespace: string | undefined,
  steps: string | undefined,
): Localization | undefined {
  if (steps === undefined || (namespace?.length ?? 0) > maxLength) return undefined
  const localization = { namespace, steps }
  try {
    localizationSteps(localization)
    return localization
  } catch {
    return undefined
  }
}

/** The longest name a chain of substitutions may grow to. */
const maxResult = 4096

/**
 * The name in the language of a table: each step replaces `%0%` by the result of the step before it and `%1%` by
 * its seed. Nothing else is evaluated.
 *
 * @param lookup a string of the table; `undefined` when it has none
 * @returns `undefined` when a string is missing or the result grows too long: show the plain name then
 */
export function localized(
  localization: Localization,
  lookup: (namespace: string | undefined, id: number) => string | undefined,
): string | undefined {
  let result = ''
  for (const { id, namespace = localization.namespace, seed = '' } of localizationSteps(localization)) {
    const pattern = lookup(namespace, id)
    if (pattern === undefined) return undefined
    const before = result
    result = pattern.replace(/%[01]%/g, mark => (mark === '%0%' ? before : seed))
    if (result.length > maxResult) return undefined
  }
  return result
}
