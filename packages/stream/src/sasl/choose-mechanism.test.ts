import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseMechanism, type MechanismPreferences } from './choose-mechanism.ts'

const both = ['tls-exporter', 'tls-server-end-point']
const secured: MechanismPreferences = { bindings: both, allowPlain: true, hasPassword: true }
const unbound: MechanismPreferences = { ...secured, bindings: [] }

const rows: readonly (readonly [
  what: string,
  mechanisms: readonly string[],
  bindings: readonly string[] | undefined,
  preferences: MechanismPreferences,
  choice: string,
])[] = [
  [
    'the longest hash',
    ['SCRAM-SHA-1', 'SCRAM-SHA-512', 'SCRAM-SHA-256'],
    undefined,
    unbound,
    'SCRAM-SHA-512 n',
  ],
  [
    'binding before hash',
    ['SCRAM-SHA-512', 'SCRAM-SHA-1-PLUS'],
    both,
    secured,
    'SCRAM-SHA-1-PLUS tls-exporter',
  ],
  ['types unknown', ['SCRAM-SHA-1-PLUS'], undefined, secured, 'SCRAM-SHA-1-PLUS tls-exporter'],
  [
    'types unknown, the default at hand',
    ['SCRAM-SHA-1-PLUS'],
    undefined,
    { ...secured, bindings: [...both, 'tls-unique'] },
    'SCRAM-SHA-1-PLUS tls-unique',
  ],
  ['a type in common', ['SCRAM-SHA-1-PLUS'], both.slice(1), secured, 'SCRAM-SHA-1-PLUS tls-server-end-point'],
  ['no type in common', ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'], ['tls-unique'], secured, 'SCRAM-SHA-1 n'],
  ['only bound ones, no type', ['SCRAM-SHA-1-PLUS'], ['tls-unique'], secured, 'none'],
  ['no offer of binding', ['SCRAM-SHA-1', 'PLAIN'], undefined, secured, 'SCRAM-SHA-1 y'],
  ['binding impossible here', ['SCRAM-SHA-1', 'SCRAM-SHA-1-PLUS'], both, unbound, 'SCRAM-SHA-1 n'],
  ['PLAIN when it must', ['PLAIN', 'X-OTHER'], undefined, unbound, 'PLAIN n'],
  ['PLAIN forbidden', ['PLAIN'], undefined, { ...unbound, allowPlain: false }, 'none'],
  ['certificate', ['EXTERNAL', 'SCRAM-SHA-1'], undefined, { ...unbound, hasCertificate: true }, 'EXTERNAL n'],
  ['no certificate', ['EXTERNAL', 'SCRAM-SHA-1'], undefined, unbound, 'SCRAM-SHA-1 n'],
  ['no password', ['SCRAM-SHA-1', 'PLAIN'], undefined, { ...unbound, hasPassword: false }, 'none'],
  [
    'nobody',
    ['ANONYMOUS', 'PLAIN'],
    undefined,
    { ...unbound, hasPassword: false, anonymous: true },
    'ANONYMOUS n',
  ],
  ['nobody unasked', ['ANONYMOUS'], undefined, unbound, 'none'],
  [
    'pinned and there',
    ['SCRAM-SHA-256', 'PLAIN'],
    undefined,
    { ...unbound, pinned: 'SCRAM-SHA-256' },
    'SCRAM-SHA-256 n',
  ],
  [
    'stronger than pinned',
    ['SCRAM-SHA-512'],
    undefined,
    { ...unbound, pinned: 'SCRAM-SHA-1' },
    'SCRAM-SHA-512 n',
  ],
  [
    'weaker than pinned',
    ['PLAIN', 'SCRAM-SHA-1'],
    undefined,
    { ...unbound, pinned: 'SCRAM-SHA-256' },
    'none',
  ],
  ['pinned binding gone', ['SCRAM-SHA-512'], undefined, { ...secured, pinned: 'SCRAM-SHA-1-PLUS' }, 'none'],
  ['pinned and unknown', ['SCRAM-SHA-512', 'PLAIN'], undefined, { ...unbound, pinned: 'X-OTHER' }, 'none'],
  ['nothing in common', ['DIGEST-MD5', 'scram-sha-1'], undefined, unbound, 'none'],
]

test('a client takes the strongest mechanism and never less than before (RFC 6120 §6.3.3, §13.8.3; RFC 5802 §6)', () => {
  for (const [what, mechanisms, bindings, preferences, expected] of rows) {
    const choice = chooseMechanism({ mechanisms, ...(bindings && { bindings }) }, preferences)
    const found = choice
      ? `${choice.mechanism} ${choice.flag === 'p' ? choice.binding : choice.flag}`
      : 'none'
    assert.equal(found, expected, what)
  }
})
