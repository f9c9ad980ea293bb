// Every example of XEP-0347 that is a stanza is read, written and read again. WAXWING_SPECS names the folder with its
// text; without it that part skips.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  sameElement,
  toElement,
  type Wire,
  WireError,
  withoutIndentation,
  writeWire,
} from '@waxwing/xml'
import { specification } from '../specification-kit.test.ts'
import { type FoundThings, type RegistryFormat, registry, registryGenerations } from './index.ts'

const { skip, examples } = specification('0347')

function stanzas(): readonly Element[] {
  return examples().flatMap(example => {
    if (!/<iq\b/.test(example)) return []
    const all = parseElement(`<all xmlns="jabber:client">${example.replaceAll(/^\s+\.\.\.$/gm, '')}</all>`)
    return elementsOf(withoutIndentation(all))
  })
}

/** By the names of their elements. */
function wiresOf(format: RegistryFormat): Readonly<Record<string, Wire<unknown>>> {
  const { register, claim, update, unregister, remove, disown, claimed, removed, disowned, search, found } =
    format
  const all = {
    register,
    claim,
    update,
    unregister,
    remove,
    disown,
    claimed,
    removed,
    disowned,
    search,
    found,
  }
  // Each is written with what it has read itself.
  return Object.fromEntries(Object.values(all).map(wire => [wire.name, wire as unknown as Wire<unknown>]))
}

test('the examples of XEP-0347 read back as they were written', { skip }, t => {
  const format = registry('xep')
  const wires = wiresOf(format)
  const own = stanzas()
    .flatMap(stanza => elementsOf(stanza))
    .filter(({ ns }) => ns === format.ns)
  for (const element of own) {
    const wire = wires[element.name] ?? assert.fail(`${element.name} is not known`)
    const value = readWire(wire, element)
    const written = toElement(wire, value)
    assert.ok(sameElement(written, element), element.name)
    assert.deepEqual(readWire(wire, written), value)
  }
  t.diagnostic(`${own.length} elements`)
  assert.equal(own.length, 29)
})

const found: FoundThings = {
  more: true,
  things: [
    {
      jid: parseJid('rack@example.org'),
      node: { id: 'imc1', source: 'plant', partition: 'p' },
      owner: undefined,
      tags: [
        { kind: 'str', name: 'MAN', value: 'www.ktc.se' },
        { kind: 'num', name: 'V', value: 1.2 },
      ],
    },
  ],
}

const written = {
  xep: '<found xmlns="urn:xmpp:iot:discovery" more="true"><thing owner="" jid="rack@example.org" nodeId="imc1" sourceId="plant" cacheType="p"><str name="MAN" value="www.ktc.se"/><num name="V" value="1.2"/></thing></found>',
  nf: '<found xmlns="urn:nf:iot:disco:1.0" more="true"><thing owner="" jid="rack@example.org" id="imc1" src="plant" pt="p"><str name="MAN" value="www.ktc.se"/><num name="V" value="1.2"/></thing></found>',
} as const
for (const generation of ['xep', 'nf'] as const)
  test(`what was found, in ${generation}`, () => {
    assert.equal(writeWire(registry(generation).found, found), written[generation])
  })

const wall = parseJid('wall@example.org')
const node = { id: 'n', source: undefined, partition: undefined }
const tags = found.things[0]?.tags ?? []
const range = { name: 'LON', nameWildcard: undefined, minIncluded: true, maxIncluded: false }
const inFull: Readonly<Record<string, unknown>> = {
  register: { node, selfOwned: true, tags },
  mine: { node: undefined, isPublic: false, tags },
  update: { node, jid: wall, tags },
  unregister: { node: undefined },
  remove: { jid: wall, node },
  disown: { jid: wall, node },
  claimed: { jid: wall, node, isPublic: true },
  removed: { node },
  disowned: { node },
  search: {
    offset: 20,
    maxCount: 10,
    conditions: [
      { kind: 'strRegEx', name: 'SN', nameWildcard: undefined, value: '3[0-9]*' },
      { kind: 'strMask', name: 'S*', nameWildcard: '*', value: '39*', wildcard: '*' },
      { kind: 'numNRange', ...range, min: -72, max: -70 },
      { kind: 'strRange', ...range, min: 'a', max: 'b' },
    ],
  },
  found,
}
for (const generation of registryGenerations)
  test(`what is written reads back in ${generation}`, () => {
    const wires = wiresOf(registry(generation))
    for (const [name, value] of Object.entries(inFull)) {
      const wire = wires[name] ?? assert.fail(name)
      assert.deepEqual(readWire(wire, parseElement(writeWire(wire, value))), value)
    }
  })

const refused: readonly [what: string, xml: string][] = [
  [
    'a number that is endless',
    '<register xmlns="urn:xmpp:iot:discovery"><num name="V" value="INF"/></register>',
  ],
  ['a tag without a name', '<register xmlns="urn:xmpp:iot:discovery"><str value="x"/></register>'],
  ['a page of nothing', '<search xmlns="urn:xmpp:iot:discovery" maxCount="0"/>'],
  ['a thing without an address', '<remove xmlns="urn:xmpp:iot:discovery"/>'],
  ['an address that is none', '<disown xmlns="urn:xmpp:iot:discovery" jid="@"/>'],
]
for (const [what, xml] of refused)
  test(`${what} is refused`, () => {
    const element = parseElement(xml)
    const wire = wiresOf(registry('xep'))[element.name] ?? assert.fail(element.name)
    assert.throws(() => readWire(wire, element), WireError)
  })
