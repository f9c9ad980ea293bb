import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import type { Connection, XmppError } from '@waxwing/client'
import type { TransportOwner } from '@waxwing/stream'
import { type TcpOptions, tcpConnector } from './tcp-connector.ts'
import { endPointDigest } from './tls-facts.ts'
import { authority, type Identity, identity, tlsPeer } from './tls-peer.test.ts'

const signal = new AbortController().signal

function open(port: number, options: TcpOptions = {}, domain = 'localhost'): Promise<Connection> {
  const connector = tcpConnector({ host: '127.0.0.1', port, ...options })
  return connector.connect({ domain, redirect: undefined, signal })
}

/** Waits for what the owner of a transport is told. */
function told(connection: Connection): {
  readonly next: (count: number) => Promise<readonly string[]>
} {
  const events: string[] = []
  let wake: () => void = () => {}
  const note = (event: string): void => {
    events.push(event)
    wake()
  }
  const owner: TransportOwner = {
    received: chunk => note(Buffer.from(chunk).toString()),
    secured: () => note('secured'),
    disconnected: reason => note(`gone: ${reason ?? 'in order'}`),
  }
  connection.own(owner)
  return {
    async next(count) {
      while (events.length < count) await new Promise<void>(resolve => (wake = resolve))
      return events
    },
  }
}

async function faultOf(opening: Promise<Connection>): Promise<XmppError> {
  try {
    const { transport } = await opening
    transport.abort()
  } catch (error) {
    return error as XmppError
  }
  assert.fail('the connection was made')
}

test('direct TLS: SNI, ALPN and channel binding on both ends (XEP-0368, RFC 9266, RFC 5929)', async t => {
  const own = await identity()
  const peer = await tlsPeer(t, own, 'direct')
  const connection = await open(peer.port, { security: 'direct', tls: { trust: own.cert } })
  const { tls } = connection.transport
  assert.ok(tls)
  const { next } = told(connection)
  assert.deepEqual(await next(1), ['hello'])
  const [server] = peer.secured
  assert.ok(server)
  assert.equal(server.alpnProtocol, 'xmpp-client')
  assert.equal(tls.protocol, 'TLSv1.3')
  assert.deepEqual(tls.bindings.slice(0, 2), ['tls-exporter', 'tls-server-end-point'])
  assert.deepEqual(peer.asked, ['localhost'])
  const exported = server.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  assert.deepEqual(Buffer.from(tls.binding('tls-exporter') ?? []), exported)
  const certificate = new X509Certificate(own.cert)
  assert.deepEqual(tls.binding('tls-server-end-point'), endPointDigest(certificate.raw, 'ecdsa-with-SHA256'))
  connection.transport.end()
  assert.deepEqual((await next(2)).slice(1), ['gone: in order'])
})

test('STARTTLS: what is sent in one turn leaves as one, then TLS (RFC 6120 §5)', async t => {
  const own = await identity()
  const peer = await tlsPeer(t, own, 'starttls')
  const connection = await open(peer.port, { tls: { trust: own.cert } })
  const { transport } = connection
  const { next } = told(connection)
  transport.sendText('<start')
  transport.sendText('tls/>')
  assert.deepEqual(await next(1), ['proceed'])
  assert.deepEqual(peer.heard, ['clear <starttls/>'])
  assert.equal(transport.tls, undefined)
  transport.startTls()
  assert.deepEqual(await next(3), ['proceed', 'secured', 'hello'])
  assert.ok(transport.tls)
  transport.abort()
  await next(4)
})

test('a certificate nobody vouches for says how to trust it, and hears nothing from us', async t => {
  const own = await identity()
  const peer = await tlsPeer(t, own, 'starttls')
  const connection = await open(peer.port)
  const { next } = told(connection)
  connection.transport.sendText('<starttls/>')
  await next(1)
  connection.transport.startTls()
  connection.transport.sendText('my password')
  assert.match((await next(2))[1] ?? '', /^gone: .*self-signed/)
  const fault = connection.fault?.()
  assert.equal(fault?.code, 'tls-self-signed')
  const { fingerprint256 } = new X509Certificate(own.cert)
  assert.ok(fault?.message.includes(`sha256:${fingerprint256.replaceAll(':', '')}`))
  assert.doesNotMatch(peer.heard.join(), /password/)
})

const day = 86_400_000
const verdicts: readonly (readonly [
  what: string,
  make: () => Promise<{ shown: Identity; trust: string | undefined }>,
  code: string | undefined,
])[] = [
  [
    'one of a trusted authority',
    async () => {
      const issuer = await authority()
      return { shown: await identity({ issuer }), trust: issuer.cert }
    },
    undefined,
  ],
  [
    'one of an authority whose leaf alone is trusted',
    async () => {
      const shown = await identity({ issuer: await authority() })
      return { shown, trust: shown.cert }
    },
    undefined,
  ],
  [
    'one of an unknown authority',
    async () => ({ shown: await identity({ issuer: await authority() }), trust: undefined }),
    'tls-untrusted',
  ],
  [
    'one that has expired',
    async () => {
      const shown = await identity({ validUntil: new Date(Date.now() - day) })
      return { shown, trust: shown.cert }
    },
    'tls-expired',
  ],
  [
    'one for another domain',
    async () => {
      const shown = await identity({ names: ['example.com'] })
      return { shown, trust: shown.cert }
    },
    'tls-wrong-host',
  ],
  [
    'one with only a common name (RFC 9525 §2)',
    async () => {
      const shown = await identity({ names: [] })
      return { shown, trust: shown.cert }
    },
    'tls-wrong-host',
  ],
]

for (const [what, make, code] of verdicts) {
  test(`a certificate, ${what}, is judged: ${code ?? 'good'} (RFC 6120 §13.7.2)`, async t => {
    const { shown, trust } = await make()
    const { port } = await tlsPeer(t, shown, 'direct')
    const opening = open(port, { security: 'direct', tls: { trust } })
    if (code !== undefined) return assert.equal((await faultOf(opening)).code, code)
    const { transport } = await opening
    transport.abort()
  })
}

test('a fingerprint is trusted whatever else the certificate says, and only that one', async t => {
  const shown = await identity({ names: ['example.com'], validUntil: new Date(Date.now() - day) })
  const { port } = await tlsPeer(t, shown, 'direct')
  const { fingerprint256 } = new X509Certificate(shown.cert)
  for (const fingerprint of [`sha256:${fingerprint256}`, fingerprint256.replaceAll(':', '').toLowerCase()]) {
    const { transport } = await open(port, { security: 'direct', tls: { trust: { fingerprint } } })
    transport.abort()
  }
  const other = { fingerprint: `sha256:${'00'.repeat(32)}` }
  const fault = await faultOf(open(port, { security: 'direct', tls: { trust: other } }))
  assert.equal(fault.code, 'tls-untrusted')
  assert.ok(fault.message.includes(fingerprint256.replaceAll(':', '')))
})

test('a server that is not there, and one that speaks no TLS', async t => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  assert.equal((await faultOf(open(port, { security: 'direct' }))).code, 'tls-failed')
  assert.equal((await faultOf(open(1))).code, 'refused')
})

test('the next place is tried when one is not there; the most telling fault is told', async t => {
  const own = await identity({ names: ['example.org'] })
  const peer = await tlsPeer(t, own, 'direct')
  const records = [
    { name: '127.0.0.1', port: 1, priority: 1, weight: 0 },
    { name: '127.0.0.1', port: peer.port, priority: 2, weight: 0 },
  ]
  const lookUp = (name: string): Promise<typeof records> =>
    name.startsWith('_xmpps') ? Promise.resolve(records) : Promise.reject(new Error('none'))
  const connect = (trust: string | undefined): Promise<Connection> =>
    tcpConnector({ lookUp, tls: { trust } }).connect({ domain: 'example.org', redirect: undefined, signal })
  const { transport } = await connect(own.cert)
  assert.equal(peer.asked[0], 'example.org')
  transport.abort()
  assert.equal((await faultOf(connect(undefined))).code, 'tls-self-signed')
})

test('a place that says nothing is left after some time, and connecting can be aborted', async t => {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const fault = await faultOf(open(port, { security: 'direct', targetTimeoutMs: 30 }))
  assert.equal(fault.code, 'timeout')
  const controller = new AbortController()
  const opening = tcpConnector({ host: '127.0.0.1', port, security: 'direct' }).connect({
    domain: 'localhost',
    redirect: undefined,
    signal: controller.signal,
  })
  controller.abort(new Error('enough'))
  await assert.rejects(opening, /enough/)
})

test('the hash of an end point follows the signature (RFC 5929 §4.1)', () => {
  const certificate = new Uint8Array([1, 2, 3])
  const sizes = (
    ['sha1WithRSAEncryption', 'RSA-SHA256', 'ecdsa-with-SHA384', 'sha512WithRSAEncryption'] as const
  ).map(name => endPointDigest(certificate, name)?.length)
  assert.deepEqual(sizes, [32, 32, 48, 64])
  assert.equal(endPointDigest(certificate, 'ED25519'), undefined)
  assert.equal(endPointDigest(certificate, undefined), undefined)
})
