// What a wire schema is: the types its readers and writers flow from.
import type { Plan } from './wire-plan.ts'
import type { Slot } from './wire-slot.ts'

/**
 * How one element looks on the wire: its type, reader, writer and documentation in one.
 *
 * `T` is what reading gives; `I` is what writing takes: the same, except that fields with a default, lists and
 * flags may be left out. A `Wire<T, I>` serves wherever a `Wire<T>` is asked for.
 */
export interface Wire<out T, in I = T> {
  /** The namespace; of a choice whose members differ in it, the first member's. */
  readonly ns: string
  /** The element's name; of a choice, its members' names joined by `|`. */
  readonly name: string
  /** The plan that reads an element called so, or `undefined` when this schema does not describe it. */
  planFor(ns: string, name: string): Plan | undefined
  /** The plan that writes a value. */
  planOf(value: unknown): Plan
  /** Every plan this schema may use for its own element: one, or one for each member of a choice. */
  plans(): readonly Plan[]
  /** Never set: carries the types. */
  readonly typed?: (input: I) => T
}

/** What reading by a schema gives. */
export type TypeOf<W> = W extends { readonly typed?: (input: never) => infer T } ? T : never

/** What writing by a schema takes. */
export type InputOf<W> = W extends { readonly typed?: (input: infer I) => unknown } ? I : never

/** Whether a field must be there, may be absent (`undefined`), or has a value to fall back to. */
export type Presence = 'required' | 'optional' | 'defaulted'

/** One field of an element: an attribute, its text, or children. */
export interface Field<out T, in I = T, out P extends Presence = Presence> {
  readonly presence: P
  readonly slot: Slot
  /** The value when nothing is found: the default, an empty list, `false`, or `undefined`. */
  readonly fallback: unknown
  /** Whether a value equal to the fallback is written all the same. */
  readonly writesFallback: boolean
  /** Never set: carries the types. */
  readonly typed?: (input: I) => T
}

/** A field that must be there, unless one of these two says otherwise. */
export interface RequiredField<out T, in I = T> extends Field<T, I, 'required'> {
  /** May be absent: then the value is `undefined`. */
  maybe(): Field<T, I, 'optional'>
  /**
   * May be absent: then the value is `value`, which is therefore not written unless `write` asks for it.
   */
  or(value: T, options?: { readonly write?: boolean }): Field<T, I, 'defaulted'>
}

/** The fields of an element by the names their values shall have. */
export type Fields = Readonly<Record<string, Field<unknown, never>>>

type KeysOf<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K] extends Field<unknown, never, P> ? K : never
}[keyof F]

type Flat<T> = { [K in keyof T]: T[K] }

/** What an element with these fields reads as. */
export type ValueOf<F extends Fields> = Flat<
  { readonly [K in KeysOf<F, 'required' | 'defaulted'>]: TypeOf<F[K]> } & {
    readonly [K in KeysOf<F, 'optional'>]?: TypeOf<F[K]> | undefined
  }
>

/** What an element with these fields is written from. */
export type ValueInput<F extends Fields> = Flat<
  { readonly [K in KeysOf<F, 'required'>]: InputOf<F[K]> } & {
    readonly [K in KeysOf<F, 'optional' | 'defaulted'>]?: InputOf<F[K]> | undefined
  }
>

/** The members of a choice by the word that tells them apart in `kind`. */
export type Members = Readonly<Record<string, Wire<unknown, never>>>

/** What a choice reads as: the member's value and its `kind`. */
export type ChoiceOf<M extends Members> = {
  [K in keyof M]: Flat<{ readonly kind: K } & TypeOf<M[K]>>
}[keyof M]

/** What a choice is written from. */
export type ChoiceInput<M extends Members> = {
  [K in keyof M]: Flat<{ readonly kind: K } & InputOf<M[K]>>
}[keyof M]
