import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type FullJid, parseBareJid } from '@waxwing/jid'
import { STREAMS_NS, StreamFeatures } from '@waxwing/protocol'
import { defaultLimits, parseElement, readWire } from '@waxwing/xml'
import {
  type HeldToken,
  Initiator,
  type InitiatorOptions,
  type TlsFacts,
  type TokenRules,
  type XmppError,
} from './index.ts'
import { exampleCrypto, ManualClock, Pipe, plainTls } from './initiator-kit.test.ts'

const NS = 'urn:xmpp:sasl:2'
const sm = 'urn:xmpp:sm:3'
const header =
  "<?xml version='1.0'?><stream:stream from='example.org' id='s1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

interface Offer {
  readonly mechanisms?: readonly string[]
  readonly inline?: string
  readonly beside?: string
  readonly first?: string
}

const bindable = "<bind xmlns='urn:xmpp:bind:0'/>"
const fastable =
  "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-EXPR</mechanism><mechanism>HT-SHA-256-NONE</mechanism></fast>"

function features({
  mechanisms = ['PLAIN'],
  inline = bindable,
  beside = '',
  first = '',
}: Offer = {}): string {
  const names = mechanisms.map(name => `<mechanism>${name}</mechanism>`).join('')
  return `<stream:features>${first}<authentication xmlns='${NS}'>${names}<inline>${inline}</inline>${beside}</authentication></stream:features>`
}

interface Scene {
  readonly pipe: Pipe
  readonly told: string[]
  readonly tokens: (HeldToken | 'refused')[]
  readonly error: () => XmppError | undefined
}

interface Setup extends Partial<InitiatorOptions> {
  readonly held?: HeldToken
  readonly facts?: TlsFacts
  readonly password?: string | undefined
}

function begin({ held, facts = plainTls, ...options }: Setup = {}): Scene {
  const pipe = new Pipe(facts)
  const told: string[] = []
  const tokens: (HeldToken | 'refused')[] = []
  let end: XmppError | undefined
  const rules: TokenRules = {
    clientId: 'd4565fa7-4d72-4749-b3d3-740edbf87770',
    held,
    received: token => tokens.push(token),
    refused: () => tokens.push('refused'),
  }
  const password = 'password' in options ? options.password : 'pencil'
  const initiator = new Initiator(
    pipe,
    {
      domain: 'example.org',
      from: parseBareJid('user@example.org'),
      tls: 'required',
      framing: 'stream',
      clock: new ManualClock(),
      stageTimeoutMs: 15_000,
      limits: defaultLimits,
      random: { bytes: size => new Uint8Array(size).fill(7), fraction: () => 0.5 },
      login: {
        crypto: exampleCrypto(),
        credentials: { kind: 'password', username: 'user', password },
        tokens: rules,
      },
      tag: 'Test',
      ...options,
    },
    {
      bound: (jid: FullJid) => told.push(`bound ${jid}`),
      resumed: h => told.push(`resumed ${h}`),
      notResumed: h => told.push(`not resumed ${h}`),
      element: slice => told.push(slice.name),
      closed: error => {
        end = error
        told.push(`closed ${error?.code}`)
      },
      gone() {},
    },
  )
  pipe.owner = initiator.transportOwner
  initiator.start()
  return { pipe, told, tokens, error: () => end }
}

const success = (inner: string, jid = 'user@example.org/Test/x'): string =>
  `<success xmlns='${NS}'><authorization-identifier>${jid}</authorization-identifier>${inner}</success>`
const bound = "<bound xmlns='urn:xmpp:bind:0'/>"
const after = '<stream:features/>'

test('one request logs in and binds; the client names its installation (XEP-0388 §2.3, XEP-0386 §3.2)', async () => {
  const { pipe, told, tokens } = begin({ userAgent: { software: 'S', device: 'D' } })
  await pipe.says(header + features({ inline: bindable + fastable }))
  const asked = await pipe.said()
  assert.match(asked, /<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN">/)
  assert.match(asked, /<user-agent id="d4565fa7-[^"]*"><software>S<\/software><device>D<\/device>/)
  assert.match(asked, /<bind xmlns="urn:xmpp:bind:0"><tag>Test<\/tag><\/bind>/)
  assert.match(
    asked,
    /<request-token [^>]*mechanism="HT-SHA-256-NONE"/,
    'there is no channel to bind to here',
  )
  const token = "<token xmlns='urn:xmpp:fast:0' token='t' expiry='2030-01-01T00:00:00Z'/>"
  await pipe.says(success(bound + token) + after)
  assert.deepEqual(told, ['bound user@example.org/Test/x'])
  assert.deepEqual(tokens, [{ mechanism: 'HT-SHA-256-NONE', token: 't', expires: Date.UTC(2030, 0, 1) }])
  assert.equal(await pipe.said(), '', 'nothing more is to be asked')
})

test('without encryption the extensible profile is not used (XEP-0388 §3)', async () => {
  const pipe = begin({ tls: 'if-offered' }).pipe
  pipe.tls = undefined
  const sasl =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>"
  await pipe.says(header + features({ first: sasl }))
  assert.match(await pipe.said(), /<auth /)
})

test('a login without binding goes on in the old way, without a new header (XEP-0388 §5.1)', async () => {
  const { pipe, told } = begin()
  await pipe.says(header + features({ inline: '' }))
  await pipe.said()
  await pipe.says(
    `${success('', 'user@example.org')}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>`,
  )
  const asked = await pipe.said()
  assert.match(asked, /^<iq type='set'/)
  const [, id = ''] = /id='([^']+)'/.exec(asked) ?? []
  await pipe.says(
    `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>user@example.org/r</jid></bind></iq>`,
  )
  assert.deepEqual(told, ['bound user@example.org/r'])
})

for (const [what, answer, told] of [
  ['goes on', `<resumed xmlns='${sm}' previd='p' h='5'/>`, ['resumed 5']],
  ['is gone', `<failed xmlns='${sm}' h='3'/>${bound}`, ['not resumed 3', 'bound user@example.org/Test/x']],
] as const)
  test(`a session that ${what} is heard of in the success (XEP-0198 §9.2)`, async () => {
    const scene = begin({ resume: { previd: 'p', h: 7 } })
    await scene.pipe.says(header + features({ inline: `<sm xmlns='${sm}'/>${bindable}` }))
    assert.match(await scene.pipe.said(), /<resume xmlns="urn:xmpp:sm:3" previd="p" h="7"\/><bind /)
    await scene.pipe.says(success(answer) + (what === 'goes on' ? '' : after))
    assert.deepEqual(scene.told, told)
  })

test('where resuming is not to be had inside the login, nothing is bound before it was tried (XEP-0198 §5)', async () => {
  const { pipe, told } = begin({ resume: { previd: 'p', h: 7 } })
  await pipe.says(header + features({ inline: bindable }))
  assert.doesNotMatch(await pipe.said(), /<bind|<resume/)
  await pipe.says(`${success('', 'user@example.org')}<stream:features><sm xmlns='${sm}'/></stream:features>`)
  assert.match(await pipe.said(), /^<resume xmlns="urn:xmpp:sm:3" previd="p" h="7"\/>$/)
  await pipe.says(`<resumed xmlns='${sm}' previd='p' h='5'/>`)
  assert.deepEqual(told, ['resumed 5'])
})

test('a success without proof is none (RFC 5802 §5, XEP-0388 §2.6.1)', async () => {
  const { pipe, error, told } = begin()
  await pipe.says(header + features({ mechanisms: ['SCRAM-SHA-256'] }))
  await pipe.says(success(bound) + after)
  assert.equal(error()?.code, 'server-not-proven')
  assert.deepEqual(told, ['closed server-not-proven'])
  assert.match(await pipe.said(), /<abort [^>]*\/><\/stream:stream>$/)
})

const held: HeldToken = { mechanism: 'HT-SHA-256-NONE', token: 'secret', expires: Date.UTC(2040, 0, 1) }
const proof = (role: string): string => createHmac('sha256', 'secret').update(role).digest('base64')

test('a token held is used, and the server has to know it, too (XEP-0484 §3.4)', async () => {
  const { pipe, told, tokens } = begin({ held })
  await pipe.says(header + features({ inline: bindable + fastable }))
  const asked = await pipe.said()
  assert.match(asked, /mechanism="HT-SHA-256-NONE"/)
  assert.match(asked, /<fast xmlns="urn:xmpp:fast:0"\/>/)
  assert.doesNotMatch(asked, /request-token/)
  const data = `<additional-data>${proof('Responder')}</additional-data>`
  await pipe.says(success(data + bound) + after)
  assert.deepEqual(told, ['bound user@example.org/Test/x'])
  assert.deepEqual(tokens, [])

  const deceived = begin({ held })
  await deceived.pipe.says(header + features({ inline: bindable + fastable }))
  await deceived.pipe.says(success(bound) + after)
  assert.equal(deceived.error()?.code, 'server-not-proven')
})

for (const [what, setup] of [
  ['has ended', { held: { ...held, expires: 0 } }],
  ['is for a mechanism not on offer', { held: { ...held, mechanism: 'HT-SHA-256-ENDP' } }],
  ['needs a channel that cannot be bound to', { held: { ...held, mechanism: 'HT-SHA-256-EXPR' } }],
] as const)
  test(`a token that ${what} stays out of it (XEP-0484 §3.4)`, async () => {
    const { pipe, tokens } = begin(setup)
    await pipe.says(header + features({ inline: fastable }))
    assert.match(await pipe.said(), /mechanism="PLAIN"/)
    assert.deepEqual(tokens, [])
  })

test('a token that is refused makes way for the password (XEP-0484 §4.1)', async () => {
  const { pipe, tokens } = begin({ held })
  await pipe.says(header + features({ inline: fastable }))
  await pipe.said()
  const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
  await pipe.says(`<failure xmlns='${NS}'><credentials-expired xmlns='${saslNs}'/></failure>`)
  assert.deepEqual(tokens, ['refused'])
  assert.match(await pipe.said(), /mechanism="PLAIN".*<request-token/)
})

const fresh = bindable + fastable
const known = readWire(
  StreamFeatures,
  parseElement(features({ inline: fresh }).replace('>', ` xmlns:stream='${STREAMS_NS}'>`)),
)

test('whoever knows the offer logs in along with the stream header; the offer comes late (XEP-0484 §3.4)', async () => {
  const { pipe, told } = begin({ held, early: known })
  assert.match(
    await pipe.said(),
    /^<\?xml.*<stream:stream [^>]*><authenticate [^>]*mechanism="HT-SHA-256-NONE"/,
  )
  await pipe.says(header + features({ inline: fresh }))
  assert.equal(await pipe.said(), '')
  await pipe.says(success(`<additional-data>${proof('Responder')}</additional-data>${bound}`) + after)
  assert.deepEqual(told, ['bound user@example.org/Test/x'])
})

test('an early login that is refused goes on by what is offered now', async () => {
  const { pipe, tokens } = begin({ held, early: known })
  await pipe.said()
  const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
  const failure = `<failure xmlns='${NS}'><not-authorized xmlns='${saslNs}'/></failure>`
  await pipe.says(header + features({ mechanisms: ['SCRAM-SHA-256'], inline: fresh }) + failure)
  assert.deepEqual(tokens, ['refused'])
  assert.match(await pipe.said(), /mechanism="SCRAM-SHA-256"/)
})

for (const [what, setup] of [
  ['without a token', {}],
  ['with a token that has ended', { held: { ...held, expires: 0 } }],
  ['with a token for another channel', { held: { ...held, mechanism: 'HT-SHA-256-EXPR' } }],
] as const)
  test(`a login ${what} waits for the offer`, async () => {
    const { pipe } = begin({ ...setup, early: known })
    assert.doesNotMatch(await pipe.said(), /authenticate/)
    await pipe.says(header + features({ inline: fresh }))
    assert.match(await pipe.said(), /mechanism="PLAIN"/)
  })

test('trouble that passes does not cost the token (RFC 6120 §6.5.11)', async () => {
  const { pipe, tokens, error } = begin({ held })
  await pipe.says(header + features({ inline: fastable }))
  const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
  await pipe.says(`<failure xmlns='${NS}'><temporary-auth-failure xmlns='${saslNs}'/></failure>`)
  assert.deepEqual(tokens, [])
  assert.equal(error()?.retryable, true)
})

const strange: readonly [what: string, sent: string, code: string][] = [
  [
    'an element of another profile',
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    'unexpected-element',
  ],
  ['an unknown element', `<what xmlns='${NS}'/>`, 'unexpected-element'],
  [
    'a task nobody knows',
    `<continue xmlns='${NS}'><tasks><task>TOTP</task></tasks></continue>`,
    'task-unknown',
  ],
  ['task data out of order', `<task-data xmlns='${NS}'/>`, 'task-unknown'],
  ['a bound session without address', success(bound, 'user@example.org'), 'bind-refused'],
  ['a challenge to PLAIN', `<challenge xmlns='${NS}'>AAAA</challenge>`, 'malformed-challenge'],
]

for (const [what, sent, code] of strange)
  test(`${what} ends the login with ${code}`, async () => {
    const { pipe, error } = begin()
    await pipe.says(header + features())
    await pipe.says(sent)
    assert.equal(error()?.code, code)
  })

test('keys are only made over a channel that is bound (XEP-0480 §5)', async () => {
  const bindings: TlsFacts = { ...plainTls, bindings: ['tls-exporter'], binding: () => new Uint8Array(32) }
  const beside = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"
  for (const [facts, mechanisms, isAsked] of [
    [plainTls, ['SCRAM-SHA-1'], false],
    [bindings, ['SCRAM-SHA-1-PLUS'], true],
    [bindings, ['SCRAM-SHA-256-PLUS'], false],
  ] as const) {
    const { pipe } = begin({ facts })
    await pipe.says(header + features({ mechanisms, beside }))
    assert.equal(/<upgrade /.test(await pipe.said()), isAsked, mechanisms[0])
  }
})
