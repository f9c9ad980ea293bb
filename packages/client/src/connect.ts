import { Client } from './client.ts'
import type { ClientOptions } from './options.ts'

/**
 * Connects and logs in; settles when the session is usable: bound, roster loaded, presence shown. Later losses of the
 * connection are healed silently.
 *
 * Rejects with the `XmppError` that stood in the way: `ResolveError`, `TlsError`, `AuthError`, `PolicyError`,
 * `StreamFailure`, `TimeoutError`; or with `JidError`, or the signal's reason.
 */
export async function connect(options: ClientOptions): Promise<Client> {
  const client = new Client(options)
  await client.open()
  return client
}
