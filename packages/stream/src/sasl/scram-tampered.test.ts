import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase64 } from './base64.ts'
import { type SaslCondition, SaslError, type SaslFault, type SaslStep } from './exchange.ts'
import { ScramInitiator, type ScramInitiatorOptions } from './scram-initiator.ts'
import { deriveScramKeys } from './scram-keys.ts'
import { ScramResponder, type ScramResponderOptions } from './scram-responder.ts'
import { webCrypto } from './web-crypto.ts'

const crypto = webCrypto()
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array): string => new TextDecoder().decode(data)
const salt = bytes('0123456789abcdef')
const keys = await deriveScramKeys(crypto, bytes('pencil'), salt, 4096, 'SHA-1')

function responder(more: Partial<ScramResponderOptions> = {}): ScramResponder {
  return new ScramResponder({
    crypto,
    hash: 'SHA-1',
    isPlus: false,
    offersPlus: false,
    binding: type => (type === 'tls-exporter' ? bytes('exporter data') : undefined),
    domain: 'example.org',
    lookup: username => (username === 'user' ? keys : undefined),
    secret: bytes('secret'),
    iterations: 4096,
    newNonce: () => 'SERVER',
    ...more,
  })
}

function initiator(more: Partial<ScramInitiatorOptions> = {}): ScramInitiator {
  return new ScramInitiator({
    crypto,
    hash: 'SHA-1',
    username: 'user',
    password: 'pencil',
    binding: { flag: 'n' },
    newNonce: () => 'CLIENT',
    ...more,
  })
}

function conditionOf(step: SaslStep): SaslCondition | 'none' {
  return step.kind === 'failure' ? step.condition : 'none'
}

const plus = { isPlus: true, offersPlus: true }

const firstMessages: readonly (readonly [
  message: string,
  condition: SaslCondition,
  options?: Partial<ScramResponderOptions>,
])[] = [
  ['', 'malformed-request'],
  ['n', 'malformed-request'],
  ['n,,', 'malformed-request'],
  ['n=user,r=CLIENT', 'malformed-request'],
  ['x,,n=user,r=CLIENT', 'malformed-request'],
  ['n,n=user,r=CLIENT', 'malformed-request'],
  ['n,a=,n=user,r=CLIENT', 'malformed-request'],
  ['n,b=x,n=user,r=CLIENT', 'malformed-request'],
  ['n,a=a=2cb,n=user,r=CLIENT', 'malformed-request'],
  ['n,,r=CLIENT,n=user', 'malformed-request'],
  ['n,,n=user', 'malformed-request'],
  ['n,,n=,r=CLIENT', 'malformed-request'],
  ['n,,n=user,r=', 'malformed-request'],
  ['n,,n=user,r=CLI ENT', 'malformed-request'],
  ['n,,n=user,r=CLI\u00e9NT', 'malformed-request'],
  ['n,,n=us=er,r=CLIENT', 'malformed-request'],
  ['n,,n=us=2cer,r=CLIENT', 'malformed-request'],
  ['n,,n=us\0er,r=CLIENT', 'malformed-request'],
  ['n,,m=x,n=user,r=CLIENT', 'malformed-request'],
  ['n,,n=user,r=CLIENT,m=x', 'malformed-request'],
  ['n,,n=user,r=CLIENT,r=OTHER', 'malformed-request'],
  ['n,,n=user,r=CLIENT,', 'malformed-request'],
  ['n,,n=user,r=CLIENT,1=x', 'malformed-request'],
  [`n,,n=user,r=${'x'.repeat(8192)}`, 'malformed-request'],
  ['p=tls-exporter,,n=user,r=CLIENT', 'malformed-request'],
  ['p=tls exporter,,n=user,r=CLIENT', 'malformed-request', plus],
  ['p=,,n=user,r=CLIENT', 'malformed-request', plus],
  ['p,,n=user,r=CLIENT', 'malformed-request', plus],
  ['n,,n=user,r=CLIENT', 'malformed-request', plus],
  ['y,,n=user,r=CLIENT', 'malformed-request', plus],
  ['p=tls-unique,,n=user,r=CLIENT', 'not-authorized', plus],
  ['y,,n=user,r=CLIENT', 'not-authorized', { offersPlus: true }],
  ['n,,n=us er,r=CLIENT', 'not-authorized'],
  ['n,,n=\u265a,r=CLIENT', 'not-authorized'],
  ['n,,n=user@example.org,r=CLIENT', 'not-authorized'],
]

test('a first message that is not quite right gets its failure (RFC 5802 §5.1, §6, §7)', async () => {
  for (const [message, condition, options] of firstMessages) {
    assert.equal(
      conditionOf(await responder(options).receive(bytes(message))),
      condition,
      JSON.stringify(message),
    )
  }
  const notUtf8 = new Uint8Array([...bytes('n,,n=us'), 0xc3, ...bytes(',r=CLIENT')])
  assert.equal(conditionOf(await responder().receive(notUtf8)), 'malformed-request')
})

type Tampering = (message: string) => string

const finalMessages: readonly (readonly [
  what: string,
  tampering: Tampering,
  condition: SaslCondition | 'none',
])[] = [
  ['nothing', m => m, 'none'],
  ['empty', () => '', 'malformed-request'],
  ['no proof', m => m.replace(/,p=.*/, ''), 'malformed-request'],
  ['empty proof', m => m.replace(/,p=.*/, ',p='), 'not-authorized'],
  ['proof is not base64', m => m.replace(/,p=./, ',p=!'), 'malformed-request'],
  ['proof without padding', m => m.slice(0, -1), 'malformed-request'],
  ['proof with something behind', m => `${m},x=1`, 'malformed-request'],
  ['two proofs', m => `${m}${m.slice(m.indexOf(',p='))}`, 'malformed-request'],
  ['one byte too few', m => m.replace(/,p=.*/, `,p=${encodeBase64(new Uint8Array(19))}`), 'not-authorized'],
  ['one byte too many', m => m.replace(/,p=.*/, `,p=${encodeBase64(new Uint8Array(21))}`), 'not-authorized'],
  ['proof of zeros', m => m.replace(/,p=.*/, `,p=${encodeBase64(new Uint8Array(20))}`), 'not-authorized'],
  ['one bit of the proof', m => flipInProof(m), 'not-authorized'],
  ['nonce of the client alone', m => m.replace('SERVER', ''), 'not-authorized'],
  ['nonce shortened', m => m.replace('SERVER', 'SERVE'), 'not-authorized'],
  ['nonce in other case', m => m.replace('SERVER', 'server'), 'not-authorized'],
  ['no nonce', m => m.replace(',r=CLIENTSERVER', ''), 'malformed-request'],
  ['other order', m => m.replace(/^(c=\w+),(r=\w+)/, '$2,$1'), 'malformed-request'],
  ['no binding', m => m.replace(/^c=\w+,/, ''), 'malformed-request'],
  ['header y', m => m.replace('c=biws', `c=${encodeBase64(bytes('y,,'))}`), 'not-authorized'],
  ['header p', m => m.replace('c=biws', `c=${encodeBase64(bytes('p=tls-exporter,,'))}`), 'not-authorized'],
  ['header with authzid', m => m.replace('c=biws', `c=${encodeBase64(bytes('n,a=a,'))}`), 'not-authorized'],
  [
    'header with data behind',
    m => m.replace('c=biws', `c=${encodeBase64(bytes('n,,data'))}`),
    'not-authorized',
  ],
  ['header is not base64', m => m.replace('c=biws', 'c=biw'), 'malformed-request'],
  ['mandatory extension', m => m.replace(',p=', ',m=1,p='), 'malformed-request'],
  ['extension that was not signed', m => m.replace(',p=', ',x=1,p='), 'not-authorized'],
]

function flipInProof(message: string): string {
  const at = message.indexOf(',p=') + 3
  return message.slice(0, at) + (message.charAt(at) === 'A' ? 'B' : 'A') + message.slice(at + 1)
}

test('a final message that was tampered with gets its failure (RFC 5802 §5, §6, §7)', async () => {
  for (const [what, tampering, condition] of finalMessages) {
    const [server, client] = [responder(), initiator()]
    const first = await server.receive(client.start())
    assert.ok(first.kind === 'challenge')
    const final = tampering(text(await client.respond(first.data)))
    assert.equal(conditionOf(await server.receive(bytes(final))), condition, what)
    assert.equal(conditionOf(await server.receive(bytes(final))), 'malformed-request', `${what}, again`)
  }
})

const honest = `r=CLIENTSERVER,s=${encodeBase64(salt)},i=4096`
const offer = { mechanisms: ['SCRAM-SHA-1'] }

const challenges: readonly (readonly [
  challenge: string,
  fault: SaslFault,
  options?: Partial<ScramInitiatorOptions>,
])[] = [
  ['', 'malformed-challenge'],
  ['e=other-error', 'malformed-challenge'],
  [`m=x,${honest}`, 'malformed-challenge'],
  [`${honest},m=x`, 'malformed-challenge'],
  [honest.replace('i=4096', 'i=04096'), 'malformed-challenge'],
  [honest.replace('i=4096', 'i=-1'), 'malformed-challenge'],
  [honest.replace('i=4096', 'i=4096.5'), 'malformed-challenge'],
  [honest.replace(/,i=.*/, ''), 'malformed-challenge'],
  [honest.replace(/s=[^,]*/, 's='), 'malformed-challenge'],
  [honest.replace(/s=[^,]*/, 's=ab!d'), 'malformed-challenge'],
  [honest.replace(/(r=\w+),(s=[^,]*)/, '$2,$1'), 'malformed-challenge'],
  [honest.replace('CLIENTSERVER', 'SERVER'), 'nonce-changed'],
  [honest.replace('CLIENTSERVER', 'CLIENT'), 'nonce-changed'],
  [honest.replace('CLIENTSERVER', 'clientSERVER'), 'nonce-changed'],
  [honest.replace('4096', '4095'), 'iterations-out-of-bounds'],
  [honest.replace('4096', '1000001'), 'iterations-out-of-bounds'],
  [honest.replace('4096', '9999999999'), 'iterations-out-of-bounds'],
  [honest, 'iterations-out-of-bounds', { minIterations: 10_000 }],
  [honest, 'iterations-out-of-bounds', { maxIterations: 4000, minIterations: 1 }],
  [`${honest},h=AAAA`, 'offer-tampered', { offer }],
]

test('a challenge that is not quite right ends the login (RFC 5802 §5, §9; XEP-0474 §6.2)', async () => {
  for (const [challenge, fault, options] of challenges) {
    const client = initiator(options)
    client.start()
    const isExpected = (error: unknown): boolean => error instanceof SaslError && error.condition === fault
    await assert.rejects(async () => client.respond(bytes(challenge)), isExpected, challenge)
    await assert.rejects(async () => client.succeed(bytes('v=AAAA')), SaslError, challenge)
  }
})

const finals: readonly (readonly [data: string | undefined, fault: SaslFault])[] = [
  [undefined, 'server-not-proven'],
  ['', 'server-not-proven'],
  ['v=', 'server-not-proven'],
  ['v=AAAA', 'server-not-proven'],
  [`v=${encodeBase64(new Uint8Array(20))}`, 'server-not-proven'],
  ['e=invalid-proof', 'server-error'],
  ['x=1', 'server-not-proven'],
]

test('a success without the right signature is none (RFC 5802 §5)', async () => {
  for (const [data, fault] of finals) {
    const client = initiator()
    client.start()
    await client.respond(bytes(honest))
    const isExpected = (error: unknown): boolean => error instanceof SaslError && error.condition === fault
    assert.throws(() => client.succeed(data === undefined ? undefined : bytes(data)), isExpected, data)
  }
})

test('a success before any challenge is none (RFC 5802 §5)', () => {
  const client = initiator()
  client.start()
  assert.throws(() => client.succeed(undefined), { name: 'SaslError', condition: 'server-not-proven' })
})

test('names and passwords that cannot be prepared are not sent (RFC 8265 §3, §4)', () => {
  const rows = [{ username: 'us er' }, { password: '' }, { password: '\u0000' }, { username: '\u265a' }]
  for (const options of rows) {
    assert.throws(() => initiator(options).start(), { name: 'SaslError', condition: 'bad-credentials' })
  }
  assert.throws(() => initiator({ password: '\u00ad', preparation: 'saslprep' }).start(), SaslError)
})
