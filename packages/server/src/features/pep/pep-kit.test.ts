// Words that tests of personal eventing say again and again.
import { createHash } from 'node:crypto'
import { capsText } from '@waxwing/protocol'
import type { Peer, Scene } from '@waxwing/testkit'
import type { Element } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { subscribe } from '../presence/presence-kit.test.ts'

export const pubsub = 'http://jabber.org/protocol/pubsub'
export const tune = 'http://jabber.org/protocol/tune'
export const song = (title: string): string => `<tune xmlns='${tune}'><title>${title}</title></tune>`
export const item = (inside: string, id?: string): string =>
  `<item${id === undefined ? '' : ` id='${id}'`}>${inside}</item>`

const discoNs = 'http://jabber.org/protocol/disco#info'

/** A kind of client that wants to hear of some nodes. */
export function kindOf(...nodes: readonly string[]): { readonly presence: string; readonly info: string } {
  const identities = [{ category: 'client', type: 'pc' }]
  const features = [discoNs, ...nodes.map(node => `${node}+notify`)]
  const text = capsText({ identities, features }) ?? ''
  const ver = createHash('sha1').update(text).digest('base64')
  const vars = features.map(feature => `<feature var='${feature}'/>`).join('')
  return {
    presence: `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='${ver}'/></presence>`,
    info: `<identity category='client' type='pc'/>${vars}`,
  }
}

/** Says to the server what the client can. */
export async function tells(peer: Peer, kind: { readonly info: string }): Promise<void> {
  const asked = await peer.receives(
    `<iq type='get' id='{any}' from='montague.example'><query xmlns='${discoNs}' node='{any}'/></iq>`,
  )
  const query = asked.children.find(child => typeof child === 'object')
  const node = typeof query === 'object' ? query.attrs.get('node') : ''
  await peer.sends(
    `<iq type='result' id='${asked.attrs.get('id')}' to='montague.example'><query xmlns='${discoNs}' node='${node}'>${kind.info}</query></iq>`,
  )
}

/** Sends a request to a service, its own unless `to` says otherwise. */
export async function asks(
  peer: Peer,
  type: 'get' | 'set',
  inside: string,
  to = '',
  ns = pubsub,
): Promise<void> {
  await peer.sends(
    `<iq type='${type}' id='q'${to && ` to='${to}'`}><pubsub xmlns='${ns}'>${inside}</pubsub></iq>`,
  )
}

export const owner = `${pubsub}#owner`

/** Publishes, and everything that follows from it has happened. */
export async function publishes(peer: Peer, node: string, inside: string, more = ''): Promise<Element> {
  await asks(peer, 'set', `<publish node='${node}'>${inside}</publish>${more}`)
  return peer.takes()
}

export function options(fields: Readonly<Record<string, string>>, name = 'publish-options'): string {
  const type = name === 'publish-options' ? 'publish-options' : 'node_config'
  const all = Object.entries(fields).map(
    ([key, value]) => `<field var='pubsub#${key}'><value>${value}</value></field>`,
  )
  return `<${name}><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>${pubsub}#${type}</value></field>${all.join('')}</x></${name}>`
}

export function event(node: string, inside: string): string {
  return `<event xmlns='${pubsub}#event'><items node='${node}'>${inside}</items></event>`
}

/** Romeo and Juliet see each other; both clients have said what they want. */
export async function couple(
  host: Scene,
  romeoWants: readonly string[] = [tune],
  julietWants: readonly string[] = [tune],
): Promise<{ romeo: Peer; juliet: Peer }> {
  const [his, hers] = [kindOf(...romeoWants), kindOf(...julietWants)]
  const romeo = await host.online(`${romeoJid}/orchard`, his.presence)
  const juliet = await host.online(`${julietJid}/balcony`, hers.presence)
  await subscribe(romeo, juliet)
  await subscribe(juliet, romeo)
  return { romeo, juliet }
}

export const a = "<a xmlns='urn:a'/>"
export const configure = (node: string, fields: Readonly<Record<string, string>>): string =>
  options(fields, 'configure').replace('<configure', `<configure node='${node}'`)

/** Juliet has a node of each kind, and Romeo sees her presence. */
export async function stage(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  const { romeo, juliet } = await pair(host)
  await subscribe(romeo, juliet)
  const kinds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    presence: {},
    open: { access_model: 'open', max_items: '3' },
    roster: { access_model: 'roster', roster_groups_allowed: 'Friends' },
    authorize: { access_model: 'authorize' },
    whitelist: { access_model: 'whitelist' },
    atom: { type: 'urn:a' },
  }
  for (const [node, fields] of Object.entries(kinds))
    await publishes(juliet, node, item(a, '1'), options(fields))
  const transient = { persist_items: 'false' }
  await asks(juliet, 'set', `<create node='transient'/>${options(transient, 'configure')}`)
  await asks(
    juliet,
    'set',
    `<create node='bare'/>${options({ ...transient, deliver_payloads: 'false' }, 'configure')}`,
  )
  await juliet.forgets()
  return { romeo, juliet }
}
