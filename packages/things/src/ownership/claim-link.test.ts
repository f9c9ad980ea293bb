/** Links to things: XEP-0347 §3.9, and the iotdisco scheme. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatClaimLink,
  LinkError,
  type Meta,
  parseClaimLink,
  parseCondition,
  parseSearchLink,
} from '../index.ts'

const meta: Meta = {
  SN: '394872348732948723',
  MAN: 'www.ktc.se',
  MODEL: 'IMC',
  V: 1.2,
  KEY: '4857402340298342',
}

const read: readonly [text: string, meta: Meta, registry?: string][] = [
  // The example of XEP-0347 §3.9.
  ['IoTDisco;SN:394872348732948723;MAN:www.ktc.se;MODEL:IMC;#V:1.2;KEY:4857402340298342', meta],
  ['IoTDisco;SN:a\\;b\\\\c:d%20;KEY:1', { SN: 'a;b\\c:d%20', KEY: '1' }],
  [
    'iotdisco:SN=394872348732948723;MAN=www.ktc.se;MODEL=IMC;#V=1.2;KEY=4857402340298342;R=registry.example.org',
    meta,
    'registry.example.org',
  ],
  ['IOTDISCO:sn=a%3Bb\\;c=d;%23v=1;key=1', { SN: 'a;b;c=d', V: 1, KEY: '1' }],
  [
    'xmpp:registry.example.org?claim;SN=a%3Bb;%23V=1.2;KEY=1',
    { SN: 'a;b', V: 1.2, KEY: '1' },
    'registry.example.org',
  ],
]
for (const [text, expected, registry] of read)
  test(`${text} is read`, () => {
    assert.deepEqual(parseClaimLink(text), { meta: expected, registry })
  })

test('a claim link is written', () => {
  const link = { meta: { SN: 'a;b=ü', V: 1.2, KEY: '1' }, registry: 'registry.example.org' }
  assert.equal(formatClaimLink(link), 'iotdisco:SN=a%3Bb%3D%C3%BC;#V=1.2;KEY=1;R=registry.example.org')
  assert.equal(
    formatClaimLink(link, 'xmpp'),
    'xmpp:registry.example.org?claim;SN=a%3Bb%3D%C3%BC;%23V=1.2;KEY=1',
  )
  for (const scheme of ['iotdisco', 'xmpp'] as const)
    assert.deepEqual(parseClaimLink(formatClaimLink(link, scheme)), link)
})

for (const text of [
  '',
  'https://example.org',
  'iotdisco:',
  'iotdisco:SN=1',
  'iotdisco:SN=1;SN=2;KEY=3',
  'iotdisco:SN>1;KEY=3',
  'iotdisco:#V=x;KEY=3',
  'iotdisco:SN;KEY=3',
  'iotdisco:SN=%;KEY=3',
  'xmpp:registry.example.org?message;KEY=1',
  'xmpp:registry.example.org?claim;SN=1;KEY=%',
])
  test(`"${text}" claims nothing`, () => assert.throws(() => parseClaimLink(text), LinkError))

test('a link may look for things', () => {
  assert.deepEqual(parseSearchLink('iotdisco:MAN=example.org;SN~39*;#V>=1;#V<2;CITY<>Rome;R=r.example.org'), {
    conditions: [
      { kind: 'strEq', name: 'MAN', value: 'example.org' },
      { kind: 'strMask', name: 'SN', value: '39*', wildcard: '*' },
      { kind: 'numGtEq', name: 'V', value: 1 },
      { kind: 'numLt', name: 'V', value: 2 },
      { kind: 'strNEq', name: 'CITY', value: 'Rome' },
    ],
    registry: 'r.example.org',
  })
  assert.throws(() => parseSearchLink('iotdisco:SN=1;KEY=2'), LinkError)
  assert.throws(() => parseSearchLink('iotdisco:#V~2'), LinkError)
})

test('conditions as people type them: what looks like a number is one', () => {
  assert.deepEqual(parseCondition('v>=1.5'), { kind: 'numGtEq', name: 'V', value: 1.5 })
  assert.deepEqual(parseCondition('CITY=Verona'), { kind: 'strEq', name: 'CITY', value: 'Verona' })
  assert.deepEqual(parseCondition('SN~12*'), { kind: 'strMask', name: 'SN', value: '12*', wildcard: '*' })
  assert.throws(() => parseCondition('Verona'), LinkError)
})
