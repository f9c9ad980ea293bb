/** Whole accounts out of this server and into it: XEP-0227. */
import { type BareJid, localOf } from '@waxwing/jid'
import { PIE_NS, ScramCredentials, StanzaError } from '@waxwing/protocol'
import type { ScramHash, StoredKeys } from '@waxwing/stream'
import { type Element, elementsOf, escapeAttr, readWire, WireError, writeWire } from '@waxwing/xml'
import { AccountError } from './accounts.ts'
import type { Host } from './host.ts'

const hashes: readonly ScramHash[] = ['SHA-1', 'SHA-256', 'SHA-512']

/** The `user` element of an account, in pieces. Its messages may be many. XEP-0227 §4.2. */
export async function* exportAccount(host: Host, account: BareJid): AsyncGenerator<string> {
  yield `<user xmlns='${PIE_NS}' name='${escapeAttr(localOf(account) ?? '')}'>`
  for (const hash of hashes) {
    const keys = await host.accounts.keysOf(account, hash)
    if (keys) yield writeWire(ScramCredentials, { mechanism: `SCRAM-${hash}`, ...keys }, PIE_NS)
  }
  for (const portable of host.portables()) yield* portable.export(account)
  yield '</user>'
}

/** What came of an import. */
export interface Imported {
  readonly account: BareJid
  /** Elements nobody took, or that were broken, for people. */
  readonly passedOver: readonly string[]
}

/**
 * Makes an account from a `user` element. XEP-0227 §4.
 *
 * @throws AccountError for an account that is there already, a name that is none, or when nothing is known to log in with
 */
export async function importAccount(host: Host, user: Element): Promise<Imported> {
  const account = host.accounts.jidOf(user.attrs.get('name') ?? '')
  const children = elementsOf(user)
  const password = user.attrs.get('password')
  if (password === undefined) await host.accounts.createFromKeys(account, keysIn(children))
  else await host.accounts.create(account, password)
  const passedOver: string[] = []
  for (const child of children) {
    if (child.ns === ScramCredentials.ns) continue
    const what = `{${child.ns}}${child.name}`
    const fault = await faultOfImport(host, account, child)
    if (fault !== undefined) passedOver.push(`${what}: ${fault}`)
  }
  return { account, passedOver }
}

async function faultOfImport(host: Host, account: BareJid, child: Element): Promise<string | undefined> {
  try {
    for (const portable of host.portables()) if (await portable.import(account, child)) return undefined
    return 'nobody here knows it'
  } catch (error) {
    if (error instanceof WireError || error instanceof StanzaError) return error.message
    throw error
  }
}

/** Keys by hash; those with another number of iterations than the strongest cannot be kept beside it. */
function keysIn(children: readonly Element[]): Partial<Record<ScramHash, StoredKeys>> {
  const found = new Map<ScramHash, StoredKeys>()
  for (const child of children) {
    if (child.ns !== ScramCredentials.ns || child.name !== ScramCredentials.name) continue
    const { mechanism, ...keys } = credentialsIn(child)
    const hash = hashes.find(one => mechanism === `SCRAM-${one}`)
    if (hash && keys.iterations > 0) found.set(hash, keys)
  }
  const strongest = hashes.toReversed().find(hash => found.has(hash))
  const iterations = strongest && found.get(strongest)?.iterations
  return Object.fromEntries([...found].filter(([, keys]) => keys.iterations === iterations))
}

function credentialsIn(element: Element): ScramCredentials {
  try {
    return readWire(ScramCredentials, element)
  } catch (error) {
    throw new AccountError('bad-password', error instanceof Error ? error.message : 'The keys cannot be read')
  }
}
