/** What peers have sent and nobody has checked yet. */
import { CodecError, WireError } from '@waxwing/xml'

/** What `read` reads; `undefined` when it does not fit its schema: then it is not there. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof WireError || error instanceof CodecError) return undefined
    throw error
  }
}
