import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { parseElement, readWire, type Wire, WireError, writeWire } from '@waxwing/xml'
import {
  type Generation,
  generations,
  provisioning,
  provisioningServices,
  provisioningTokens,
  type ReadingQuestion,
} from './index.ts'

const ann = parseJid('ann@example.org')
const node = { id: 'n1', source: 'plant', partition: undefined }

const question = (generation: Generation): ReadingQuestion => ({
  generation,
  jid: ann,
  nodes: [node],
  fields: ['Temperature', 'Power'],
  categories: ['momentary', 'historical'],
  periods: [],
  all: false,
  tokens: { service: [], device: [], user: ['u1', 'u2'] },
})

const written: readonly [generation: Generation, text: string][] = [
  [
    'sn',
    '<canRead xmlns="urn:xmpp:sn:provisioning" jid="ann@example.org" momentary="true" historical="true" token="u1 u2"><node nodeId="n1" sourceId="plant"/><field name="Temperature"/><field name="Power"/></canRead>',
  ],
  [
    'xep',
    '<canRead xmlns="urn:xmpp:iot:provisioning" jid="ann@example.org" momentary="true" historical="true" userToken="u1 u2"><node nodeId="n1" sourceId="plant"/><field name="Temperature"/><field name="Power"/></canRead>',
  ],
  [
    'ieee',
    '<canRead xmlns="urn:ieee:iot:prov:d:1.0" jid="ann@example.org" m="true" h="true" ut="u1 u2"><nd id="n1" src="plant"/><f n="Temperature"/><f n="Power"/></canRead>',
  ],
]
for (const [generation, text] of written)
  test(`a question for reading in ${generation} (XEP-0324 §3.3)`, () => {
    assert.equal(writeWire(provisioning(generation).canRead, question(generation)), text)
  })

function comesBack<T>(wire: Wire<T>, value: T): void {
  assert.deepEqual(readWire(wire, parseElement(writeWire(wire, value))), value)
}

for (const generation of generations)
  test(`what is written reads back in ${generation}`, () => {
    const format = provisioning(generation)
    const { tokens, ...asked } = question(generation)
    comesBack(format.canRead, question(generation))
    comesBack(format.readAnswer, { ...asked, result: true })
    const set = { generation, jid: ann, nodes: [node], parameters: ['Output'] }
    comesBack(format.canControl, { ...set, tokens })
    comesBack(format.controlAnswer, { ...set, result: false })
    comesBack(format.isFriend, { generation, jid: ann })
    comesBack(format.friend, { generation, jid: ann })
    comesBack(format.unfriend, { generation, jid: ann })
    comesBack(format.friendAnswer, { generation, jid: ann, result: true, secondaryTrust: false })
    comesBack(format.clearCache, { generation, node: generation === 'nfi' ? node : undefined })
  })

test('distances of the past pass in the long family', () => {
  const asked: ReadingQuestion = { ...question('xep'), periods: ['day', 'year'] }
  comesBack(provisioning('xep').canRead, asked)
})

test('sn writes all tokens in one list', () => {
  const tokens = { service: ['s'], device: ['d'], user: ['u'] }
  assert.match(writeWire(provisioning('sn').canRead, { ...question('sn'), tokens }), / token="s d u"/)
})

test('a parameter that IoTGateway writes with its long name is understood', () => {
  const text =
    '<canControl xmlns="urn:nf:iot:prov:d:1.0" jid="ann@example.org"><p name="Output"/></canControl>'
  assert.deepEqual(readWire(provisioning('nf').canControl, parseElement(text)).parameters, ['Output'])
})

const refused: readonly [what: string, attributes: string, content: string][] = [
  ['no address', '', ''],
  ['an address that is none', 'jid="@"', ''],
  ['a node without id', 'jid="a@b"', '<nd id=""/>'],
  ['a field without name', 'jid="a@b"', '<f/>'],
  ['a name that is too long', 'jid="a@b"', `<f n="${'x'.repeat(1025)}"/>`],
  ['too many fields', 'jid="a@b"', '<f n="x"/>'.repeat(1001)],
  ['too many tokens', `jid="a@b" st="${'x'.repeat(4000)}" dt="${'x'.repeat(4000)}"`, ''],
]
for (const [what, attributes, content] of refused)
  test(`a question with ${what} is refused`, () => {
    const text = `<canRead xmlns="urn:nf:iot:prov:d:1.0" ${attributes}>${content}</canRead>`
    assert.throws(() => readWire(provisioning('nf').canRead, parseElement(text)), WireError)
  })

test('a credential is written in the element that the schema has for it (§3.6.2)', () => {
  const { canAccess } = provisioningServices('xep')
  const asked = {
    serviceToken: 's',
    credentials: [
      { type: 'jid', value: 'ann@example.org' },
      { type: 'x509Certificate', value: 'AAEC' },
      { type: 'IpAddress', value: '10.0.0.1' },
    ],
  }
  assert.equal(
    writeWire(canAccess, asked),
    '<canAccess xmlns="urn:xmpp:iot:provisioning" serviceToken="s"><jid value="ann@example.org"/><x509Certificate base64="AAEC"/><credentials type="IpAddress" value="10.0.0.1"/></canAccess>',
  )
  comesBack(canAccess, asked)
})

test('a privilege is words with dots between them (§3.7)', () => {
  const { privileges } = provisioningServices('sn')
  comesBack(privileges, [
    { effect: 'exclude', privilege: 'Sensors.Delete' },
    { effect: 'include', privilege: 'Sensors' },
  ])
  const text =
    '<hasPrivilege xmlns="urn:xmpp:sn:provisioning" serviceToken="s" userToken="u" privilegeId="a..b"/>'
  assert.throws(() => readWire(provisioningServices('sn').hasPrivilege, parseElement(text)), WireError)
})

test('a token has no white space, and its data has a limit (§3.1.3)', () => {
  const { token, getToken } = provisioningTokens('ieee')
  const spaced = '<getTokenResponse xmlns="urn:ieee:iot:prov:t:1.0" token="a b"/>'
  assert.throws(() => readWire(token, parseElement(spaced)), WireError)
  const long = `<getToken xmlns="urn:ieee:iot:prov:t:1.0">${'AAAA'.repeat(4097)}</getToken>`
  assert.throws(() => readWire(getToken, parseElement(long)), WireError)
})
