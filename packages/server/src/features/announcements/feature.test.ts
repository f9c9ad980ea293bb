/** Announcements, the message of the day, the welcome: XEP-0133 §4.23-§4.28, and messages to `domain/announce/…`. */
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'

const domain = 'montague.example'
const admin = `friar@${domain}`
const julietJid = `juliet@${domain}`

interface Stage {
  readonly host: Scene
  readonly friar: Peer
  readonly juliet: Peer
}

async function staged(): Promise<Stage> {
  const host = await scene({ settings: { administration: { admins: [admin] } } })
  return {
    host,
    friar: await host.client(`${admin}/cell`),
    juliet: await host.online(`${julietJid}/balcony`),
  }
}

const announce = (to: string, body: string): string =>
  `<message to='${domain}/announce/${to}' id='a'><subject>s</subject><body>${body}</body></message>`
const heard = (to: string, type: string, body: string, more = ''): string =>
  `<message from='${domain}' to='${to}' type='${type}'><subject>s</subject><body>${body}</body>${more}</message>`
const later = "<delay xmlns='urn:xmpp:delay' from='{any}' stamp='{any}'>{any}</delay>"

/** Comes online and listens. */
async function comes(host: Scene, jid: string): Promise<Peer> {
  const peer = await host.client(jid)
  await peer.sends('<presence/>')
  await peer.receives(`<presence from='${jid}'/>`)
  return peer
}

test('announce/online reaches whoever is online (XEP-0133 §4.23)', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await host.account(`nurse@${domain}`)
  await friar.sends(announce('online', 'Beware'))
  await juliet.receives(heard(`${julietJid}/balcony`, 'headline', 'Beware'))
  await friar.receivesNothing()
  const nurse = await comes(host, `nurse@${domain}/house`)
  await nurse.receivesNothing()
})

test('announce/all reaches whoever is away when they come', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await host.account(`nurse@${domain}`)
  await friar.sends(announce('all', 'Beware'))
  await juliet.receives(heard(julietJid, 'normal', 'Beware'))
  const nurse = await comes(host, `nurse@${domain}/house`)
  await nurse.receives(heard(`nurse@${domain}`, 'normal', 'Beware', later))
})

test('the message of the day comes once to everybody, online or not (XEP-0133 §4.24)', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await friar.sends(announce('motd', 'Feast tonight'))
  await juliet.receives(heard(`${julietJid}/balcony`, 'headline', 'Feast tonight'))
  await host.restart()
  const again = await comes(host, `${julietJid}/balcony`)
  await again.receivesNothing()
  const nurse = await comes(host, `nurse@${domain}/house`)
  await nurse.receives(heard(`nurse@${domain}/house`, 'headline', 'Feast tonight'))
})

test('an edited message of the day is shown to those who have not seen it (XEP-0133 §4.25)', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await friar.sends(announce('motd', 'Feast tonite'))
  await juliet.forgets()
  await friar.sends(announce('motd/update', 'Feast tonight'))
  await juliet.receivesNothing()
  const nurse = await comes(host, `nurse@${domain}/house`)
  await nurse.receives(heard(`nurse@${domain}/house`, 'headline', 'Feast tonight'))
})

test('a new message of the day is shown to everybody again (XEP-0133 §4.24)', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await friar.sends(announce('motd', 'Feast'))
  await juliet.forgets()
  await host.advance(1_000)
  await friar.sends(announce('motd', 'Duel'))
  await juliet.receives(heard(`${julietJid}/balcony`, 'headline', 'Duel'))
})

test('a deleted message of the day is shown to nobody (XEP-0133 §4.26)', async () => {
  const { host, friar, juliet } = await staged()
  await using _ = host
  await friar.sends(announce('motd', 'Feast'))
  await friar.sends(announce('motd/delete', ''))
  await juliet.forgets()
  const nurse = await comes(host, `nurse@${domain}/house`)
  await nurse.receivesNothing()
})

test('new accounts are welcomed once (XEP-0133 §4.27, §4.28)', async () => {
  const { host, friar } = await staged()
  await using _ = host
  const node = 'http://jabber.org/protocol/admin#'
  const command = (id: string, inner = '', attrs = ''): string =>
    `<iq type='set' id='w' to='${domain}'><command xmlns='http://jabber.org/protocol/commands' node='${node}${id}' ${attrs}>${inner}</command></iq>`
  const form = (field: string, value: string): string =>
    `<x xmlns='jabber:x:data' type='submit'><field var='${field}'><value>${value}</value></field></x>`
  await friar.sends(command('set-welcome'))
  const id = (await friar.receivesResult('w'))?.attrs.get('sessionid')
  await friar.sends(command('set-welcome', form('welcome', 'Hello'), `sessionid='${id}'`))
  await friar.receivesResult('w')
  const served = host.server.router.host(domain)
  const jid = served?.accounts.jidOf('paris')
  if (served && jid) await served.createAccount(jid, 'r0m30myr0m30')
  const paris = await comes(host, `paris@${domain}/tomb`)
  await paris.receives(
    `<message from='${domain}' to='paris@${domain}/tomb' type='normal'><body>Hello</body></message>`,
  )
  await paris.sends("<presence type='unavailable'/>")
  await paris.closes()
  const again = await comes(host, `paris@${domain}/tomb`)
  await again.receivesNothing()
})

const refusals: readonly [what: string, to: string, body: string, type: string, condition: string][] = [
  ['somebody else', 'online', 'b', 'auth', 'forbidden'],
  ['an address that means nothing', 'nobody', 'b', 'cancel', 'item-not-found'],
  ['nothing said', 'online', '', 'modify', 'not-acceptable'],
  ['too much said', 'online', 'b'.repeat(20_000), 'modify', 'not-acceptable'],
  ['no message of the day to change', 'motd/update', 'b', 'cancel', 'item-not-found'],
]
for (const [what, to, body, type, condition] of refusals)
  test(`an announcement with ${what} is ${condition}`, async () => {
    const { host, friar, juliet } = await staged()
    await using _ = host
    const speaker = condition === 'forbidden' ? juliet : friar
    await speaker.sends(announce(to, body))
    await speaker.receivesError('message', 'a', type, condition)
  })
