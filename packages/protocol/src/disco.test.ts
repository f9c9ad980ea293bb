import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import * as fc from 'fast-check'
import { Caps, capsText } from './caps.ts'
import { DataForm, formTypeField, formTypeOf, valueOf, valuesOf } from './data-forms.ts'
import { DiscoInfo, DiscoItems } from './disco.ts'

const sha1 = (text: string | undefined): string =>
  createHash('sha1')
    .update(text ?? '')
    .digest('base64')
const caps = 'http://jabber.org/protocol/caps'
const muc = 'http://jabber.org/protocol/muc'

const psi: DiscoInfo = {
  identities: [
    { category: 'client', type: 'pc', lang: 'en', name: 'Psi 0.11' },
    { category: 'client', type: 'pc', lang: 'el', name: '\u03a8 0.11' },
  ],
  features: [muc, caps, DiscoItems.ns, DiscoInfo.ns],
  forms: [
    {
      type: 'result',
      fields: [
        { var: 'software_version', values: ['0.11'] },
        { var: 'ip_version', type: 'text-multi', values: ['ipv6', 'ipv4'] },
        formTypeField('urn:xmpp:dataforms:softwareinfo'),
        { var: 'os', values: ['Mac'] },
        { var: 'os_version', values: ['10.5.1'] },
        { var: 'software', values: ['Psi'] },
      ],
    },
  ],
}

test('the verification strings of the specification come out (XEP-0115 §5.2, §5.3)', () => {
  const exodus: DiscoInfo = {
    identities: [{ category: 'client', type: 'pc', name: 'Exodus 0.9.1' }],
    features: [DiscoInfo.ns, DiscoItems.ns, muc, caps],
  }
  assert.equal(sha1(capsText(exodus)), 'QgayPKawpkPSDYmwT/WM94uAlu0=')
  assert.equal(sha1(capsText(psi)), 'q07IKJEyjvHSyhy//CH0CxmKi8w=')
})

test('ill-formed information has no verification string (XEP-0115 §5.4)', () => {
  const identity = { category: 'client', type: 'pc' }
  const form: DataForm = { type: 'result', fields: [formTypeField('a')] }
  const unsure: DataForm = { type: 'result', fields: [{ ...formTypeField('a'), values: ['a', 'b'] }] }
  const rows: readonly DiscoInfo[] = [
    { identities: [identity, identity] },
    { identities: [identity, { ...identity, lang: '', name: '' }] },
    { features: ['a', 'b', 'a'] },
    { forms: [form, form] },
    { forms: [unsure] },
  ]
  for (const info of rows) assert.equal(capsText(info), undefined)
})

test('forms that do not say what they are about do not count (XEP-0115 §5.4)', () => {
  const shown: DataForm = {
    type: 'result',
    fields: [{ var: 'FORM_TYPE', type: 'text-single', values: ['a'] }],
  }
  const nameless: DataForm = { type: 'result', fields: [{ var: 'b', values: ['c'] }] }
  assert.equal(capsText({ features: ['f'], forms: [shown, nameless, shown] }), 'f<')
})

test('the order is that of octets, whatever the order of arrival (XEP-0115 §5.1, RFC 4790 §9.3)', () => {
  const features = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 6 })
  fc.assert(
    fc.property(features, all => {
      const expected = all.map(text => Buffer.from(text)).sort((a, b) => Buffer.compare(a, b))
      assert.equal(capsText({ features: all }), expected.map(bytes => `${bytes.toString()}<`).join(''))
    }),
  )
  assert.equal(capsText({ features: ['\u{1f600}', '\uff5e', '\ud7ff'] }), '\ud7ff<\uff5e<\u{1f600}<')
})

test('capabilities are written and read, also of before there was a hash (XEP-0115 §4, §13)', () => {
  const value: Caps = { hash: 'sha-1', node: 'http://psi-im.org', ver: 'q07IKJEyjvHSyhy//CH0CxmKi8w=' }
  assert.deepEqual(readWire(Caps, toElement(Caps, value)), value)
  assert.equal(readWire(Caps, xml`<c xmlns="${caps}" node="a" ver="0.9" ext="b c"/>`).hash, undefined)
})

test('information with its forms is written and read (XEP-0030 §3, XEP-0128 §2)', () => {
  const again = readWire(DiscoInfo, toElement(DiscoInfo, psi))
  assert.deepEqual(again.features, psi.features)
  assert.deepEqual(again.identities, psi.identities)
  assert.equal(capsText(again), capsText(psi))
  assert.equal(
    writeWire(DiscoInfo, { node: 'x' }),
    '<query xmlns="http://jabber.org/protocol/disco#info" node="x"/>',
  )
})

test('an item of discovery has an address (XEP-0030 §4)', () => {
  assert.throws(
    () => readWire(DiscoItems, xml`<query xmlns="${DiscoItems.ns}"><item node="a"/></query>`),
    WireError,
  )
  const { items } = readWire(
    DiscoItems,
    xml`<query xmlns="${DiscoItems.ns}"><item jid="a.example" name="A"/></query>`,
  )
  assert.deepEqual(items, [{ jid: 'a.example', node: undefined, name: 'A' }])
})

test('a form has fields, columns and rows (XEP-0004 §3)', () => {
  const source = xml`<x xmlns="jabber:x:data" type="result"><title>T</title><instructions>I</instructions><instructions>J</instructions>
    <field var="FORM_TYPE" type="hidden"><value>urn:t</value></field>
    <field var="many" type="text-multi" label="L"><desc>D</desc><required/><value>1</value><value/><option label="O"><value>1</value></option>
      <media xmlns="urn:xmpp:media-element"><uri type="image/png">cid:x</uri></media></field>
    <field type="fixed"><value>F</value></field>
    <reported><field var="a"/></reported><item><field var="a"><value>x</value></field></item><item/>
  </x>`
  const form = readWire(DataForm, source)
  assert.equal(formTypeOf(form), 'urn:t')
  assert.deepEqual(valuesOf(form, 'many'), ['1', ''])
  assert.equal(valueOf(form, 'none'), undefined)
  assert.deepEqual(
    form.items?.map(item => item.fields.length),
    [1, 0],
  )
  assert.deepEqual(toElement(DataForm, form), source)
})

test('a field of unknown type is text-single, a form of unknown type is none (XEP-0004 §3.1, §3.3)', () => {
  const form = readWire(
    DataForm,
    xml`<x xmlns="jabber:x:data" type="form"><field var="a" type="colour"/></x>`,
  )
  assert.equal(form.fields?.[0]?.type, 'text-single')
  assert.throws(() => readWire(DataForm, xml`<x xmlns="jabber:x:data" type="question"/>`), WireError)
  assert.throws(() => readWire(DataForm, xml`<x xmlns="jabber:x:data"/>`), WireError)
})

test('a form tells what it is about by a hidden field, a submission by any (XEP-0068 §4.3)', () => {
  const fields = [{ var: 'FORM_TYPE', values: ['urn:t'] }]
  assert.equal(formTypeOf({ type: 'submit', fields }), 'urn:t')
  assert.equal(formTypeOf({ type: 'form', fields }), undefined)
  assert.equal(formTypeOf({ type: 'cancel' }), undefined)
})
