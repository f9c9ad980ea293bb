/** What a stream may know of the TLS layer of its socket. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { ChannelBindingType, TlsFacts } from '@waxwing/stream'
import type { TlsIdentity } from './tls-identity.ts'

const bothBindings = ['tls-exporter', 'tls-server-end-point'] as const
const exporterOnly = ['tls-exporter'] as const
const endPointOnly = ['tls-server-end-point'] as const
const noBindings = [] as const
const exporterLabel = 'EXPORTER-Channel-Binding'

export class TlsSocketFacts implements TlsFacts {
  readonly #socket: TLSSocket
  readonly #identity: TlsIdentity | undefined
  #protocol: string | undefined
  #certified: readonly string[] | undefined

  constructor(socket: TLSSocket, identity: TlsIdentity | undefined) {
    this.#socket = socket
    this.#identity = identity
  }

  get protocol(): string {
    this.#protocol ??= this.#socket.getProtocol() ?? ''
    return this.#protocol
  }

  get cipher(): string {
    return this.#socket.getCipher().name
  }

  get serverName(): string | undefined {
    const name = (this.#socket as TLSSocket & { servername?: string | false }).servername
    return typeof name === 'string' ? name : undefined
  }

  get bindings(): readonly ChannelBindingType[] {
    const hasExporter = this.protocol === 'TLSv1.3'
    if (this.#identity?.endPointDigest === undefined) return hasExporter ? exporterOnly : noBindings
    return hasExporter ? bothBindings : endPointOnly
  }

  /** RFC 9266 for TLS 1.3 only: earlier versions would need the extended master secret, which Node does not tell. */
  binding(type: ChannelBindingType): Uint8Array | undefined {
    if (type === 'tls-server-end-point') return this.#identity?.endPointDigest
    if (type === 'tls-unique') return this.#firstFinished()
    if (this.protocol !== 'TLSv1.3') return undefined
    return this.#socket.exportKeyingMaterial(32, exporterLabel, Buffer.alloc(0))
  }

  /** The first Finished message of the handshake: the client's, or ours when a session was resumed. RFC 5929 §3.1 */
  #firstFinished(): Uint8Array | undefined {
    return this.#socket.isSessionReused() ? this.#socket.getFinished() : this.#socket.getPeerFinished()
  }

  get certifiedJids(): readonly string[] {
    this.#certified ??= this.#identity?.hasAuthorities ? certifiedBy(this.#socket) : []
    return this.#certified
  }

  get certificate(): Uint8Array | undefined {
    return this.#identity?.asksForCertificate ? this.#socket.getPeerX509Certificate()?.raw : undefined
  }
}

function certifiedBy(socket: TLSSocket): readonly string[] {
  if (!isVerified(socket)) return []
  const certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate()
  return certificate.subjectaltname === undefined ? [] : xmppAddressesIn(certificate.subjectaltname)
}

/** What Node's own TLS server asks when a handshake is done; after STARTTLS nobody has asked yet. */
type Handle = { verifyError?(): Error | null | undefined }

/** Whether the peer's certificate chain was verified. Fails closed: what Node does not tell is not believed. */
function isVerified(socket: TLSSocket): boolean {
  if (socket.authorized) return true
  const handle = (socket as TLSSocket & { readonly _handle?: Handle })._handle
  return handle?.verifyError !== undefined && handle.verifyError() === null
}

const marker = 'othername:XmppAddr:'

/** id-on-xmppAddr entries of a subjectAltName as Node prints it; quoted entries hold characters that could deceive and are refused. RFC 6120 §13.7.1.4. */
function xmppAddressesIn(subjectAltName: string): readonly string[] {
  if (subjectAltName.includes('"')) return []
  return subjectAltName
    .split(', ')
    .filter(entry => entry.startsWith(marker))
    .map(entry => entry.slice(marker.length))
}
