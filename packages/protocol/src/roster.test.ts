import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import { Roster, RosterItem } from './roster.ts'

test('a roster is read with everything an item may have (RFC 6121 §2.1.2)', () => {
  const source = xml`<query xmlns="jabber:iq:roster" ver="ver11">
    <item jid="Nurse@Capulet.example" name="Nurse" subscription="both" approved="true"><group>Servants</group><group>Friends</group></item>
    <item jid="romeo@montague.example" ask="subscribe" subscription="none"/>
    <item jid="mercutio@montague.example"/>
  </query>`
  const roster = readWire(Roster, source)
  assert.equal(roster.ver, 'ver11')
  assert.deepEqual(roster.items, [
    {
      jid: 'nurse@capulet.example',
      name: 'Nurse',
      subscription: 'both',
      ask: undefined,
      approved: true,
      groups: ['Servants', 'Friends'],
    },
    {
      jid: 'romeo@montague.example',
      name: undefined,
      subscription: 'none',
      ask: 'subscribe',
      approved: false,
      groups: [],
    },
    {
      jid: 'mercutio@montague.example',
      name: undefined,
      subscription: 'none',
      ask: undefined,
      approved: false,
      groups: [],
    },
  ])
  assert.deepEqual(readWire(Roster, toElement(Roster, roster)), roster)
})

test('a push names the state of the subscription in any case (RFC 6121 §2.1.6)', () => {
  const item: RosterItem = { jid: parseBareJid('nurse@capulet.example'), subscription: 'none', groups: [] }
  assert.equal(
    writeWire(RosterItem, item, Roster.ns),
    '<item jid="nurse@capulet.example" subscription="none"/>',
  )
  assert.equal(
    writeWire(Roster, { items: [{ ...item, subscription: 'remove' }] }),
    '<query xmlns="jabber:iq:roster"><item jid="nurse@capulet.example" subscription="remove"/></query>',
  )
})

test('a client asks for versions by an empty one (RFC 6121 §2.6.2)', () => {
  assert.equal(writeWire(Roster, { ver: '', items: [] }), '<query xmlns="jabber:iq:roster" ver=""/>')
  assert.equal(readWire(Roster, xml`<query xmlns="jabber:iq:roster"/>`).ver, undefined)
})

test('what a client says of subscriptions is passed over when it means nothing (RFC 6121 §2.1.2, §2.1.5)', () => {
  const source = xml`<item xmlns="jabber:iq:roster" jid="a@b" subscription="foobar" ask="maybe" approved="yes"/>`
  const { subscription, ask, approved } = readWire(RosterItem, source)
  assert.deepEqual({ subscription, ask, approved }, { subscription: 'none', ask: undefined, approved: false })
})

test('an item that is none is refused (RFC 6121 §2.1.2.3)', () => {
  const rows: readonly [attrs: string, reason: string][] = [
    ['', 'jid is missing'],
    ['jid="a@b/c"', 'jid is not a bare JID'],
    ['jid="@b"', 'jid is not a bare JID'],
  ]
  for (const [attrs, reason] of rows) {
    const text = `<query xmlns="jabber:iq:roster"><item ${attrs}/></query>`
    const source = xml(Object.assign([text], { raw: [text] }))
    assert.throws(() => readWire(Roster, source), {
      name: 'WireError',
      path: 'query/item',
      message: `jabber:iq:roster query/item: ${reason}`,
    })
  }
  assert.ok(new WireError('a', 'b', 'c') instanceof Error)
})
