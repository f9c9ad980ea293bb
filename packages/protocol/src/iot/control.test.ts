import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, WireError, writeWire } from '@waxwing/xml'
import { assert as assertAll, pre, property, shuffledSubarray, string } from 'fast-check'
import {
  type ControlRequest,
  conditionOf,
  control,
  controlKinds,
  controlNs,
  familyOf,
  generations,
  outcomeOf,
} from './index.ts'

const none = { service: [], device: [], user: [] }

const golden: readonly [generation: (typeof generations)[number], xml: string][] = [
  [
    'sn',
    '<set xmlns="urn:xmpp:sn:control" deviceToken="d1"><node nodeId="n1"/><int name="Level" value="10"/><string name="Mode" value="auto"/></set>',
  ],
  [
    'xep',
    '<set xmlns="urn:xmpp:iot:control" deviceToken="d1"><node nodeId="n1"/><int name="Level" value="10"/><string name="Mode" value="auto"/></set>',
  ],
  [
    'ieee',
    '<set xmlns="urn:ieee:iot:ctr:1.0" dt="d1"><nd id="n1"/><i n="Level" v="10"/><e n="Mode" v="auto" t="Modes"/></set>',
  ],
]

for (const [generation, xml] of golden)
  test(`a command in ${generation}`, () => {
    const request: ControlRequest = {
      generation,
      nodes: [{ id: 'n1' }],
      tokens: { ...none, device: ['d1'] },
      parameters: [
        { name: 'Level', kind: 'int', text: '10' },
        { name: 'Mode', kind: 'enum', text: 'auto', dataType: 'Modes' },
      ],
    }
    assert.equal(writeWire(control(generation).set, request), xml)
  })

test('parameters of all types keep their order, in every generation', () => {
  for (const generation of generations) {
    const { set } = control(generation)
    const kinds = controlKinds.filter(kind => kind !== 'enum' || familyOf(generation) === 'short')
    const order = shuffledSubarray([...kinds], { minLength: 1 })
    assertAll(
      property(order, string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }), (chosen, name) => {
        pre(/^[\x20-\x7e]+$/.test(name))
        const parameters = chosen.map(kind =>
          kind === 'enum' ? { kind, name, text: 'x', dataType: 'T' } : { kind, name, text: 'x' },
        )
        const request: ControlRequest = { generation, nodes: [], tokens: none, parameters, form: undefined }
        assert.deepEqual(readWire(set, parseElement(writeWire(set, request))), request)
      }),
      { numRuns: 30 },
    )
  }
})

test('an answer is empty when exactly what was asked for was done; sn says so in a word', () => {
  const answer = { nodes: [], parameters: [], outcome: 'OK', faults: [] } as const
  assert.equal(
    writeWire(control('xep').answer, { ...answer, generation: 'xep' }),
    '<setResponse xmlns="urn:xmpp:iot:control"/>',
  )
  assert.equal(
    writeWire(control('nf').answer, { ...answer, generation: 'nf' }),
    '<resp xmlns="urn:nf:iot:ctr:1.0"/>',
  )
  assert.equal(
    writeWire(control('sn').answer, { ...answer, generation: 'sn' }),
    '<setResponse xmlns="urn:xmpp:sn:control" result="OK"/>',
  )
})

test('a form comes as it is, in sn within an answer; sn sends it back within another element', () => {
  const form = { type: 'form', title: 'Dimmer' } as const
  assert.equal(
    writeWire(control('nfi').form, { generation: 'nfi', outcome: 'OK', form }),
    '<x xmlns="jabber:x:data" type="form"><title>Dimmer</title></x>',
  )
  const said = writeWire(control('sn').form, { generation: 'sn', outcome: 'OK', form })
  assert.match(said, /^<getFormResponse xmlns="urn:xmpp:sn:control" result="OK"><x /)
  const set = { generation: 'sn', nodes: [], tokens: none, parameters: [], form: { type: 'submit' } } as const
  assert.match(
    writeWire(control('sn').set, set),
    /<set [^>]*><form><x xmlns="jabber:x:data" type="submit"\/><\/form>/,
  )
  assert.equal(
    readWire(control('sn').set, parseElement(writeWire(control('sn').set, set))).form?.type,
    'submit',
  )
})

test('a fault may call its parameter n, and is written with var', () => {
  const { fault, ns } = control('nf')
  const read = readWire(fault, parseElement(`<paramError xmlns="${ns}" n="Output">no</paramError>`))
  assert.deepEqual(read, { name: 'Output', text: 'no' })
  assert.equal(writeWire(fault, read), `<paramError xmlns="${ns}" var="Output">no</paramError>`)
})

test('unknown outcomes are failures, and every outcome has its condition', () => {
  const odd = parseElement(`<setResponse xmlns="${controlNs('sn')}"/>`)
  assert.equal(readWire(control('sn').answer, odd).outcome, 'OtherError')
  assert.equal(outcomeOf('forbidden'), 'InsufficientPrivileges')
  assert.equal(outcomeOf('remote-server-timeout'), 'OtherError')
  assert.equal(conditionOf('Locked'), 'conflict')
})

test('too much at once is refused', () => {
  const nodes = '<nd id="n"/>'.repeat(1_001)
  const many = parseElement(`<set xmlns="${controlNs('ieee')}">${nodes}</set>`, { limits: 'none' })
  assert.throws(() => readWire(control('ieee').set, many), WireError)
})
