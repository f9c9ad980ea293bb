import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FullJid, parseBareJid } from '@waxwing/jid'
import type { StreamFeatures } from '@waxwing/protocol'
import { defaultLimits, type Slice } from '@waxwing/xml'
import {
  encodeBase64,
  Initiator,
  type InitiatorOptions,
  type InitiatorOwner,
  type TlsFacts,
  XmppError,
} from './index.ts'
import { exampleCrypto, ManualClock, Pipe, plainTls, settled } from './initiator-kit.test.ts'

const header =
  "<?xml version='1.0'?><stream:stream from='example.org' id='s1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const features = (content: string): string => `<stream:features>${content}</stream:features>`
const startTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
const proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
const offer = (...names: string[]): string =>
  `<mechanisms xmlns='${saslNs}'>${names.map(name => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`
const success = `<success xmlns='${saslNs}'/>`
const bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
const base64 = (text: string): string => encodeBase64(new TextEncoder().encode(text))

class Recorder implements InitiatorOwner {
  jid: FullJid | undefined
  features: StreamFeatures | undefined
  elements: string[] = []
  ends: (XmppError | undefined)[] = []
  isGone = false
  resumptions: (number | string)[] = []

  bound(jid: FullJid, features: StreamFeatures): void {
    this.jid = jid
    this.features = features
  }

  resumed(h: number): void {
    this.resumptions.push(h)
  }

  notResumed(h: number | undefined): void {
    this.resumptions.push(h === undefined ? 'no' : `no, ${h}`)
  }

  element(slice: Slice): void {
    this.elements.push(slice.name)
  }

  closed(error: XmppError | undefined): void {
    this.ends.push(error)
  }

  gone(): void {
    this.isGone = true
  }
}

interface Scene {
  readonly pipe: Pipe
  readonly clock: ManualClock
  readonly owner: Recorder
  readonly initiator: Initiator
  /** The only end there was. */
  readonly error: () => XmppError | undefined
}

interface Setup extends Partial<InitiatorOptions> {
  readonly pipeTls?: TlsFacts | undefined
}

function begin({ pipeTls, ...options }: Setup = {}): Scene {
  const pipe = new Pipe(pipeTls)
  const clock = new ManualClock()
  const owner = new Recorder()
  const crypto = exampleCrypto()
  const initiator = new Initiator(
    pipe,
    {
      domain: 'example.org',
      from: parseBareJid('user@example.org'),
      tls: 'required',
      framing: 'stream',
      clock,
      stageTimeoutMs: 15_000,
      limits: defaultLimits,
      random: { bytes: size => new Uint8Array(size).fill(7), fraction: () => 0.5 },
      login: { crypto, credentials: { kind: 'password', username: 'user', password: 'pencil' } },
      ...options,
    },
    owner,
  )
  pipe.owner = initiator.transportOwner
  initiator.start()
  const error = (): XmppError | undefined => {
    assert.equal(owner.ends.length, 1)
    return owner.ends[0]
  }
  return { pipe, clock, owner, initiator, error }
}

async function untilBind(scene: Scene): Promise<void> {
  await scene.pipe.says(header + features(offer('PLAIN')))
  await scene.pipe.says(success)
  await scene.pipe.said()
}

async function boundResult(scene: Scene, content = bind): Promise<void> {
  await scene.pipe.says(header + features(content))
  const [, id = ''] = /id='([^']+)'/.exec(await scene.pipe.said()) ?? []
  await scene.pipe.says(
    `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>user@example.org/r1</jid></bind></iq>`,
  )
}

test('a whole negotiation with STARTTLS and SCRAM (RFC 6120 §9.1, RFC 7677 §3)', async () => {
  const scene = begin()
  const { pipe, owner } = scene
  const first = await pipe.said()
  assert.match(first, /^<\?xml version='1\.0'\?><stream:stream [^>]*to='example\.org'/)
  assert.doesNotMatch(first, /from=/, 'the account is not told before the stream is encrypted (§4.7.1)')
  await pipe.says(header + features(startTls))
  assert.match(await pipe.said(), /^<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"\/>$/)
  await pipe.says(proceed)
  assert.match(await pipe.said(), /from='user@example\.org'/)
  await pipe.says(header + features(offer('SCRAM-SHA-256', 'PLAIN')))
  const auth = await pipe.said()
  assert.match(auth, /mechanism="SCRAM-SHA-256"/)
  assert.ok(auth.includes(`>${base64('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')}<`))
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  await pipe.says(
    `<challenge xmlns='${saslNs}'>${base64(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)}</challenge>`,
  )
  const response = await pipe.said()
  assert.ok(
    response.includes(base64(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`)),
    response,
  )
  const signature = base64('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  await pipe.says(`<success xmlns='${saslNs}'>${signature}</success>`)
  assert.deepEqual(owner.ends, [])
  assert.match(await pipe.said(), /^<\?xml/)
  await boundResult(scene)
  assert.equal(owner.jid, 'user@example.org/r1')
  assert.equal(scene.initiator.mechanism, 'SCRAM-SHA-256')
  assert.equal(scene.clock.waiting, 0, 'no deadline is left')
  await pipe.says("<message from='a@b'/>")
  assert.deepEqual(owner.elements, ['message'])
})

test('a server that does not know the password is not believed (RFC 5802 §3)', async () => {
  const { pipe, error } = begin({ pipeTls: plainTls })
  await pipe.says(header + features(offer('SCRAM-SHA-256')))
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  await pipe.says(
    `<challenge xmlns='${saslNs}'>${base64(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)}</challenge>`,
  )
  await pipe.says(`<success xmlns='${saslNs}'>${base64('v=AAAA')}</success>`)
  assert.equal(error()?.name, 'AuthError')
  assert.equal(error()?.code, 'server-not-proven')
  assert.match(await pipe.said(), /<abort [^>]*\/><\/stream:stream>$/)
})

test('a server that offers no TLS gets no login (RFC 7590 §3.1)', async () => {
  const { pipe, error } = begin()
  await pipe.says(header + features(offer('SCRAM-SHA-256')))
  assert.equal(error()?.name, 'PolicyError')
  assert.equal(error()?.code, 'tls-not-offered')
  assert.doesNotMatch(await pipe.said(), /<auth/)
})

test('clear text is possible when asked for, but never PLAIN (RFC 6120 §13.8.3)', async () => {
  const scene = begin({ tls: 'if-offered' })
  await scene.pipe.says(header + features(offer('PLAIN')))
  assert.equal(scene.error()?.code, 'no-mechanism')
  const other = begin({ tls: 'if-offered' })
  await other.pipe.says(header + features(offer('PLAIN', 'SCRAM-SHA-1')))
  assert.match(await other.pipe.said(), /mechanism="SCRAM-SHA-1"/)
})

test('TLS is taken where it is offered, even if it is not required', async () => {
  const { pipe } = begin({ tls: 'if-offered' })
  await pipe.says(header + features(startTls.replace('<required/>', '') + offer('SCRAM-SHA-1')))
  assert.match(await pipe.said(), /<starttls/)
})

test('what comes in clear text behind <proceed/> is thrown away (RFC 6120 §5.4.3.3)', async () => {
  const { pipe, owner } = begin()
  await pipe.says(header + features(startTls))
  await pipe.says(`${proceed}${header}${features(offer('PLAIN'))}`)
  const text = await pipe.said()
  assert.doesNotMatch(text, /<auth/)
  assert.equal(owner.ends.length, 0)
  await pipe.says(header + features(offer('PLAIN')))
  assert.match(await pipe.said(), /<auth/)
})

test('a token is not shown in clear text, either, and not taken for a password (RFC 7628 §4)', async () => {
  const crypto = exampleCrypto()
  const credentials = { kind: 'bearer', username: 'user', token: () => 'abc' } as const
  const scene = begin({ tls: 'if-offered', login: { crypto, credentials } })
  await scene.pipe.says(header + features(offer('OAUTHBEARER', 'PLAIN')))
  assert.equal(scene.error()?.code, 'no-mechanism')
  const secured = begin({ pipeTls: plainTls, login: { crypto, credentials } })
  await secured.pipe.says(header + features(offer('SCRAM-SHA-256', 'PLAIN')))
  assert.equal(secured.error()?.code, 'no-mechanism')
  const message = Buffer.from('n,a=user@example.org,\x01auth=Bearer abc\x01\x01').toString('base64')
  const right = begin({ pipeTls: plainTls, login: { crypto, credentials } })
  await right.pipe.says(header + features(offer('SCRAM-SHA-256', 'OAUTHBEARER')))
  assert.ok((await right.pipe.said()).includes(`mechanism="OAUTHBEARER">${message}<`))
})

test('a mechanism weaker than the pinned one is not taken', async () => {
  const crypto = exampleCrypto()
  const credentials = { kind: 'password', username: 'user', password: 'pencil' } as const
  const { pipe, error } = begin({
    pipeTls: plainTls,
    login: { crypto, credentials, pinnedMechanism: 'SCRAM-SHA-256' },
  })
  await pipe.says(header + features(offer('SCRAM-SHA-1', 'PLAIN')))
  assert.equal(error()?.code, 'no-mechanism')
  assert.match(error()?.message ?? '', /as strong as SCRAM-SHA-256/)
})

test('channel binding is used as the server offers it (XEP-0440)', async () => {
  const bound: TlsFacts = {
    ...plainTls,
    bindings: ['tls-exporter', 'tls-server-end-point'],
    binding: () => new Uint8Array(32),
  }
  const { pipe } = begin({ pipeTls: bound })
  const types =
    "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-server-end-point'/></sasl-channel-binding>"
  await pipe.says(header + features(offer('SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS') + types))
  const auth = await pipe.said()
  assert.match(auth, /mechanism="SCRAM-SHA-1-PLUS"/)
  assert.ok(auth.includes(base64('p=tls-server-end-point,,n=user,r=')))
})

test('EXTERNAL is taken when a certificate stands for the account (XEP-0178 §2)', async () => {
  const crypto = exampleCrypto()
  const login = { crypto, credentials: { kind: 'certificate', authzid: 'user@example.org' } } as const
  const { pipe } = begin({ pipeTls: plainTls, login })
  await pipe.says(header + features(offer('EXTERNAL', 'PLAIN')))
  assert.ok((await pipe.said()).includes(`mechanism="EXTERNAL">${base64('user@example.org')}<`))
})

test('a refused login tells the condition (RFC 6120 §6.5)', async () => {
  const { pipe, error } = begin({ pipeTls: plainTls })
  await pipe.says(header + features(offer('PLAIN')))
  await pipe.says(`<failure xmlns='${saslNs}'><not-authorized/><text>Go away</text></failure>`)
  assert.equal(error()?.name, 'AuthError')
  assert.equal(error()?.code, 'not-authorized')
  assert.equal(error()?.retryable, false)
  assert.match(error()?.message ?? '', /Go away/)
})

test('a session of RFC 3921 is asked for when it must be', async () => {
  const scene = begin({ pipeTls: plainTls })
  await untilBind(scene)
  await boundResult(scene, `${bind}<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>`)
  assert.equal(scene.owner.jid, undefined)
  const [, id = ''] = /id='([^']+)'><session/.exec(await scene.pipe.said()) ?? []
  await scene.pipe.says(`<iq type='result' id='${id}'/>`)
  assert.equal(scene.owner.jid, 'user@example.org/r1')
})

test('an optional session is left out', async () => {
  const scene = begin({ pipeTls: plainTls })
  await untilBind(scene)
  await boundResult(
    scene,
    `${bind}<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>`,
  )
  assert.equal(scene.owner.jid, 'user@example.org/r1')
})

test('a refused resource ends the stream with the reason (RFC 6120 §7.7.2)', async () => {
  const scene = begin({ pipeTls: plainTls, resource: 'r1' })
  await untilBind(scene)
  await scene.pipe.says(header + features(bind))
  const [, id = ''] = /id='([^']+)'/.exec(await scene.pipe.said()) ?? []
  await scene.pipe.says(
    `<iq type='error' id='${id}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  assert.equal(scene.error()?.code, 'bind-refused')
  assert.equal(scene.error()?.retryable, true)
})

const stalls: readonly (readonly [stage: string, reach: (scene: Scene) => Promise<void>])[] = [
  ['the stream header', async () => {}],
  ['the stream features', ({ pipe }) => pipe.says(header)],
  ['the answer to STARTTLS', ({ pipe }) => pipe.says(header + features(startTls))],
  [
    'the header of the encrypted stream',
    async ({ pipe }) => {
      await pipe.says(header + features(startTls))
      await pipe.says(proceed)
    },
  ],
  [
    'the answer to the login',
    async ({ pipe }) => {
      await pipe.says(header + features(startTls))
      await pipe.says(proceed)
      await pipe.says(header + features(offer('PLAIN')))
    },
  ],
  [
    'the bound address',
    async scene => {
      await scene.pipe.says(header + features(startTls))
      await scene.pipe.says(proceed)
      await untilBind(scene)
      await scene.pipe.says(header + features(bind))
    },
  ],
]

for (const [stage, reach] of stalls) {
  test(`a server that stalls before ${stage} is given up at the deadline (XEP-0205)`, async () => {
    const scene = begin()
    await reach(scene)
    assert.equal(scene.owner.ends.length, 0)
    scene.clock.advance(15_000)
    await settled()
    assert.equal(scene.error()?.name, 'TimeoutError')
    assert.ok(scene.owner.isGone)
    assert.equal(scene.clock.waiting, 0)
  })
}

test('TLS that breaks off is told as such', async () => {
  const { pipe, error } = begin()
  await pipe.says(header + features(startTls))
  pipe.startTls = () => setImmediate(() => pipe.breaks('wrong version number'))
  await pipe.says(proceed)
  assert.equal(error()?.name, 'TlsError')
  assert.match(error()?.message ?? '', /wrong version number/)
})

const endings: readonly (readonly [what: string, text: string, code: string, retryable: boolean])[] = [
  [
    'a stream error that passes',
    "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    'system-shutdown',
    true,
  ],
  [
    'a session taken over by another',
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    'conflict',
    false,
  ],
  ['a stream that just closes', '</stream:stream>', 'stream-closed', true],
  ['XML that is none', '<message></presence>', 'not-well-formed', true],
  ['a comment', '<!-- -->', 'restricted-xml', false],
]

for (const [what, text, code, retryable] of endings) {
  test(`${what} ends the session with its code (RFC 6120 §4.9)`, async () => {
    const scene = begin({ pipeTls: plainTls })
    await untilBind(scene)
    await boundResult(scene)
    await scene.pipe.says(text)
    assert.equal(scene.error()?.code, code)
    assert.equal(scene.error()?.retryable, retryable)
    assert.match(await scene.pipe.said(), /<\/stream:stream>$/)
    assert.ok(scene.pipe.isEnded)
  })
}

test('an end we ask for is no error, and waits for the peer only so long (RFC 6120 §4.4)', async () => {
  const scene = begin({ pipeTls: plainTls })
  await untilBind(scene)
  await boundResult(scene)
  scene.initiator.close()
  assert.equal(scene.error(), undefined)
  assert.match(await scene.pipe.said(), /<\/stream:stream>$/)
  assert.equal(scene.owner.isGone, false)
  scene.clock.advance(15_000)
  await settled()
  assert.ok(scene.owner.isGone)
})

test('see-other-host tells where to go (RFC 6120 §4.9.3.19)', async () => {
  const { pipe, error } = begin({ pipeTls: plainTls })
  await pipe.says(
    `${header}<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>[2001:db8::1]:9222</see-other-host></stream:error>`,
  )
  const failure = error()
  assert.ok(failure && 'host' in failure)
  assert.equal(failure.host, '[2001:db8::1]:9222')
})

test('frames carry the same negotiation (RFC 7395 §3)', async () => {
  const scene = begin({ pipeTls: plainTls, framing: 'frame' })
  const { pipe, owner, initiator } = scene
  const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org' id='s1' version='1.0'/>"
  const framed = (content: string): string =>
    `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${content}</stream:features>`
  assert.match(await pipe.said(), /^<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' [^>]*to='example\.org'/)
  await pipe.says(open)
  await pipe.says(framed(offer('PLAIN')))
  assert.match(await pipe.said(), /^<auth xmlns=/)
  await pipe.says(success)
  assert.match(await pipe.said(), /^<open /)
  await pipe.says(open)
  await pipe.says(framed(bind))
  const asked = await pipe.said()
  assert.match(asked, /^<iq xmlns='jabber:client' /)
  const [, id = ''] = /id='([^']+)'/.exec(asked) ?? []
  await pipe.says(
    `<iq xmlns='jabber:client' type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>user@example.org/r1</jid></bind></iq>`,
  )
  assert.equal(owner.jid, 'user@example.org/r1')
  await pipe.says("<message xmlns='jabber:client'/>")
  assert.deepEqual(owner.elements, ['message'])
  initiator.close()
  assert.match(await pipe.said(), /^<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'\/>$/)
  assert.ok(pipe.isEnded)
})

test('frames are closed in order by the server, too (RFC 7395 §3.6)', async () => {
  const { pipe, error } = begin({ pipeTls: plainTls, framing: 'frame' })
  await pipe.said()
  await pipe.says("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
  assert.equal(error()?.code, 'stream-closed')
  assert.match(await pipe.said(), /^<close /)
})
