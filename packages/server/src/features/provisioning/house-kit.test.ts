/** A thing, its owner and their server, for tests of provisioning. */
import assert from 'node:assert/strict'
import { type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { type Element, elementsOf, textOf } from '@waxwing/xml'

export const server = 'provisioning.montague.example'
export const ns = 'urn:xmpp:iot:provisioning'
export const rules = 'urn:waxwing:rules:0'
export const boiler = 'boiler@montague.example'

export interface House {
  readonly host: Scene
  readonly owner: Peer
  readonly thing: Peer
}

/** A thing that goes by the rules of its owner. */
export async function house(text: string, options: SceneOptions = {}): Promise<House & AsyncDisposable> {
  const host = await scene(options)
  const owner = await host.online('romeo@montague.example/orchard')
  const thing = await host.online(`${boiler}/cellar`)
  await asks(thing, 'set', `<owner xmlns='${rules}' jid='romeo@montague.example'/>`)
  await sets(owner, `own ${boiler}\n${text}`)
  return { host, owner, thing, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

export async function asks(
  peer: Peer,
  type: 'get' | 'set',
  payload: string,
  answer?: string,
  to = server,
): Promise<void> {
  await peer.sends(`<iq type='${type}' id='q' to='${to}'>${payload}</iq>`)
  await peer.receives(
    answer === undefined ? "<iq type='result' id='q'/>" : `<iq type='result' id='q'>${answer}</iq>`,
  )
}

export async function sets(owner: Peer, text: string, to = server): Promise<void> {
  await asks(owner, 'set', `<rules xmlns='${rules}'>${text}</rules>`, undefined, to)
}

/** The thing takes the news that what it knows is old. XEP-0324 §3.5 */
export async function forgets(thing: Peer, generationNs = ns): Promise<void> {
  const request = await thing.receives(
    `<iq type='set' from='${server}'><clearCache xmlns='${generationNs}'/></iq>`,
  )
  const done = `<clearCacheResponse xmlns='${generationNs}'/>`
  await thing.sends(`<iq type='result' id='${request.attrs.get('id')}' to='${server}'>${done}</iq>`)
}

export async function isFriend(thing: Peer, jid: string, result: boolean): Promise<void> {
  await asks(
    thing,
    'get',
    `<isFriend xmlns='${ns}' jid='${jid}'/>`,
    `<isFriendResponse xmlns='${ns}' jid='${jid}' result='${result}'/>`,
  )
}

/** What an owner is asked in the message that comes next. */
export async function question(owner: Peer): Promise<Element> {
  const message = await owner.takes('a question')
  const asked = elementsOf(message).find(({ ns: its }) => its.includes(':prov:o:'))
  return asked ?? assert.fail('this asks nothing')
}

/** Somebody wants to read a field, and may not. */
export async function isDenied(thing: Peer, jid = 'juliet@capulet.example', field = 'Energy'): Promise<void> {
  await asks(
    thing,
    'get',
    `<canRead xmlns='${ns}' jid='${jid}' momentary='true'><field name='${field}'/></canRead>`,
    `<canReadResponse xmlns='${ns}' jid='${jid}' momentary='true' result='false'/>`,
  )
}

/** Somebody wants to read a field, and may. */
export async function isAllowed(
  thing: Peer,
  jid = 'juliet@capulet.example',
  field = 'Energy',
): Promise<void> {
  await asks(
    thing,
    'get',
    `<canRead xmlns='${ns}' jid='${jid}' momentary='true'><field name='${field}'/></canRead>`,
    `<canReadResponse xmlns='${ns}' jid='${jid}' momentary='true' result='true'><field name='${field}'/></canReadResponse>`,
  )
}

/** The owner's rules now. */
export async function rulesOf(owner: Peer): Promise<string> {
  await owner.sends(`<iq type='get' id='rules' to='${server}'><rules xmlns='${rules}'/></iq>`)
  const found = await owner.receivesResult('rules')
  return found ? textOf(found) : ''
}

/** A request that is answered by an error. */
export async function refused(
  peer: Peer,
  payload: string,
  type = 'cancel',
  condition = 'item-not-found',
): Promise<void> {
  await peer.sends(`<iq type='set' id='no' to='${server}'>${payload}</iq>`)
  await peer.receivesError('iq', 'no', type, condition)
}
