import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  bareJid,
  formatXmppUri,
  JidError,
  jid,
  parseJid,
  parseXmppUri,
  type XmppUri,
  XmppUriError,
} from './index.ts'

const none: ReadonlyMap<string, string> = new Map()

const rows: readonly (readonly [text: string, uri: XmppUri])[] = [
  ['xmpp:node@example.com', { jid: parseJid('node@example.com'), params: none }],
  ['xmpp:example.com', { jid: parseJid('example.com'), params: none }],
  ['xmpp://guest@example.com', { authority: bareJid('guest', 'example.com'), params: none }],
  ['xmpp:guest@example.com?message', { jid: parseJid('guest@example.com'), action: 'message', params: none }],
  [
    'xmpp:support@example.com?message;subject=Hello%20World',
    {
      jid: parseJid('support@example.com'),
      action: 'message',
      params: new Map([['subject', 'Hello World']]),
    },
  ],
  [
    'xmpp://guest@example.com/support@example.com?message',
    {
      authority: bareJid('guest', 'example.com'),
      jid: parseJid('support@example.com'),
      action: 'message',
      params: none,
    },
  ],
  [
    'xmpp:nasty!%23$%25()*+,-.;=%3F%5B%5C%5D%5E_%60%7B%7C%7D~node@example.com',
    { jid: parseJid('nasty!#$%()*+,-.;=?[\\]^_`{|}~node@example.com'), params: none },
  ],
  [
    "xmpp:node@example.com/repulsive%20!%23%22$%25&'()*+,-.%2F:;%3C=%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%7D~resource",
    { jid: parseJid('node@example.com/repulsive !#"$%&\'()*+,-./:;<=>?@[\\]^_`{|}~resource'), params: none },
  ],
  [
    'xmpp:ji%C5%99i@%C4%8Dechy.example/v%20Praze',
    { jid: parseJid('ji\u0159i@\u010dechy.example/v Praze'), params: none },
  ],
  [
    'xmpp:romeo@montague.net?roster;name=Romeo%20Montague;group=Friends',
    {
      jid: parseJid('romeo@montague.net'),
      action: 'roster',
      params: new Map([
        ['name', 'Romeo Montague'],
        ['group', 'Friends'],
      ]),
    },
  ],
  [
    'xmpp:pubsub.example?;node=a%3Bb#top',
    { jid: parseJid('pubsub.example'), params: new Map([['node', 'a;b']]), fragment: 'top' },
  ],
  ['xmpp:juliet@[::1]/a', { jid: parseJid('juliet@[::1]/a'), params: none }],
]

test('URIs are read and written (RFC 5122 §2.2, §2.7; XEP-0147 §5)', () => {
  for (const [text, uri] of rows) {
    assert.deepEqual(parseXmppUri(text), uri, text)
    assert.equal(formatXmppUri(uri), text)
  }
})

test('IRIs and other spellings of a URI are read (RFC 5122 §2.2)', () => {
  const same = [
    'xmpp:ji\u0159i@\u010dechy.example/v%20Praze',
    'XMPP:JI%C5%98I@%c4%8dechy.example/v%20Praze',
    'xmpp:ji%c5%99i@xn--echy-fua.example/v%20Praze',
  ]
  for (const text of same) assert.equal(parseXmppUri(text).jid, 'ji\u0159i@\u010dechy.example/v Praze', text)
})

test('broken URIs are refused (RFC 5122 §2.2, RFC 3986 §2.1)', () => {
  const broken = [
    'mailto:a@b',
    'xmpp',
    'xmpp:a@b/%',
    'xmpp:a@b/%zz',
    'xmpp:a@b/%C3',
    'xmpp:a@b/%C0%AF',
    'xmpp:a@b/%ED%A0%80',
    'xmpp:a@b/c d',
    'xmpp:a@b?message;body',
    'xmpp:a@b?message;=x',
    'xmpp:a@b?message;',
    'xmpp:a@b?message;body=a;body=b',
    'xmpp://example.com',
    'xmpp://a@b/',
    'xmpp:a@b?x#\ud800',
  ]
  for (const text of broken) assert.throws(() => parseXmppUri(text), XmppUriError, text)
})

test('an address in a URI is an address (RFC 7622 §3)', () => {
  const wrong = [
    'xmpp:',
    'xmpp:?message',
    'xmpp:@b',
    'xmpp:a%40b@c',
    'xmpp:a%2Fb@c',
    'xmpp:a@b/',
    'xmpp:a@b%2Fc',
  ]
  for (const text of wrong) assert.throws(() => parseXmppUri(text), JidError, text)
  assert.throws(() => formatXmppUri({ action: 'message' }), XmppUriError)
  assert.throws(() => formatXmppUri({ authority: bareJid(undefined, 'b') }), XmppUriError)
})

test('what is written is read back (RFC 5122 §2.2)', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).filter(t => t.isWellFormed())
  fc.assert(
    fc.property(text, text, text, (action, key, value) => {
      const uri: XmppUri = {
        jid: jid('a', 'b', 'c'),
        action,
        params: new Map([[key, value]]),
        fragment: value,
      }
      assert.deepEqual(parseXmppUri(formatXmppUri(uri)), uri)
    }),
    { numRuns: 1000 },
  )
})
