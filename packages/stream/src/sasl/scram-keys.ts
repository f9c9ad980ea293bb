/** Keys and signatures of SCRAM: RFC 5802 §3. */
import type { SaslCrypto, ScramHash } from './crypto.ts'
import { after, type Now } from './now.ts'
import { encodeUtf8 } from './utf8.ts'

/** What a server keeps of a password; nobody can log in with it elsewhere. */
export interface StoredKeys {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** What a client needs to prove the password and to check the server. */
export interface ClientKeys {
  readonly clientKey: Uint8Array
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/**
 * The keys a server stores for a password.
 *
 * @param password prepared (OpaqueString) and in UTF-8
 */
export async function deriveScramKeys(
  crypto: SaslCrypto,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  hash: ScramHash,
): Promise<StoredKeys> {
  const { storedKey, serverKey } = await deriveClientKeys(crypto, password, salt, iterations, hash)
  return { salt, iterations, storedKey, serverKey }
}

/** The same with the client key, which never leaves the client. */
export async function deriveClientKeys(
  crypto: SaslCrypto,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  hash: ScramHash,
): Promise<ClientKeys> {
  return clientKeysOf(crypto, await crypto.pbkdf2(hash, password, salt, iterations), hash)
}

/** What a server stores, from a SaltedPassword that a client has made. XEP-0480 §3. */
export async function scramKeysOf(
  crypto: SaslCrypto,
  salted: Uint8Array,
  hash: ScramHash,
): Promise<Pick<StoredKeys, 'storedKey' | 'serverKey'>> {
  const { storedKey, serverKey } = await clientKeysOf(crypto, salted, hash)
  return { storedKey, serverKey }
}

async function clientKeysOf(crypto: SaslCrypto, salted: Uint8Array, hash: ScramHash): Promise<ClientKeys> {
  const clientKey = await crypto.hmac(hash, salted, encodeUtf8('Client Key'))
  const serverKey = await crypto.hmac(hash, salted, encodeUtf8('Server Key'))
  return { clientKey, storedKey: await crypto.hash(hash, clientKey), serverKey }
}

/** Whether a proof shows the client key behind a stored key. The proof must have the digest's length. */
export function provesClientKey(
  crypto: SaslCrypto,
  hash: ScramHash,
  storedKey: Uint8Array,
  authMessage: Uint8Array,
  proof: Uint8Array,
): Now<boolean> {
  return after(crypto.hmac(hash, storedKey, authMessage), signature =>
    after(crypto.hash(hash, xor(proof, signature)), digest => crypto.equal(digest, storedKey)),
  )
}

/** Two byte strings of equal length, bit by bit. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length)
  for (let at = 0; at < a.length; at++) out[at] = (a[at] ?? 0) ^ (b[at] ?? 0)
  return out
}
