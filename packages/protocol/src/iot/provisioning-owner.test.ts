/** What passes between a provisioning server and owners: ProvisioningOwner.xsd of IEEE 1451.99. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { parseElement, readWire, type Wire, WireError, writeWire } from '@waxwing/xml'
import { type OwnerAnswer, type OwnerQuestion, ownerGenerations, provisioningOwner } from './index.ts'

const about = { key: 'K1', thing: parseJid('boiler@example.org'), caller: parseJid('ann@example.net') }
const none = { service: [], device: [], user: [] }
const node = { id: 'n1', source: 'plant', partition: undefined }
const written = `jid="boiler@example.org" remoteJid="ann@example.net" key="K1"`

for (const generation of ownerGenerations) {
  const ns = `urn:${generation}:iot:prov:o:1.0`
  const { questions, answers, clearCache, deleteRules } = provisioningOwner(generation)

  const asked: readonly [verb: keyof typeof questions, OwnerQuestion, text: string][] = [
    [
      'befriend',
      { generation, ...about, nodes: [], names: [], categories: [], all: false, tokens: none },
      `<isFriend xmlns="${ns}" ${written}/>`,
    ],
    [
      'read',
      {
        generation,
        ...about,
        nodes: [node],
        names: ['Energy', 'Power'],
        categories: ['momentary', 'historical'],
        all: false,
        tokens: { ...none, user: ['U1', 'U2'] },
      },
      `<canRead xmlns="${ns}" ${written} m="true" h="true" ut="U1 U2"><nd id="n1" src="plant"/><f n="Energy"/><f n="Power"/></canRead>`,
    ],
    [
      'control',
      { generation, ...about, nodes: [], names: ['Output'], categories: [], all: false, tokens: none },
      `<canControl xmlns="${ns}" ${written}><partial><p n="Output"/></partial></canControl>`,
    ],
  ]
  for (const [verb, question, text] of asked)
    test(`a question to an owner whether somebody may ${verb} in ${generation}`, () => {
      same(questions[verb], question, text)
    })

  const answer = { generation, ...about, nodes: [], partial: undefined, until: undefined }
  const said: readonly [verb: keyof typeof answers, OwnerAnswer, text: string][] = [
    [
      'befriend',
      { ...answer, result: true, origin: { kind: 'caller' } },
      `<isFriendRule xmlns="${ns}" ${written} result="true"/>`,
    ],
    [
      'befriend',
      { ...answer, result: false, origin: { kind: 'everyone' } },
      `<isFriendRule xmlns="${ns}" ${written} result="false" range="All"/>`,
    ],
    [
      'read',
      { ...answer, result: true, nodes: [node], origin: { kind: 'domain' } },
      `<canReadRule xmlns="${ns}" ${written} result="true"><nd id="n1" src="plant"/><fromDomain/></canReadRule>`,
    ],
    [
      'read',
      {
        ...answer,
        result: true,
        partial: { names: ['Energy'], categories: ['momentary'] },
        origin: { kind: 'service', token: 'S1' },
      },
      `<canReadRule xmlns="${ns}" ${written} result="true"><partial m="true"><f n="Energy"/></partial><fromService token="S1"/></canReadRule>`,
    ],
    [
      'control',
      {
        ...answer,
        result: true,
        partial: { names: ['Output'], categories: [] },
        origin: { kind: 'everyone' },
        until: new Date('2026-12-31T12:00:00Z'),
      },
      `<canControlRule xmlns="${ns}" ${written} result="true"><partial><p n="Output"/></partial><all/><until xmlns="urn:waxwing:rules:0" at="2026-12-31T12:00:00Z"/></canControlRule>`,
    ],
  ]
  for (const [verb, rule, text] of said)
    test(`an owner’s answer about ${verb} from ${rule.origin.kind} in ${generation}`, () => {
      same(answers[verb], rule, text)
    })

  test(`an owner has things forget and rules deleted in ${generation}`, () => {
    same(clearCache, { thing: undefined, node: undefined }, `<clearCache xmlns="${ns}"/>`)
    same(
      deleteRules,
      { thing: about.thing, node },
      `<deleteRules xmlns="${ns}" jid="boiler@example.org" id="n1" src="plant"/>`,
    )
  })
}

function same<T>(wire: Wire<T>, value: T, text: string): void {
  assert.equal(writeWire(wire, value), text)
  assert.deepEqual(readWire(wire, parseElement(text)), value)
}

const ns = 'urn:nf:iot:prov:o:1.0'

test('parameters without an element around them are understood, as the text has them', () => {
  const text = `<canControl xmlns="${ns}" ${written}><p n="Output"/></canControl>`
  assert.deepEqual(readWire(provisioningOwner('nf').questions.control, parseElement(text)).names, ['Output'])
})

const refused: readonly [what: string, text: string][] = [
  ['no key', `<canReadRule xmlns="${ns}" jid="a@b" remoteJid="c@d" result="true"><all/></canReadRule>`],
  ['no origin', `<canReadRule xmlns="${ns}" ${written} result="true"/>`],
  [
    'a token with white space',
    `<canReadRule xmlns="${ns}" ${written} result="true"><fromUser token="a b"/></canReadRule>`,
  ],
  [
    'a node without id',
    `<canReadRule xmlns="${ns}" ${written} result="true"><nd src="x"/><all/></canReadRule>`,
  ],
]
for (const [what, text] of refused)
  test(`an answer with ${what} is refused`, () => {
    assert.throws(() => readWire(provisioningOwner('nf').answers.read, parseElement(text)), WireError)
  })

test('a range nobody knows is refused', () => {
  const text = `<isFriendRule xmlns="${ns}" ${written} result="true" range="Planet"/>`
  assert.throws(() => readWire(provisioningOwner('nf').answers.befriend, parseElement(text)), WireError)
})
