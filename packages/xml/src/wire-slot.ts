// Where a field of a schema lives on the wire.
import type { TextCodec } from './codec.ts'
import type { Wire } from './wire-types.ts'

/** A codec, child schema or name list whose own types the field carries. `ns` absent: the element's own. */
export type Slot =
  | {
      readonly at: 'attribute'
      readonly ns: string
      readonly name: string
      readonly codec: TextCodec<unknown>
    }
  | { readonly at: 'text'; readonly codec: TextCodec<unknown> }
  | { readonly at: 'child'; readonly many: boolean; readonly wire: Wire<unknown> }
  | {
      readonly at: 'text-child'
      readonly many: boolean
      readonly ns: string | undefined
      readonly name: string
      readonly codec: TextCodec<unknown>
    }
  | { readonly at: 'flag'; readonly ns: string | undefined; readonly name: string }
  | {
      readonly at: 'name-child'
      readonly many: boolean
      readonly ns: string | undefined
      readonly names: readonly string[]
    }
  | { readonly at: 'any' }
  | { readonly at: 'rest' }
