/** The name of an installation, as its client made it up: XEP-0388 §2.3. */
import type { UserAgent } from '@waxwing/protocol'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** In lower case; `undefined` when there is none, or it is no UUID. */
export function clientIdOf(userAgent: UserAgent | undefined): string | undefined {
  const id = userAgent?.id?.toLowerCase()
  return id !== undefined && uuid.test(id) ? id : undefined
}
