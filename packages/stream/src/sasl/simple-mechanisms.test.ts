import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnonymousInitiator } from './anonymous.ts'
import { type Certified, certifiedUsernames, chooseCertified } from './authorization.ts'
import { SaslError } from './exchange.ts'
import { ExternalInitiator, ExternalResponder } from './external.ts'
import { PlainInitiator, PlainResponder } from './plain.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array): string => new TextDecoder().decode(data)

const plain = (): PlainResponder =>
  new PlainResponder({
    domain: 'example.org',
    verify: (username, password) => username === 'tim' && password === 'tanstaaftanstaaf',
  })

test('PLAIN takes name and password between NULs, and nothing else (RFC 4616 §2)', () => {
  const success = { kind: 'success', username: 'tim' }
  const failed = (condition: string): object => ({ kind: 'failure', condition })
  const rows = [
    ['\0tim\0tanstaaftanstaaf', success],
    ['\0Tim\0tanstaaftanstaaf', success],
    ['tim@example.org\0tim\0tanstaaftanstaaf', success],
    ['kurt@example.org\0tim\0tanstaaftanstaaf', failed('invalid-authzid')],
    ['kurt@example.org\0tim\0wrong', failed('not-authorized')],
    ['tim\0tim\0tanstaaftanstaaf', failed('invalid-authzid')],
    ['\0tim\0wrong', failed('not-authorized')],
    ['\0kurt\0tanstaaftanstaaf', failed('not-authorized')],
    ['\0t m\0tanstaaftanstaaf', failed('not-authorized')],
    ['', failed('malformed-request')],
    ['tim', failed('malformed-request')],
    ['\0tim', failed('malformed-request')],
    ['\0tim\0', failed('malformed-request')],
    ['\0\0tanstaaftanstaaf', failed('malformed-request')],
    ['\0tim\0tanstaaf\0tanstaaf', failed('malformed-request')],
  ] as const
  for (const [message, step] of rows) {
    assert.deepEqual(plain().receive(bytes(message)), step, JSON.stringify(message))
  }
  assert.deepEqual(plain().receive(new Uint8Array([0, 0x74, 0, 0xff])), failed('malformed-request'))
  assert.deepEqual(plain().receive(undefined), { kind: 'challenge', data: new Uint8Array() })
})

test('PLAIN waits for a check that takes time (RFC 4616 §2)', async () => {
  const slow = new PlainResponder({ domain: 'example.org', verify: async () => true })
  const step = slow.receive(bytes('\0tim\0x'))
  assert.ok(step instanceof Promise)
  assert.deepEqual(await step, { kind: 'success', username: 'tim' })
})

test('a client sends PLAIN with prepared name and password (RFC 4616 §2, RFC 8265)', () => {
  const options = { username: 'Tim', password: 'A\u030a\u00a0b' }
  assert.equal(text(new PlainInitiator(options).start()), '\0tim\0\u00c5 b')
  const authzid = 'tim@example.org'
  assert.equal(text(new PlainInitiator({ ...options, authzid }).start()), 'tim@example.org\0tim\0\u00c5 b')
  assert.throws(() => new PlainInitiator({ username: 'tim', password: '' }).start(), SaslError)
  assert.throws(() => new PlainInitiator({ username: 't\0m', password: 'x' }).start(), SaslError)
  assert.throws(() => new PlainInitiator(options).respond(), SaslError)
})

test('a certificate stands for its accounts (XEP-0178 §2)', () => {
  const one = ['Juliet@Example.org']
  const two = ['juliet@example.org', 'nurse@example.org', 'juliet@example.net', 'example.org']
  const rows = [
    [one, undefined, 'juliet'],
    [one, 'juliet@example.org', 'juliet'],
    [one, 'romeo@example.org', 'nobody'],
    [one, 'juliet@example.org/balcony', 'nobody'],
    [two, undefined, 'ambiguous'],
    [two, 'nurse@example.org', 'nurse'],
    [two, 'juliet@example.net', 'nobody'],
    [two, 'nonsense@', 'nobody'],
    [['juliet@example.org', 'JULIET@example.org'], undefined, 'juliet'],
    [[], undefined, 'nobody'],
  ] as const
  for (const [certified, authzid, expected] of rows) {
    const chosen = chooseCertified(certifiedUsernames(certified, 'example.org'), 'example.org', authzid)
    assert.equal(typeof chosen === 'object' ? chosen.username : chosen, expected, authzid)
  }
})

test('EXTERNAL asks who the peer may be (RFC 4422 appendix A)', async () => {
  const certified = ['juliet@example.org']
  const external = (): ExternalResponder =>
    new ExternalResponder({
      authorize: authzid =>
        chooseCertified(certifiedUsernames(certified, 'example.org'), 'example.org', authzid),
    })
  const success = { kind: 'success', username: 'juliet' }
  assert.deepEqual(external().receive(new ExternalInitiator().start()), success)
  assert.deepEqual(external().receive(new ExternalInitiator('juliet@example.org').start()), success)
  const refused = { kind: 'failure', condition: 'invalid-authzid' }
  assert.deepEqual(external().receive(bytes('romeo@example.org')), refused)
  assert.deepEqual(external().receive(new Uint8Array([0xff])), {
    kind: 'failure',
    condition: 'malformed-request',
  })
  assert.deepEqual(external().receive(bytes('a\0')), { kind: 'failure', condition: 'malformed-request' })
  assert.deepEqual(external().receive(undefined), { kind: 'challenge', data: new Uint8Array() })
  const none = new ExternalResponder({ authorize: () => Promise.resolve<Certified>('nobody') })
  assert.deepEqual(await none.receive(new Uint8Array()), { kind: 'failure', condition: 'not-authorized' })
  const several = new ExternalResponder({ authorize: () => 'ambiguous' })
  assert.deepEqual(several.receive(new Uint8Array()), refused)
})

test('ANONYMOUS sends a short trace or nothing (RFC 4505 §2)', () => {
  assert.equal(text(new AnonymousInitiator().start()), '')
  assert.equal(text(new AnonymousInitiator('sirhc').start()), 'sirhc')
  assert.equal(text(new AnonymousInitiator('x'.repeat(300)).start()).length, 255)
})
