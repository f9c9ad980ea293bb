/** Keys that an account lacks, made while its owner logs in: XEP-0480. */
import type { BareJid } from '@waxwing/jid'
import { SASL_UPGRADE_NS, type Sasl2TaskData } from '@waxwing/protocol'
import {
  encodeBase64,
  type LoginTask,
  type ProvenLogin,
  type SaslCondition,
  type ScramHash,
  scramKeysOf,
} from '@waxwing/stream'
import type { Host } from '../../kernel/host.ts'

/** Task names with the hash each makes keys of, and the octets those have. */
const upgrades: readonly { readonly name: string; readonly hash: ScramHash; readonly octets: number }[] = [
  { name: 'UPGR-SCRAM-SHA-256', hash: 'SHA-256', octets: 32 },
  { name: 'UPGR-SCRAM-SHA-512', hash: 'SHA-512', octets: 64 },
]

const saltOctets = 16

/** The same for everybody: who lacks what is nobody's business before the login. §2.1 */
export function offeredUpgrades(): string {
  return upgrades.map(({ name }) => `<upgrade xmlns='${SASL_UPGRADE_NS}'>${name}</upgrade>`).join('')
}

/** Mechanisms of hashes that the account has no keys of. Accounts that do not exist seem to have all. XEP-0388 §2.1 */
export function unfitMechanisms(host: Host, account: BareJid): readonly string[] {
  return host.accounts.lackedHashes(account).flatMap(hash => [`SCRAM-${hash}`, `SCRAM-${hash}-PLUS`])
}

/** Those of the tasks wanted that the account needs. §2.2 */
export async function neededUpgrades(
  host: Host,
  { account }: ProvenLogin,
  wanted: readonly string[],
): Promise<readonly LoginTask[]> {
  const tasks: LoginTask[] = []
  for (const { name, hash, octets } of upgrades) {
    const missing = wanted.includes(name) ? await host.accounts.missing(account, hash) : undefined
    if (!missing) continue
    const salt = host.crypto.randomBytes(saltOctets)
    tasks.push({
      name,
      begin: () =>
        `<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='${missing.iterations}'>${encodeBase64(salt)}</salt>`,
      async receive({ hash: made }: Sasl2TaskData): Promise<SaslCondition | undefined> {
        if (made?.data.length !== octets) return 'malformed-request'
        const keys = await scramKeysOf(host.crypto, made.data, hash)
        await host.accounts.addKeys(account, hash, { salt, ...keys })
        host.log.info({ account, hash }, 'Keys of a password were added')
        return undefined
      },
    })
  }
  return tasks
}
