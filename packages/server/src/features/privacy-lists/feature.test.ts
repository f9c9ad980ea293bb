/** Privacy lists: XEP-0016. */
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

const ns = 'jabber:iq:privacy'
const theatre = (): Promise<Scene> => scene({ settings: { 'privacy-lists': { offered: true } } })
const set = (content: string): string => `<iq type='set' id='p'><query xmlns='${ns}'>${content}</query></iq>`
const get = (content = ''): string => `<iq type='get' id='p'><query xmlns='${ns}'>${content}</query></iq>`
const list = (name: string, items: string): string => `<list name='${name}'>${items}</list>`
const denyRomeo = (kind = ''): string =>
  `<item type='jid' value='${romeoJid}' action='deny' order='1'>${kind}</item>`

/** Makes a change; pushes to this session come before its result. */
async function does(peer: Peer, content: string): Promise<void> {
  await peer.sends(set(content))
  for (;;) {
    const { attrs } = await peer.takes()
    if (attrs.get('id') === 'p') {
      if (attrs.get('type') !== 'result') throw new Error(`refused: ${content}`)
      return
    }
  }
}

test('where they are not offered nobody has them (XEP-0016 §2)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(get())
  await juliet.receivesError('iq', 'p', 'cancel', 'service-unavailable')
})

test('lists are made, told, pushed, chosen and removed (XEP-0016 §2.3-§2.8)', async () => {
  await using host = await theatre()
  const { juliet } = await pair(host)
  const chamber = await host.client(`${julietJid}/chamber`)
  await juliet.sends(set(list('public', denyRomeo() + "<item action='allow' order='68'/>")))
  await juliet.receivesInAnyOrder(
    `<iq type='set' id='{any}' from='{any}' to='{any}'><query xmlns='${ns}'><list name='public'/></query></iq>`,
    "<iq type='result' id='p'/>",
  )
  await chamber.receives(
    `<iq type='set' id='{any}' from='{any}' to='{any}'><query xmlns='${ns}'><list name='public'/></query></iq>`,
  )
  await does(juliet, "<active name='public'/>")
  await does(chamber, "<default name='public'/>")
  await juliet.sends(get())
  await juliet.receives(
    `<iq type='result' id='p'><query xmlns='${ns}'><active name='public'/><default name='public'/><list name='public'/></query></iq>`,
  )
  await juliet.sends(get("<list name='public'/>"))
  await juliet.receives(
    `<iq type='result' id='p'><query xmlns='${ns}'><list name='public'>${denyRomeo()}<item action='allow' order='68'/></list></query></iq>`,
  )
  await juliet.sends(set("<list name='public'/>"))
  await juliet.receivesError('iq', 'p', 'cancel', 'conflict')
  await chamber.closes()
  await does(juliet, "<list name='public'/>")
  await juliet.sends(get())
  await juliet.receives(`<iq type='result' id='p'><query xmlns='${ns}'/></iq>`)
})

const faults: readonly [request: string, type: string, condition: string][] = [
  [get("<list name='none'/>"), 'cancel', 'item-not-found'],
  [get("<list name='a'/><list name='b'/>"), 'modify', 'bad-request'],
  [set("<active name='none'/>"), 'cancel', 'item-not-found'],
  [set("<default name='none'/>"), 'cancel', 'item-not-found'],
  [set("<list name='none'/>"), 'cancel', 'item-not-found'],
  [set("<list name='a'/><list name='b'/>"), 'modify', 'bad-request'],
  [set('<active/><default/>'), 'modify', 'bad-request'],
  [set(''), 'modify', 'bad-request'],
  [
    set(list('a', "<item action='deny' order='1'/><item action='allow' order='1'/>")),
    'modify',
    'bad-request',
  ],
  [set(list('a', "<item action='maybe' order='1'/>")), 'modify', 'bad-request'],
  [set(list('a', "<item type='group' value='Nobody' action='deny' order='1'/>")), 'cancel', 'item-not-found'],
]
for (const [request, type, condition] of faults)
  test(`${request} is ${condition} (XEP-0016 §2.3-§2.8)`, async () => {
    await using host = await theatre()
    const { juliet } = await pair(host)
    await juliet.sends(request)
    await juliet.receivesError('iq', 'p', type, condition)
  })

for (const which of ['active', 'default'])
  test(`who is denied by the ${which} list reaches nobody, and is not reached (XEP-0016 §2.13, §2.14)`, async () => {
    await using host = await theatre()
    const { romeo, juliet } = await pair(host)
    await does(juliet, list('l', denyRomeo()))
    await does(juliet, `<${which} name='l'/>`)
    for (const to of [julietJid, `${julietJid}/balcony`]) {
      await romeo.sends(`<message to='${to}' id='m'><body>b</body></message>`)
      await romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
    }
    await romeo.sends(`<presence to='${julietJid}' type='subscribe'/>`)
    await romeo.forgets()
    await juliet.receivesNothing()
    await juliet.sends(`<message to='${romeoJid}' id='m'><body>b</body></message>`)
    await juliet.receivesError('message', 'm', 'modify', 'not-acceptable')
    await does(juliet, `<${which}/>`)
    await romeo.sends(`<message to='${julietJid}' id='m'><body>b</body></message>`)
    await juliet.takes()
  })

test('the default list holds while nobody is there, and over restarts (XEP-0016 §2.2)', async () => {
  await using host = await theatre()
  const { juliet } = await pair(host)
  await does(juliet, list('l', denyRomeo('<message/>')))
  await does(juliet, "<default name='l'/>")
  await host.restart()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<message to='${julietJid}' id='m' type='chat'><body>b</body></message>`)
  await romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
})

test('whose presence is kept from a contact is seen to go, and to come back (XEP-0016 §2.11)', async () => {
  await using host = await theatre()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  await does(juliet, list('l', denyRomeo('<presence-out/>')))
  await does(juliet, "<active name='l'/>")
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony' to='${romeoJid}'/>`)
  await juliet.sends('<presence><show>away</show></presence>')
  await romeo.receivesNothing()
  await juliet.forgets()
  await does(juliet, '<active/>')
  await romeo.receives(`<presence from='${julietJid}/balcony' to='${romeoJid}'><show>away</show></presence>`)
})

test('own resources and the own server are never shut out (XEP-0016 §2.1)', async () => {
  await using host = await theatre()
  const { juliet } = await pair(host)
  const chamber = await host.client(`${julietJid}/chamber`)
  await does(juliet, list('l', "<item action='deny' order='1'/>"))
  await does(juliet, "<active name='l'/>")
  await chamber.sends(`<message to='${julietJid}/balcony' id='m'><body>b</body></message>`)
  await juliet.takes()
  await juliet.sends("<iq type='get' id='g' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>")
  await juliet.receivesResult('g')
})

test('what the blocking command blocks is a list, and the other way round (XEP-0191 §5)', async () => {
  await using host = await theatre()
  const { juliet } = await pair(host)
  const blocked = (jid: string, order = 0): string =>
    `<item type='jid' value='${jid}' action='deny' order='${order}'/>`
  await juliet.sends(get(list('blocked', '')))
  await juliet.receivesError('iq', 'p', 'cancel', 'item-not-found')
  await juliet.sends(
    `<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='${romeoJid}'/></block></iq>`,
  )
  await juliet.receivesResult('b')
  await juliet.sends(get())
  await juliet.receives(`<iq type='result' id='p'><query xmlns='${ns}'><list name='blocked'/></query></iq>`)
  await juliet.sends(get("<list name='blocked'/>"))
  await juliet.receives(
    `<iq type='result' id='p'><query xmlns='${ns}'>${list('blocked', blocked(romeoJid))}</query></iq>`,
  )
  await does(juliet, list('blocked', blocked('paris@montague.example', 7)))
  await juliet.sends("<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
  await juliet.receives(
    "<iq type='result' id='l'><blocklist xmlns='urn:xmpp:blocking'><item jid='paris@montague.example'/></blocklist></iq>",
  )
  await juliet.sends(set(list('blocked', denyRomeo('<message/>'))))
  await juliet.receivesError('iq', 'p', 'modify', 'not-acceptable')
})
