import type { Now } from './now.ts'

/** Hash functions of the SCRAM family: RFC 5802, RFC 7677. */
export type ScramHash = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** Cryptography as the platform has it. What answers at once should: a login then waits for nothing. */
export interface SaslCrypto {
  hash(hash: ScramHash, data: Uint8Array): Now<Uint8Array>
  hmac(hash: ScramHash, key: Uint8Array, data: Uint8Array): Now<Uint8Array>
  /** PBKDF2 with HMAC, as many octets as the hash has. */
  pbkdf2(hash: ScramHash, password: Uint8Array, salt: Uint8Array, iterations: number): Now<Uint8Array>
  /** Unpredictable bytes. */
  randomBytes(size: number): Uint8Array
  /** Whether two byte strings are equal, in a time that depends on their lengths alone. */
  equal(a: Uint8Array, b: Uint8Array): boolean
}

/** Octets that a hash function yields. */
export function digestSize(hash: ScramHash): number {
  switch (hash) {
    case 'SHA-1':
      return 20
    case 'SHA-256':
      return 32
    case 'SHA-512':
      return 64
  }
}
