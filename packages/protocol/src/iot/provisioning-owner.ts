// What a provisioning server asks owners of things, and what they answer; only in the short family (IEEE 1451.99 provisioning).
import type { Jid } from '@waxwing/jid'
import type { Wire } from '@waxwing/xml'
import type { FieldCategory } from './field-flags.ts'
import { type OwnerGeneration, ownerGenerations, ownerNs } from './generations.ts'
import { clearing, controlRule, friendRule, readRule } from './owner-answers.ts'
import { controlQuestion, friendQuestion, readQuestion } from './owner-questions.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'
import type { AskedVerb } from './rule-book.ts'

/** Which question, and about whom. */
export interface AboutQuestion {
  readonly generation: OwnerGeneration
  /** Names the question. */
  readonly key: string
  readonly thing: Jid
  /** Who would like to do something with it. */
  readonly caller: Jid
}

/** May somebody do something with a thing of yours? What does not fit the verb is empty. */
export interface OwnerQuestion extends AboutQuestion {
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Fields or parameters; empty: all. */
  readonly names: readonly string[]
  readonly categories: readonly FieldCategory[]
  /** Every category. */
  readonly all: boolean
  readonly tokens: ReadoutTokens
}

/** Whom an answer is about from now on. */
export type RuleOrigin =
  | { readonly kind: 'caller' | 'domain' | 'everyone' }
  | { readonly kind: 'service' | 'device' | 'user'; readonly token: string }

/** Something less than all. */
export interface PartialRule {
  /** Empty: all. */
  readonly names: readonly string[]
  /** Empty: all. */
  readonly categories: readonly FieldCategory[]
}

/** What becomes of this question, and of others like it. */
export interface OwnerAnswer extends AboutQuestion {
  readonly result: boolean
  /** About friendship never a token. */
  readonly origin: RuleOrigin
  /** Empty: the thing and all nodes behind it. */
  readonly nodes: readonly NodeRef[]
  /** Absent: all of it. */
  readonly partial?: PartialRule | undefined
  /** How long it holds; absent: always. Only our own server knows it. */
  readonly until?: Date | undefined
}

/** Things shall forget what they were told. */
export interface OwnerClearing {
  /** Absent: all things of the owner. */
  readonly thing?: Jid | undefined
  /** Only in `nfi`. */
  readonly node?: NodeRef | undefined
}

/** How one generation writes what passes between a provisioning server and owners. */
export interface OwnerFormat {
  readonly generation: OwnerGeneration
  readonly ns: string
  /** Messages of the server. */
  readonly questions: Readonly<Record<AskedVerb, Wire<OwnerQuestion>>>
  /** Requests of the owner. */
  readonly answers: Readonly<Record<AskedVerb, Wire<OwnerAnswer>>>
  readonly clearCache: Wire<OwnerClearing>
  readonly deleteRules: Wire<OwnerClearing>
}

function formatOf(generation: OwnerGeneration): OwnerFormat {
  const ns = ownerNs(generation)
  return {
    generation,
    ns,
    questions: {
      befriend: friendQuestion(generation, ns),
      read: readQuestion(generation, ns),
      control: controlQuestion(generation, ns),
    },
    answers: {
      befriend: friendRule(generation, ns),
      read: readRule(generation, ns),
      control: controlRule(generation, ns),
    },
    clearCache: clearing(generation, ns, 'clearCache'),
    deleteRules: clearing(generation, ns, 'deleteRules'),
  }
}

const formats = Object.fromEntries(
  ownerGenerations.map(generation => [generation, formatOf(generation)]),
) as Readonly<Record<OwnerGeneration, OwnerFormat>>

/** The format of questions to owners in a generation. */
export function provisioningOwner(generation: OwnerGeneration): OwnerFormat {
  return formats[generation]
}
