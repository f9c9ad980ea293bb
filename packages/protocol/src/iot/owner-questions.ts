// What a provisioning server asks owners of things, on the wire.
import { child, element, mapped, type Wire } from '@waxwing/xml'
import { fieldCategories } from './field-flags.ts'
import type { OwnerGeneration } from './generations.ts'
import {
  about,
  categoryAttributes,
  fewOf,
  namesOf,
  nodesOf,
  nothingMore,
  readTokens,
  tokenAttributes,
  writeTokens,
} from './owner-parts.ts'
import type { OwnerQuestion } from './provisioning-owner.ts'
import { markAll, marked } from './sensor-marks.ts'

export function friendQuestion(generation: OwnerGeneration, ns: string): Wire<OwnerQuestion> {
  return mapped(
    element(ns, 'isFriend', about),
    (raw): OwnerQuestion => ({ generation, ...nothingMore, ...raw }),
    ({ thing, caller, key: of }) => ({ thing, caller, key: of }),
  )
}

export function readQuestion(generation: OwnerGeneration, ns: string): Wire<OwnerQuestion> {
  const raw = element(ns, 'canRead', {
    ...about,
    ...categoryAttributes,
    ...tokenAttributes,
    nodes: nodesOf(ns),
    names: namesOf(ns, 'f'),
  })
  return mapped(
    raw,
    (read): OwnerQuestion => {
      const { thing, caller, key: of, nodes, names, all } = read
      const categories = marked(fieldCategories, read)
      return {
        generation,
        thing,
        caller,
        key: of,
        nodes: fewOf(nodes),
        names: fewOf(names),
        categories,
        all,
        tokens: readTokens(read),
      }
    },
    ({ tokens, categories, ...rest }) => ({ ...rest, ...markAll(categories), ...writeTokens(tokens) }),
  )
}

/** The schema has an element around the parameters, the text has none: both are read, the schema's is written. */
export function controlQuestion(generation: OwnerGeneration, ns: string): Wire<OwnerQuestion> {
  const raw = element(ns, 'canControl', {
    ...about,
    ...tokenAttributes,
    nodes: nodesOf(ns),
    partial: child(element(ns, 'partial', { names: namesOf(ns, 'p') })).maybe(),
    plain: namesOf(ns, 'p'),
  })
  return mapped(
    raw,
    ({ thing, caller, key: of, nodes, partial, plain, ...tokens }): OwnerQuestion => ({
      ...nothingMore,
      generation,
      thing,
      caller,
      key: of,
      nodes: fewOf(nodes),
      names: fewOf([...(partial?.names ?? []), ...plain]),
      tokens: readTokens(tokens),
    }),
    ({ thing, caller, key: of, nodes, names, tokens }) => ({
      thing,
      caller,
      key: of,
      nodes,
      ...(names.length > 0 ? { partial: { names } } : {}),
      ...writeTokens(tokens),
    }),
  )
}
