/** What went wrong with a store, for programs. */
export type StoreCondition =
  /** A value does not fit its column. */
  | 'bad-value'
  /** A declaration that no table can be made of, or that does not fit the table found. */
  | 'bad-declaration'
  /** The place cannot be created or written. */
  | 'unwritable'
  /** There is a file, but it is not a store. */
  | 'not-a-store'
  /** Another running process holds the store. */
  | 'in-use'
  /** Written by a newer version of the program. */
  | 'newer'
  /** No room left. */
  | 'full'
  /** The store has been closed. */
  | 'closed'
  /** Anything else the driver could not do. */
  | 'failed'

/** A store could not do what was asked. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly condition: StoreCondition

  constructor(condition: StoreCondition, message: string, options?: ErrorOptions) {
    super(message, options)
    this.condition = condition
  }
}
