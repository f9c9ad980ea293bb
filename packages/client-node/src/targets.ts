/** Where a domain's server may be reached: RFC 6120 §3.2, XEP-0368. */
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { ResolveError } from '@waxwing/client'
import { orderOf, type SrvRecord } from './srv.ts'

/** One place to try. */
export interface Target {
  readonly host: string
  readonly port: number
  /** TLS from the first byte on (XEP-0368), instead of STARTTLS. */
  readonly direct: boolean
}

/**
 * How the connection is encrypted: `starttls`, `direct` TLS from the first byte on, or `either` as the domain's
 * DNS offers. `insecure` takes STARTTLS where it is offered and goes on in clear text where it is not.
 */
export type Security = 'starttls' | 'direct' | 'either' | 'insecure'

export interface TargetOptions {
  /** Where to connect instead of what DNS says about the domain. */
  readonly host?: string | undefined
  /** Default 5222, for direct TLS 5223. */
  readonly port?: number | undefined
  /** Default `either`; with a host `starttls`. */
  readonly security?: Security | undefined
}

/** Looks SRV records up; rejects with errors that have a `code`, as `dns` does. */
export type SrvLookup = (name: string, signal: AbortSignal) => Promise<readonly SrvRecord[]>

export const lookUpSrv: SrvLookup = async (name, signal) => {
  const resolver = new Resolver({ timeout: 3000, tries: 2 })
  const onAbort = (): void => resolver.cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await resolver.resolveSrv(name)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * The places to try, in their order.
 *
 * @throws ResolveError `service-not-offered` when the domain says that it has no such service
 */
export async function targetsOf(
  domain: string,
  options: TargetOptions,
  lookUp: SrvLookup,
  fraction: () => number,
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const { host, port } = options
  const security = options.security ?? (host === undefined && port === undefined ? 'either' : 'starttls')
  if (host !== undefined || port !== undefined || isLocal(domain))
    return fixed(host ?? addressOf(domain), port, security)
  const name = domainToASCII(domain)
  const [direct, upgraded] = await Promise.all([
    security === 'either' || security === 'direct'
      ? recordsOf(`_xmpps-client._tcp.${name}`, lookUp, signal)
      : undefined,
    security === 'direct' ? undefined : recordsOf(`_xmpp-client._tcp.${name}`, lookUp, signal),
  ])
  signal.throwIfAborted()
  if (!direct && !upgraded) return fixed(name, port, security)
  const offered = [...taggedOf(direct, true), ...taggedOf(upgraded, false)]
  if (offered.length === 0)
    throw new ResolveError(
      'service-not-offered',
      `The DNS of ${domain} says that it has no XMPP service for clients`,
    )
  return orderOf(offered, fraction).map(({ name: target, port, direct }) => ({ host: target, port, direct }))
}

/** Host and port as a server writes them in `see-other-host`: RFC 6120 §4.9.3.19. */
export function redirectTarget(redirect: string, direct: boolean): Target | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(redirect) ?? []
  const host = bracketed ?? plain
  if (host === undefined) return undefined
  return { host, port: Number(port ?? (direct ? 5223 : 5222)), direct }
}

function fixed(host: string, port: number | undefined, security: Security): readonly Target[] {
  const upgraded: Target = { host, port: port ?? 5222, direct: false }
  const direct: Target = { host, port: port ?? 5223, direct: true }
  if (security === 'direct') return [direct]
  // without DNS only one of the two is known to be meant
  return [upgraded]
}

/** `undefined`: nothing is said about this service. An empty list: it is not there. */
async function recordsOf(
  name: string,
  lookUp: SrvLookup,
  signal: AbortSignal,
): Promise<readonly SrvRecord[] | undefined> {
  try {
    const records = await lookUp(name, signal)
    return records.filter(record => record.name !== '' && record.name !== '.')
  } catch {
    // RFC 6120 §3.2.1: the domain itself is tried then
    return undefined
  }
}

function taggedOf(
  records: readonly SrvRecord[] | undefined,
  direct: boolean,
): (SrvRecord & { direct: boolean })[] {
  return (records ?? []).map(({ name, port, priority, weight }) => ({ name, port, priority, weight, direct }))
}

function isLocal(domain: string): boolean {
  return isIP(addressOf(domain)) !== 0 || domain === 'localhost' || domain.endsWith('.localhost')
}

/** The domain as an address or name that can be connected to. RFC 7622 §3.2 writes IPv6 in brackets. */
export function addressOf(domain: string): string {
  return domain.startsWith('[') ? domain.slice(1, -1) : isIP(domain) ? domain : domainToASCII(domain)
}
