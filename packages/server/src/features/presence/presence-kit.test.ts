// Words that tests of presence and subscriptions say again and again.
import type { Peer, Scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'

/** `seer` sees `seen`. */
export async function subscribe(seer: Peer, seen: Peer): Promise<void> {
  const bare = (peer: Peer): string => peer.name.split('/')[0] ?? ''
  await seer.sends(`<presence type='subscribe' to='${bare(seen)}'/>`)
  await seen.sends(`<presence type='subscribed' to='${bare(seer)}'/>`)
  await seer.forgets()
  await seen.forgets()
}

/** Romeo and Juliet see each other. */
export async function lovers(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await subscribe(romeo, juliet)
  await subscribe(juliet, romeo)
  return { romeo, juliet }
}

/** Available and interested: hears requests and pushes. RFC 6121 §2.2. */
export async function awake(host: Scene, jid: string): Promise<Peer> {
  const peer = await host.client(jid)
  await peer.sends("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>")
  await peer.forgets()
  return peer
}

export function push(jid: string, attributes: string): string {
  return `<iq type='set' id='{any}'><query xmlns='jabber:iq:roster' ver='{any}'><item jid='${jid}' ${attributes}/></query></iq>`
}

export async function itemOf(peer: Peer, contact: string): Promise<string | undefined> {
  await peer.sends("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
  const query = await peer.receivesResult('roster')
  for (const item of query?.children ?? [])
    if (typeof item === 'object' && item.attrs.get('jid') === contact)
      return ['subscription', 'ask', 'approved'].map(name => item.attrs.get(name) ?? '-').join(' ')
  return undefined
}

/** Both awake and strangers to each other. */
export async function pair(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  return {
    romeo: await awake(host, `${romeoJid}/orchard`),
    juliet: await awake(host, `${julietJid}/balcony`),
  }
}
