import { digestSize, type SaslCrypto } from './crypto.ts'

/** Web Cryptography: for browsers and everywhere else. All but `randomBytes` and `equal` answer later. */
export function webCrypto(): SaslCrypto {
  const { subtle } = crypto
  return {
    async hash(hash, data) {
      return new Uint8Array(await subtle.digest(hash, owned(data)))
    },
    async hmac(hash, key, data) {
      const imported = await subtle.importKey('raw', owned(key), { name: 'HMAC', hash }, false, ['sign'])
      return new Uint8Array(await subtle.sign('HMAC', imported, owned(data)))
    },
    async pbkdf2(hash, password, salt, iterations) {
      const key = await subtle.importKey('raw', owned(password), 'PBKDF2', false, ['deriveBits'])
      const algorithm = { name: 'PBKDF2', hash, salt: owned(salt), iterations } as const
      return new Uint8Array(await subtle.deriveBits(algorithm, key, digestSize(hash) * 8))
    },
    randomBytes: size => crypto.getRandomValues(new Uint8Array(size)),
    equal,
  }
}

/** A copy whose buffer is not shared, as Web Cryptography demands. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0)
  return difference === 0
}
