// Users of services and their privileges: only in the long family (XEP-0324 §3.6, §3.7).
import {
  attr,
  bool,
  CodecError,
  children,
  choice,
  custom,
  element,
  mapped,
  string,
  type TextCodec,
  type Wire,
} from '@waxwing/xml'
import { provisioningNs } from './generations.ts'
import { maxNameLength, maxTokensLength } from './sensor-limits.ts'

/** The generations that know services. */
export type ServiceGeneration = 'sn' | 'xep'

/** What a service knows of somebody. §3.6.2 */
export interface Credential {
  /** `jid`, `ip4`, `ip6`, `hostName`, `x509Certificate`, `x509CertificateThumbprint`, `userName`, `longitude`, …; or whatever else it is called. */
  readonly type: string
  /** Bytes are in base64. */
  readonly value: string
}

/** May somebody use a service? */
export interface AccessQuestion {
  readonly serviceToken: string
  readonly credentials: readonly Credential[]
}

export interface AccessAnswer {
  readonly result: boolean
  /** Stands for them from now on. */
  readonly userToken?: string | undefined
}

/** Somebody has logged in to a service. */
export interface UserLogin {
  readonly serviceToken: string
  readonly userToken: string
  readonly userName: string
}

/** Who uses a service. */
export interface ServiceUser {
  readonly serviceToken: string
  readonly userToken: string
}

/** May they do this? §3.7.1 */
export interface PrivilegeQuestion extends ServiceUser {
  /** Words with dots between them. */
  readonly privilege: string
}

/** A privilege with all below it. */
export interface PrivilegeRule {
  readonly effect: 'include' | 'exclude'
  readonly privilege: string
}

/** How one generation writes them. */
export interface ServiceFormat {
  readonly generation: ServiceGeneration
  readonly ns: string
  readonly canAccess: Wire<AccessQuestion>
  readonly accessAnswer: Wire<AccessAnswer>
  /** A message. */
  readonly userLoggedIn: Wire<UserLogin>
  readonly hasPrivilege: Wire<PrivilegeQuestion>
  readonly privilegeAnswer: Wire<boolean>
  readonly downloadPrivileges: Wire<ServiceUser>
  /** The first that fits a privilege or one above it decides; none: it is not there. */
  readonly privileges: Wire<readonly PrivilegeRule[]>
}

/** Credentials and rules of one stanza. */
const most = 1_000

function few<T>(list: readonly T[]): readonly T[] {
  if (list.length > most) throw new CodecError('too many at once')
  return list
}

const limited = (what: string, max: number, form: RegExp): TextCodec<string> =>
  custom(
    text => {
      if (text.length > max || !form.test(text)) throw new CodecError(`not ${what}`)
      return text
    },
    text => text,
    what,
  )

const token = limited('a token without white space', maxTokensLength, /^\S+$/)
const name = limited(`a name of at most ${maxNameLength} characters`, maxNameLength, /^/)
const privilegeId = limited('words with dots between them', maxNameLength, /^[^.]+(\.[^.]+)*$/)

const valued = [
  'jid',
  'ip4',
  'ip6',
  'hostName',
  'userName',
  'longitude',
  'latitude',
  'altitude',
  'sso',
  'protocol',
] as const
const encoded = ['x509Certificate', 'x509CertificateThumbprint'] as const
type CredentialElement = (typeof valued)[number] | (typeof encoded)[number] | 'credentials'

interface RawCredential {
  readonly type?: string | undefined
  readonly value: string
}

/** The schema has an element for each type, the examples have one for all: both are read, the schema's are written. */
function credentialsField(ns: string) {
  const one = (elementName: string, valueName: string) =>
    element(ns, elementName, { type: attr('type', name).maybe(), value: attr(valueName, string) })
  const members: unknown = Object.fromEntries([
    ...valued.map(each => [each, one(each, 'value')]),
    ...encoded.map(each => [each, one(each, 'base64')]),
    ['credentials', one('credentials', 'value')],
  ])
  return children(choice(members as Readonly<Record<CredentialElement, ReturnType<typeof one>>>))
}

function readCredential({
  kind,
  type,
  value,
}: RawCredential & { readonly kind: CredentialElement }): Credential {
  return { type: kind === 'credentials' ? (type ?? '') : kind, value }
}

function writeCredential({ type, value }: Credential): RawCredential & { readonly kind: CredentialElement } {
  const kind = [...valued, ...encoded].find(each => each === type)
  return kind === undefined ? { kind: 'credentials', type, value } : { kind, value }
}

function privilegesWire(ns: string): Wire<readonly PrivilegeRule[]> {
  const rule = (effect: string) => element(ns, effect, { privilege: attr('id', privilegeId) })
  return mapped(
    element(ns, 'downloadPrivilegesResponse', {
      rules: children(choice({ include: rule('include'), exclude: rule('exclude') })),
    }),
    ({ rules }): readonly PrivilegeRule[] =>
      few(rules).map(({ kind, privilege }) => ({ effect: kind, privilege })),
    rules => ({ rules: rules.map(({ effect, privilege }) => ({ kind: effect, privilege })) }),
  )
}

function formatOf(generation: ServiceGeneration): ServiceFormat {
  const ns = provisioningNs(generation)
  const user = { serviceToken: attr('serviceToken', token), userToken: attr('userToken', token) }
  return {
    generation,
    ns,
    canAccess: mapped(
      element(ns, 'canAccess', {
        serviceToken: attr('serviceToken', token),
        credentials: credentialsField(ns),
      }),
      ({ serviceToken, credentials }): AccessQuestion => ({
        serviceToken,
        credentials: few(credentials).map(readCredential),
      }),
      ({ serviceToken, credentials }) => ({ serviceToken, credentials: credentials.map(writeCredential) }),
    ),
    accessAnswer: element(ns, 'canAccessResponse', {
      result: attr('result', bool),
      userToken: attr('userToken', token).maybe(),
    }),
    userLoggedIn: element(ns, 'userLoggedIn', { ...user, userName: attr('userName', name) }),
    hasPrivilege: element(ns, 'hasPrivilege', { ...user, privilege: attr('privilegeId', privilegeId) }),
    privilegeAnswer: mapped(
      element(ns, 'hasPrivilegeResponse', { result: attr('result', bool) }),
      ({ result }) => result,
      result => ({ result }),
    ),
    downloadPrivileges: element(ns, 'downloadPrivileges', user),
    privileges: privilegesWire(ns),
  }
}

const formats = { sn: formatOf('sn'), xep: formatOf('xep') }

/** The format of services and their users in a generation. */
export function provisioningServices(generation: ServiceGeneration): ServiceFormat {
  return formats[generation]
}
