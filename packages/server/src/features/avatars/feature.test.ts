/** One picture, however it was set and however it is asked for. XEP-0084, XEP-0153, XEP-0398. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { asks, couple, item, kindOf, options, owner, publishes, tells } from '../pep/pep-kit.test.ts'

const data = 'urn:xmpp:avatar:data'
const metadata = 'urn:xmpp:avatar:metadata'
const png = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1')
const sha = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')
const hash = sha(png)
const open = options({ access_model: 'open' })
const info = (id = hash, more = ''): string =>
  `<metadata xmlns='${metadata}'><info id='${id}' type='image/png' bytes='${png.length}'${more}/></metadata>`
const picture = `<data xmlns='${data}'>${png.toString('base64')}</data>`
const photo = (bytes: Uint8Array): string =>
  `<PHOTO><TYPE>image/png</TYPE><BINVAL>${Buffer.from(bytes).toString('base64')}</BINVAL></PHOTO>`
const card = (inside: string): string => `<vCard xmlns='vcard-temp'>${inside}</vCard>`
const update = (inside: string): string => `<x xmlns='vcard-temp:x:update'>${inside}</x>`

async function cardOf(peer: Peer, of: string): Promise<string> {
  await peer.sends(`<iq type='get' id='v' to='${of}'>${card('')}</iq>`)
  return writeElement(await peer.takes())
}

async function setsCard(peer: Peer, inside: string): Promise<void> {
  await peer.sends(`<iq type='set' id='v'>${card(inside)}</iq>`)
}

test('a picture published to the nodes is in the card, and its hash in presence (XEP-0398 §3.1, §4)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, [], [])
  await setsCard(juliet, '<FN>Juliet</FN>')
  await juliet.receivesResult('v')
  await publishes(juliet, data, item(picture, hash), open)
  await juliet.forgets()
  await romeo.forgets()
  await publishes(juliet, metadata, item(info(), hash), open)
  await romeo.receives(
    `<presence from='${julietJid}/balcony'><c xmlns='http://jabber.org/protocol/caps' hash='{any}' node='{any}' ver='{any}'/>${update(`<photo>${hash}</photo>`)}</presence>`,
  )
  await romeo.forgets()
  const read = await cardOf(romeo, julietJid)
  assert.match(read, /<FN>Juliet<\/FN>/)
  assert.ok(read.includes(`<BINVAL>${png.toString('base64')}</BINVAL>`))

  // Directed presence, too. §4
  await juliet.forgets()
  await juliet.sends(`<presence to='${romeoJid}/orchard'/>`)
  await romeo.receives(`<presence>${update(`<photo>${hash}</photo>`)}</presence>`)
  const said = [
    ['', `<photo>${hash}</photo>`],
    ['<photo>0123</photo>', `<photo>${hash}</photo>`],
    ['<photo/>', '<photo/>'],
  ] as const
  for (const [before, after] of said) {
    await juliet.sends(`<presence><show>away</show>${update(before)}</presence>`)
    await romeo.receives(`<presence><show>away</show>${update(after)}</presence>`)
  }

  // And after a restart, without anybody asking the card.
  await host.restart()
  const again = await host.online(`${julietJid}/balcony`)
  await again.sends('<presence><show>dnd</show></presence>')
  await again.receives(`<presence><show>dnd</show>${update(`<photo>${hash}</photo>`)}</presence>`)
})

test('a picture taken away goes from the card (XEP-0084 §4.2.4, XEP-0398)', async () => {
  for (const how of ['empty', 'purge', 'delete']) {
    await using host = await scene()
    const { romeo, juliet } = await couple(host, [], [])
    await publishes(juliet, data, item(picture, hash), open)
    await publishes(juliet, metadata, item(info(), hash), open)
    await romeo.forgets()
    if (how === 'empty') await publishes(juliet, metadata, item(`<metadata xmlns='${metadata}'/>`))
    else await asks(juliet, 'set', `<${how} node='${metadata}'/>`, '', owner)
    const presence = writeElement(
      (await romeo.forgets()).find(({ name }) => name === 'presence') ?? assert.fail(how),
    )
    assert.match(presence, /<photo\/>/)
    assert.doesNotMatch(await cardOf(romeo, julietJid), /PHOTO/)
  }
})

test('a picture in a card is published, once, and everybody may see it (XEP-0398 §3.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, [metadata], [])
  await setsCard(juliet, photo(png))
  await tells(romeo, kindOf(metadata))
  await romeo.forgets()
  await asks(romeo, 'get', `<items node='${data}'/>`, julietJid)
  await romeo.receives(
    `<iq type='result' id='q'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${data}'>${item(picture, hash)}</items></pubsub></iq>`,
  )
  await juliet.forgets()
  await setsCard(juliet, `<FN>J</FN>${photo(png)}`)
  await romeo.receivesNothing()
  const other = Buffer.from('GIF89a')
  await setsCard(juliet, photo(other))
  const heard = (await romeo.forgets()).map(element => writeElement(element))
  assert.ok(
    heard.some(text => text.includes('<event') && text.includes(sha(other))),
    heard.join('\n'),
  )
  await setsCard(juliet, '')
  assert.match(
    (await romeo.forgets()).map(element => writeElement(element)).join(''),
    /<metadata xmlns="[^"]*"\/>/,
  )
})

test('nothing is copied that not everybody may see, that is elsewhere, broken or another (XEP-0398 §3.1, §7)', async () => {
  const cases: readonly (readonly [what: string, data: string, metadata: string, options: string])[] = [
    ['for contacts alone', picture, info(), ''],
    ['elsewhere', picture, info(hash, " url='http://example.org/a.png'"), open],
    ['no base64', `<data xmlns='${data}'>!</data>`, info(), open],
    ['of another hash', picture, info('0'.repeat(40)), open],
    ['no metadata', picture, "<a xmlns='urn:a'/>", open],
  ]
  for (const [what, first, second, more] of cases) {
    await using host = await scene()
    const { romeo, juliet } = await couple(host, [], [])
    await setsCard(juliet, '<FN>J</FN>')
    await publishes(juliet, data, item(first, what === 'of another hash' ? '0'.repeat(40) : hash), more)
    await publishes(juliet, metadata, item(second, hash), more)
    await romeo.forgets()
    assert.doesNotMatch(await cardOf(romeo, julietJid), /PHOTO/, what)
  }
})

test('a picture too large for a card stays where it is, and is told in no presence', async () => {
  await using host = await scene({ settings: { vcard: { maxBytes: 1_024 } } })
  const { romeo, juliet } = await couple(host, [], [])
  const large = Buffer.alloc(2_000, 1)
  await publishes(
    juliet,
    data,
    item(`<data xmlns='${data}'>${large.toString('base64')}</data>`, sha(large)),
    open,
  )
  await publishes(juliet, metadata, item(info(sha(large)), 'm'), open)
  await romeo.forgets()
  await juliet.sends('<presence><show>away</show></presence>')
  await romeo.receives('<presence><show>away</show></presence>')
})

test('the account says that it keeps both alike (XEP-0398 §2)', async () => {
  await using host = await scene()
  const { juliet } = await couple(host)
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
  assert.match(writeElement(await juliet.takes()), /"urn:xmpp:pep-vcard-conversion:0"/)
})
