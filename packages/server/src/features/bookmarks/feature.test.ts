/** Bookmarks in both forms. XEP-0402, XEP-0048, XEP-0049. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { asks, event, item, kindOf, options, publishes, pubsub, tells } from '../pep/pep-kit.test.ts'

const node = 'urn:xmpp:bookmarks:1'
const play = 'theplay@conference.shakespeare.lit'
const orchard = 'orchard@conference.shakespeare.lit'
const conference = (attrs: string, inside = ''): string =>
  `<conference xmlns='${node}' ${attrs}>${inside}</conference>`
const old = (jid: string, attrs: string, inside = ''): string =>
  `<conference jid='${jid}' ${attrs}>${inside}</conference>`
const wanted = options({
  persist_items: 'true',
  max_items: 'max',
  send_last_published_item: 'never',
  access_model: 'whitelist',
})

async function stores(peer: Peer, inside: string): Promise<void> {
  await peer.sends(
    `<iq type='set' id='s'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>${inside}</storage></query></iq>`,
  )
}

async function mustHave(peer: Peer, inside: string): Promise<void> {
  await peer.sends(
    "<iq type='get' id='g'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query></iq>",
  )
  await peer.receives(
    `<iq type='result' id='g'><query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>${inside}</storage></query></iq>`,
  )
}

test('what clients of today publish, those of yesterday read, and the other way round (XEP-0402 §5.3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await mustHave(juliet, '')
  const extensions =
    "<extensions><state xmlns='http://myclient.example/bookmark/state' minimized='true'/></extensions>"
  await publishes(
    juliet,
    node,
    item(conference("name='The Play' autojoin='true'", `<nick>JC</nick>${extensions}`), play),
    wanted,
  )
  await publishes(juliet, node, item(conference("name='The Orcard'", ''), orchard), wanted)
  const first = old(play, "name='The Play' autojoin='true'", '<nick>JC</nick>')
  await mustHave(juliet, first + old(orchard, "name='The Orcard'"))

  // One is corrected, one is left alone, one comes, and a page of the web is kept. Only what changed is told.
  await juliet.sends(kindOf(node).presence)
  await juliet.takes('presence')
  await tells(juliet, kindOf(node))
  const url = "<url name='Works' url='http://the-tech.mit.edu/Shakespeare/'/>"
  await stores(
    juliet,
    first + old(orchard, "name='The Orchard'") + old('a@b.lit', '', '<password>p</password>') + url,
  )
  const told = [
    event(node, item(conference("name='The Orchard'"), orchard)),
    event(node, item(conference('', '<password>p</password>'), 'a@b.lit')),
  ]
  await juliet.receivesInAnyOrder(
    "<iq type='result' id='s'/>",
    ...told.map(text => `<message type='headline'>${text}</message>`),
  )
  await mustHave(
    juliet,
    first + old(orchard, "name='The Orchard'") + old('a@b.lit', '', '<password>p</password>') + url,
  )
  await asks(juliet, 'get', `<items node='${node}'><item id='${play}'/></items>`)
  assert.match(writeElement(await juliet.takes()), /minimized="true"/)

  // Who is not in the list any more is taken back.
  await stores(juliet, first)
  assert.deepEqual((await juliet.forgets()).map(({ name }) => name).sort(), ['iq', 'message', 'message'])
  await mustHave(juliet, first)
})

test('a node made by a list is the account’s alone, and one that is not gets no passwords (XEP-0402 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await stores(juliet, old(play, '', '<password>p</password>'))
  await juliet.receivesResult('s')
  await asks(romeo, 'get', `<items node='${node}'/>`, julietJid)
  await romeo.receivesError('iq', 'q', 'cancel', 'not-allowed')
  assert.match(writeElement(await publishes(juliet, node, item(conference(''), orchard), wanted)), /result/)
  await publishes(
    romeo,
    node,
    item(conference(''), orchard),
    options({ access_model: 'open', max_items: 'max' }),
  )
  await stores(romeo, old(play, '', '<password>p</password>'))
  await romeo.receivesResult('s')
  await asks(juliet, 'get', `<items node='${node}'/>`, romeoJid)
  await juliet.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='${node}'>${item(conference(''), orchard)}</items></pubsub></iq>`,
  )
})

test('bookmarks that cannot be read are kept as they are, and too large ones are refused (XEP-0049)', async () => {
  await using host = await scene({ settings: { pep: { maxItemBytes: 1_024 } } })
  const { juliet } = await pair(host)
  await stores(juliet, '<conference name="without an address"/>')
  await juliet.receivesResult('s')
  await mustHave(juliet, '<conference name="without an address"/>')
  await stores(juliet, old(play, `name='${'n'.repeat(2_000)}'`))
  await juliet.receivesError('iq', 's', 'modify', 'not-acceptable')
  await mustHave(juliet, '<conference name="without an address"/>')
})
