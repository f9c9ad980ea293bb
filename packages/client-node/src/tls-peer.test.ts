// Certificates and a server of a few lines for the tests of TLS.
import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000

export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface IdentityOptions {
  /** Subject alternative names; none: only the common name `localhost`. */
  readonly names?: readonly string[]
  readonly validUntil?: Date
  readonly issuer?: Authority
}

export interface Authority extends Identity {
  readonly keys: webcrypto.CryptoKeyPair
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END PRIVATE KEY-----\n`
}

export async function identity(options: IdentityOptions = {}): Promise<Identity> {
  const { names = ['localhost'], issuer, validUntil = new Date(Date.now() + dayMs) } = options
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: issuer ? 'CN=Test Authority' : 'CN=localhost',
    notBefore: new Date(Date.now() - 10 * dayMs),
    notAfter: validUntil,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: algorithm,
    extensions:
      names.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: 'dns', value })))],
  })
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

export async function authority(): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test Authority',
    notAfter: new Date(Date.now() + dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey), keys }
}

export interface TlsPeer {
  readonly port: number
  /** The server's sides of the connections, secured. */
  readonly secured: TLSSocket[]
  /** The names the clients asked for. RFC 6066 §3 */
  readonly asked: string[]
  /** What was heard, as text, in the clear and encrypted. */
  readonly heard: string[]
}

/** Speaks first on each connection that is secured, and echoes nothing. */
export async function tlsPeer(
  t: TestContext,
  { cert, key }: Identity,
  mode: 'direct' | 'starttls',
): Promise<TlsPeer> {
  const secured: TLSSocket[] = []
  const heard: string[] = []
  const asked: string[] = []
  const secureContext = createSecureContext({ cert, key })
  const sockets = new Set<Socket>()
  const secure = (socket: Socket): void => {
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ALPNProtocols: ['xmpp-client'],
      SNICallback: (name, done) => {
        asked.push(name)
        done(null, secureContext)
      },
    })
    tls.on('error', () => {})
    tls.on('data', (chunk: Buffer) => heard.push(`secured ${chunk.toString()}`))
    tls.once('secure', () => {
      secured.push(tls)
      tls.write('hello')
    })
  }
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (mode === 'direct') return secure(socket)
    socket.once('data', (chunk: Buffer) => {
      heard.push(`clear ${chunk.toString()}`)
      socket.write('proceed')
      secure(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, secured, asked, heard }
}
