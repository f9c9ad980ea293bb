/** The certificates that accounts have been given, by name, and whose a certificate is. XEP-0257. */
import { createHash, X509Certificate } from 'node:crypto'
import type { BareJid } from '@waxwing/jid'
import { localOf } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import { column, key, type Mapped, mapped, type Row } from '../../store/store.ts'

const columns = {
  /** DER. */
  certificate: column.blob(),
  /** Whoever logs in with it may change the list. */
  manages: column.bool(),
  since: column.time(),
}

export const certificateShapes = {
  certificates: mapped(key<BareJid>('account'), 'name', columns),
  /** The same the other way round: whom a certificate lets in. */
  holders: mapped('fingerprint', key<BareJid>('account'), { name: column.text() }),
}
export type CertificateRow = Row<typeof columns>

export interface CertificatesParts {
  readonly certificates: Mapped<BareJid, string, CertificateRow>
  readonly holders: Mapped<string, BareJid, { readonly name: string }>
  readonly wall: () => number
  readonly perAccount: number
  readonly maxBytes: number
  readonly maxNameLength: number
}

export class CertificateList {
  readonly #parts: CertificatesParts

  constructor(parts: CertificatesParts) {
    this.#parts = parts
  }

  /** Accounts that a certificate lets in, while it lasts. */
  holdersOf(certificate: Uint8Array): Now<readonly string[]> {
    if (!this.#isCurrent(certificate)) return []
    const holders = this.#parts.holders.all(fingerprintOf(certificate))
    return holders instanceof Promise ? holders.then(usernamesIn) : usernamesIn(holders)
  }

  async list(account: BareJid): Promise<ReadonlyMap<string, CertificateRow>> {
    return this.#parts.certificates.all(account)
  }

  /** @throws StanzaError */
  async add(account: BareJid, name: string, certificate: Uint8Array, manages: boolean): Promise<void> {
    const { certificates, holders, wall } = this.#parts
    this.#mustFit(name, certificate)
    const present = await certificates.all(account)
    if (present.has(name)) throw stanzaError('conflict', 'There is a certificate of this name already')
    const fingerprint = fingerprintOf(certificate)
    if (await holders.get(fingerprint, account))
      throw stanzaError('conflict', 'This certificate is there under another name')
    if (present.size >= this.#parts.perAccount)
      throw stanzaError('resource-constraint', 'There are as many certificates as there may be')
    await Promise.all([
      certificates.put(account, name, { certificate, manages, since: wall() }),
      holders.put(fingerprint, account, { name }),
    ])
  }

  /** @returns the certificate that was taken away. @throws StanzaError item-not-found */
  async remove(account: BareJid, name: string): Promise<Uint8Array> {
    const { certificates, holders } = this.#parts
    const row = await certificates.get(account, name)
    if (!row) throw stanzaError('item-not-found', 'There is no certificate of this name')
    await Promise.all([
      certificates.delete(account, name),
      holders.delete(fingerprintOf(row.certificate), account),
    ])
    return row.certificate
  }

  /** Whether a client that logged in with this certificate may change the list. */
  async mayManage(account: BareJid, certificate: Uint8Array): Promise<boolean> {
    const holder = await this.#parts.holders.get(fingerprintOf(certificate), account)
    const row = holder && (await this.#parts.certificates.get(account, holder.name))
    return row?.manages ?? true
  }

  async clear(account: BareJid): Promise<void> {
    for (const name of (await this.list(account)).keys()) await this.remove(account, name)
  }

  #mustFit(name: string, certificate: Uint8Array): void {
    const { maxNameLength, maxBytes } = this.#parts
    if (name === '' || name.length > maxNameLength || name.includes('\0'))
      throw stanzaError('not-acceptable', `A name has 1 to ${maxNameLength} characters`)
    if (certificate.length > maxBytes) throw stanzaError('not-acceptable', 'The certificate is too large')
    if (!read(certificate)) throw stanzaError('bad-request', 'This is no X.509 certificate')
    if (!this.#isCurrent(certificate)) throw stanzaError('not-acceptable', 'The certificate has expired')
  }

  #isCurrent(certificate: Uint8Array): boolean {
    const found = read(certificate)
    const now = this.#parts.wall()
    return found !== undefined && found.validFromDate.getTime() <= now && now < found.validToDate.getTime()
  }
}

export function fingerprintOf(certificate: Uint8Array): string {
  return createHash('sha256').update(certificate).digest('hex')
}

function read(certificate: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate)
  } catch {
    return undefined
  }
}

function usernamesIn(holders: ReadonlyMap<BareJid, unknown>): readonly string[] {
  return [...holders.keys()].flatMap(account => localOf(account) ?? [])
}
