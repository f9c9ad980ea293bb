/** Cards (XEP-0054), and what presence says of their pictures (XEP-0153). */
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

const ns = 'vcard-temp'
const card = (inside: string): string => `<vCard xmlns='${ns}'>${inside}</vCard>`

async function get(peer: Peer, to = ''): Promise<void> {
  await peer.sends(`<iq type='get' id='g'${to && ` to='${to}'`}>${card('')}</iq>`)
}

async function set(peer: Peer, inside: string, to = ''): Promise<void> {
  await peer.sends(`<iq type='set' id='s'${to && ` to='${to}'`}>${card(inside)}</iq>`)
}

for (const to of ['', romeoJid])
  test(`the own card is set and read ${to && 'at the own bare JID'} (XEP-0054 §3.1, §3.2)`, async () => {
    await using host = await scene()
    const { romeo } = await pair(host)
    await get(romeo, to)
    await romeo.receives(`<iq type='result' id='g'>${card('')}</iq>`)
    await set(romeo, '<FN>Romeo</FN>', to)
    await romeo.receives("<iq type='result' id='s'/>")
    await set(romeo, '<FN>Romeo Montague</FN><N><GIVEN>Romeo</GIVEN><MIDDLE/></N>', to)
    await romeo.receives("<iq type='result' id='s'/>")
    await get(romeo, to)
    await romeo.receives(
      `<iq type='result' id='g'>${card('<FN>Romeo Montague</FN><N><GIVEN>Romeo</GIVEN><MIDDLE/></N>')}</iq>`,
    )
  })

test("another one's card comes from the server, whether its owner is there or not (XEP-0054 §3.3)", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await set(juliet, '<FN>Juliet</FN>')
  await juliet.receivesResult('s')
  for (const isThere of [true, false]) {
    await get(romeo, julietJid)
    await romeo.receives(`<iq type='result' id='g' from='${julietJid}'>${card('<FN>Juliet</FN>')}</iq>`)
    if (isThere) {
      await juliet.receivesNothing()
      await juliet.closes()
    }
  }
})

test('a card asked of a resource is the client’s to give (XEP-0054 §3.3, RFC 6121 §8.5.3.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await get(romeo, `${julietJid}/balcony`)
  await juliet.receives(`<iq type='get' id='g' from='${romeoJid}/orchard'>${card('')}</iq>`)
  await romeo.receivesNothing()
})

test("nobody writes another one's card, or the server's (XEP-0054 §3.2)", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await set(romeo, '<FN>Mine</FN>', julietJid)
  await romeo.receivesError('iq', 's', 'auth', 'forbidden')
  await set(romeo, '<FN>Mine</FN>', 'montague.example')
  await romeo.receivesError('iq', 's', 'cancel', 'service-unavailable')
  await get(juliet)
  await juliet.receives(`<iq type='result' id='g'>${card('')}</iq>`)
})

test('the limit of a card counts bytes, not letters (XEP-0054)', async () => {
  await using host = await scene({ settings: { vcard: { maxBytes: 1_024 } } })
  const { romeo } = await pair(host)
  await set(romeo, `<FN>${'é'.repeat(600)}</FN>`)
  await romeo.receivesError('iq', 's', 'modify', 'not-acceptable')
  await set(romeo, `<FN>${'e'.repeat(600)}</FN>`)
  await romeo.receivesResult('s')
})

const updates = [
  "<x xmlns='vcard-temp:x:update'><photo>sha1-hash-of-image</photo></x>",
  "<x xmlns='vcard-temp:x:update'><photo/></x>",
  "<x xmlns='vcard-temp:x:update'/>",
]
for (const update of updates)
  test(`presence says of the picture what its client says: ${update} (XEP-0153 §3.1)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
    await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
    await romeo.forgets()
    await juliet.sends(`<presence>${update}</presence>`)
    await romeo.receives(`<presence from='${julietJid}/balcony'>${update}</presence>`)
  })
