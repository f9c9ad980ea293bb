/** Names of guests: random, and told from accounts by their form. XEP-0175 §3. */
const prefix = 'anonymous-'
const form = /^anonymous-[0-9a-f]{32}$/

/** @param random 16 octets */
export function anonymousName(random: Uint8Array): string {
  return prefix + Array.from(random, byte => byte.toString(16).padStart(2, '0')).join('')
}

export function isAnonymousName(local: string | undefined): boolean {
  return local !== undefined && form.test(local)
}
