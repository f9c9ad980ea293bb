// The certificates that let clients in without a password (XEP-0257).
import {
  base64Lines,
  child,
  children,
  element,
  flag,
  string,
  textChild,
  textChildren,
  type Wire,
} from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:saslcert:1'

/** A certificate is added under a name of the user's own choice. §2.1 */
export interface AppendCertificate {
  readonly name: string
  /** DER. */
  readonly certificate: Uint8Array
  /** Whoever logs in with it may not change the list. */
  readonly noManagement?: boolean | undefined
}
export const AppendCertificate: Wire<AppendCertificate> = element(NS, 'append', {
  name: textChild('name', string),
  noManagement: flag('no-cert-management'),
  certificate: textChild('x509cert', base64Lines),
})

const Users: Wire<{ readonly resources: readonly string[] }> = element(NS, 'users', {
  resources: textChildren('resource', string),
})

/** §2.2 */
export interface CertificateItem {
  readonly name: string
  readonly certificate: Uint8Array
  /** Resources that are logged in with it. */
  readonly users?: { readonly resources: readonly string[] } | undefined
}
const CertificateItem: Wire<CertificateItem> = element(NS, 'item', {
  name: textChild('name', string),
  certificate: textChild('x509cert', base64Lines),
  users: child(Users).maybe(),
})

export const CertificatesQuery: Wire<Empty> = element(NS, 'items', {})

export interface Certificates {
  readonly items: readonly CertificateItem[]
}
export const Certificates: Wire<Certificates> = element(NS, 'items', { items: children(CertificateItem) })

export interface CertificateName {
  readonly name: string
}

/** It lets nobody in any more; who is in stays. §2.3 */
export const DisableCertificate: Wire<CertificateName> = element(NS, 'disable', {
  name: textChild('name', string),
})

/** As `disable`, and whoever is in with it is put out. §2.4 */
export const RevokeCertificate: Wire<CertificateName> = element(NS, 'revoke', {
  name: textChild('name', string),
})
