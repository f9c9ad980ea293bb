// What a registry of things is about, free of any generation's spelling (XEP-0347, IEEE 1451.99 discovery).
import type { Jid } from '@waxwing/jid'
import type { Wire } from '@waxwing/xml'
import type { Generation } from './generations.ts'
import type { NodeRef } from './readout.ts'

/** The generations that have a registry: all but the first. */
export type RegistryGeneration = Exclude<Generation, 'sn'>

/** Generations that have a registry, oldest first. */
export const registryGenerations = [
  'xep',
  'ieee',
  'nf',
  'nfi',
] as const satisfies readonly RegistryGeneration[]

/** Something said of a thing. Names are the same whatever the case of their letters. XEP-0347 §5.2. */
export type Tag =
  | { readonly kind: 'str'; readonly name: string; readonly value: string }
  | { readonly kind: 'num'; readonly name: string; readonly value: number }

/** Something with tags; `node` absent: the sender or addressee itself. */
export interface Tagged {
  readonly node?: NodeRef | undefined
  readonly tags: readonly Tag[]
}

/** A thing enters itself. XEP-0347 §3.6–3.8. */
export interface ThingRegistration extends Tagged {
  /** It needs no owner, and everybody may find it. */
  readonly selfOwned: boolean
}

/** Somebody wants to own the thing with exactly these tags. XEP-0347 §3.9. */
export interface ThingClaim extends Tagged {
  /** Whether everybody may find the thing then; `undefined`: not said. */
  readonly isPublic?: boolean | undefined
}

/** New values of some tags; an empty text takes a tag away. XEP-0347 §3.13, §3.14. */
export interface TagUpdate extends Tagged {
  /** The thing, if it is not the sender. */
  readonly jid?: Jid | undefined
}

/** A node of the sender or of the addressee; `undefined`: the whole of it. */
export interface NodeAddress {
  readonly node?: NodeRef | undefined
}

export interface ThingAddress extends NodeAddress {
  readonly jid: Jid
}

/** To the thing: its owner. To the owner: the thing. XEP-0347 §3.9. */
export interface ThingClaimed extends ThingAddress {
  readonly isPublic?: boolean | undefined
}

/** Comparisons of a tag with one text. */
export const textOperators = ['strEq', 'strNEq', 'strGt', 'strGtEq', 'strLt', 'strLtEq', 'strRegEx'] as const
export type TextOperator = (typeof textOperators)[number]

/** Comparisons of a tag with one number. */
export const numberOperators = ['numEq', 'numNEq', 'numGt', 'numGtEq', 'numLt', 'numLtEq'] as const
export type NumberOperator = (typeof numberOperators)[number]

interface Named {
  readonly name: string
  /** What stands for any text in `name`; absent: nothing does. */
  readonly nameWildcard?: string | undefined
}

interface Range<T> extends Named {
  readonly min: T
  readonly minIncluded: boolean
  readonly max: T
  readonly maxIncluded: boolean
}

/** What a thing must have to be found. XEP-0347 §3.15. */
export type SearchCondition =
  | ({ readonly kind: TextOperator; readonly value: string } & Named)
  | ({ readonly kind: NumberOperator; readonly value: number } & Named)
  | ({ readonly kind: 'strMask'; readonly value: string; readonly wildcard: string } & Named)
  | ({ readonly kind: 'strRange' | 'strNRange' } & Range<string>)
  | ({ readonly kind: 'numRange' | 'numNRange' } & Range<number>)

/** Part of a long list. */
export interface ListPage {
  /** How many to leave out at the beginning. */
  readonly offset: number
  /** `undefined`: as many as the registry likes. */
  readonly maxCount?: number | undefined
}

/** All conditions hold together. */
export interface ThingSearch extends ListPage {
  readonly conditions: readonly SearchCondition[]
}

export interface FoundThing extends ThingAddress {
  /** Told to few. */
  readonly owner?: Jid | undefined
  readonly tags: readonly Tag[]
}

export interface FoundThings {
  readonly things: readonly FoundThing[]
  /** There are further ones. */
  readonly more: boolean
}

/** How one generation writes all of it. */
export interface RegistryFormat {
  readonly generation: RegistryGeneration
  /** Also the feature that a registry announces. XEP-0347 §4. */
  readonly ns: string
  readonly register: Wire<ThingRegistration>
  readonly claim: Wire<ThingClaim>
  readonly update: Wire<TagUpdate>
  readonly unregister: Wire<NodeAddress>
  readonly remove: Wire<ThingAddress>
  readonly disown: Wire<ThingAddress>
  readonly claimed: Wire<ThingClaimed>
  readonly removed: Wire<NodeAddress>
  readonly disowned: Wire<NodeAddress>
  readonly search: Wire<ThingSearch>
  readonly found: Wire<FoundThings>
  /** The things of the asker, answered with `found`; `undefined` where nobody can ask. IEEE 1451.99, owners. */
  readonly owned: Wire<ListPage> | undefined
}
