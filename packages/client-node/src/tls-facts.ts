/** What a stream may know of TLS, from the side of the client. */
import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ChannelBindingType, TlsFacts } from '@waxwing/stream'

const exporterLabel = 'EXPORTER-Channel-Binding'

export class ClientTlsFacts implements TlsFacts {
  readonly protocol: string
  readonly cipher: string
  readonly serverName: string | undefined
  readonly bindings: readonly ChannelBindingType[]
  readonly certifiedJids: readonly string[] = []
  readonly #socket: TLSSocket
  readonly #endPoint: Uint8Array | undefined

  constructor(socket: TLSSocket, serverName: string | undefined) {
    this.#socket = socket
    this.protocol = socket.getProtocol() ?? ''
    this.cipher = socket.getCipher().name
    this.serverName = serverName
    const certificate = socket.getPeerX509Certificate()
    this.#endPoint = certificate && endPointDigest(certificate.raw, certificate.signatureAlgorithm)
    // earlier versions would need the extended master secret (RFC 9266 §4.2), of which Node tells nothing
    const exporter: readonly ChannelBindingType[] = this.protocol === 'TLSv1.3' ? ['tls-exporter'] : []
    const endPoint: readonly ChannelBindingType[] = this.#endPoint ? ['tls-server-end-point'] : []
    // COMPAT(ejabberd, since 23.01): knows nothing but tls-unique, names no types and speaks TLS 1.3 all the same
    this.bindings = [...exporter, ...endPoint, 'tls-unique']
  }

  binding(type: ChannelBindingType): Uint8Array | undefined {
    if (!this.bindings.includes(type)) return undefined
    if (type === 'tls-server-end-point') return this.#endPoint
    if (type === 'tls-unique') return this.#firstFinished()
    return this.#socket.exportKeyingMaterial(32, exporterLabel, Buffer.alloc(0))
  }

  /** The first Finished message of the handshake: ours, or the server's when a session was resumed. RFC 5929 §3.1 */
  #firstFinished(): Uint8Array | undefined {
    return this.#socket.isSessionReused() ? this.#socket.getPeerFinished() : this.#socket.getFinished()
  }
}

/**
 * tls-server-end-point, RFC 5929 §4.1: the certificate hashed as it was signed, but by SHA-256 where that was MD5 or
 * SHA-1. `undefined` for signatures whose hash is not in their name.
 */
export function endPointDigest(
  certificate: Uint8Array,
  signature: string | undefined,
): Uint8Array | undefined {
  const hash = /(md5|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512)(?!\d)/i.exec(signature ?? '')?.[1]
  if (hash === undefined) return undefined
  const name = hash.toLowerCase().replace('-', '')
  const used = name === 'md5' || name === 'sha1' ? 'sha256' : name
  return createHash(used).update(certificate).digest()
}
