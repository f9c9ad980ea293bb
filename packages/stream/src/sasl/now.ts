/** A value that is here, or one to wait for: whoever can answer at once does. */
export type Now<T> = T | Promise<T>

/** Goes on with a value as soon as it is here, which may be at once. */
export function after<T, U>(value: Now<T>, next: (value: T) => Now<U>): Now<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
