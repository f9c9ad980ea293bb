import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import { asleepIn, asleepStatus, Later, Leaving } from './sleep.ts'

const statuses = [
  'Asleep until 2026-11-22T06:00:00Z. Last values of 2026-11-21T18:00:00Z at keeper@example.org.',
  'Asleep until 2026-11-22T06:00:00Z. Last values of 2026-11-21T18:00:00Z.',
  'Asleep. Last values of 2026-11-21T18:00:00.250Z at keeper.example.org.',
]

test('the status of a thing that sleeps is a sentence that can be read', () => {
  for (const text of statuses) {
    const read = asleepIn(text)
    assert.ok(read, text)
    assert.equal(asleepStatus(read), text)
  }
  const others = ['', 'Asleep.', 'Asleep until tomorrow. Last values of today.', `${statuses[0]} Bye!`]
  for (const text of [...others, statuses[0]?.replace('keeper@', '@@') ?? ''])
    assert.equal(asleepIn(text), undefined, text)
})

const ns = 'urn:waxwing:sleep:0'

test('formats are read, written, and read again; what is too much is refused', () => {
  const leave = parseElement(
    `<leave xmlns="${ns}"><reader jid="a@b"/><reader jid="c@b"><f n="T"/><nd id="m1" src="s"><f n="U"/></nd><nd id="m2"/></reader><resp xmlns="urn:nfi:iot:sd:1.0" id="1"><ts v="2026-11-21T18:00:00Z"><i n="T" m="true" v="1"/></ts></resp></leave>`,
  )
  const leaving = readWire(Leaving, leave)
  assert.deepEqual(readWire(Leaving, toElement(Leaving, leaving)), leaving)
  assert.deepEqual(
    leaving.readers.map(({ jid, fields }) => [jid, ...fields]),
    [['a@b'], ['c@b', 'T']],
  )
  assert.deepEqual(
    leaving.readers[1]?.nodes.map(({ node: { id, source }, fields }) => [id, source, ...fields]),
    [
      ['m1', 's', 'U'],
      ['m2', undefined],
    ],
  )
  const nameless = writeWire(Leaving, leaving).replace('id="m2"', 'id=""')
  assert.throws(() => readWire(Leaving, parseElement(nameless)), WireError)
  const later = xml`<later xmlns="urn:waxwing:sleep:0" id="1" key="k" until="2026-11-21T18:00:00Z"><nd id="n" src="s"/><p n="T" v=" 1 "/></later>`
  const read = readWire(Later, later)
  assert.deepEqual(read.settings, [{ name: 'T', text: ' 1 ' }])
  assert.deepEqual(readWire(Later, parseElement(writeWire(Later, read))), read)
  const wrong = [
    '<later xmlns="urn:waxwing:sleep:0" id="1" key="k" until="2026-11-21T18:00:00Z"/>',
    `<later xmlns="${ns}" id="1" key="k" until="2026-11-21T18:00:00Z">${'<p n="T" v="1"/>'.repeat(101)}</later>`,
    `<later xmlns="${ns}" id="${'1'.repeat(300)}" key="k" until="2026-11-21T18:00:00Z"><p n="T" v="1"/></later>`,
    `<later xmlns="${ns}" id="1" key="k" until="soon"><p n="T" v="1"/></later>`,
  ]
  for (const text of wrong) assert.throws(() => readWire(Later, parseElement(text)), WireError, text)
})
