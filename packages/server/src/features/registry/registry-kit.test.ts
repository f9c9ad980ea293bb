/** Who the tests of the registry are about: a thing, its owner, and somebody else. */
import { type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'

export const at = 'registry.montague.example'
export const xep = 'urn:xmpp:iot:discovery'
export const nf = 'urn:nf:iot:disco:1.0'
export const key = '4857402340298342'
export const meta = `<str name='SN' value='394872348732948723'/><str name='MAN' value='www.ktc.se'/><str name='MODEL' value='IMC'/><num name='V' value='1.2'/>`
export const all = `${meta}<str name='KEY' value='${key}'/>`

export interface Stage {
  readonly host: Scene
  readonly thing: Peer
  readonly owner: Peer
  readonly other: Peer
}

export async function stage(
  settings: Record<string, unknown> = {},
  options: SceneOptions = {},
): Promise<Stage & AsyncDisposable> {
  const host = await scene({ ...options, settings: { ...options.settings, registry: settings } })
  return {
    host,
    thing: await host.online('thing@montague.example/imc'),
    owner: await host.online('owner@montague.example/phone'),
    other: await host.online('curious@montague.example/client'),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}

let count = 0

/** Asks the registry, and gives the result's payload as text. */
export async function asks(peer: Peer, type: 'get' | 'set', payload: string): Promise<string> {
  const id = `q${++count}`
  await peer.sends(`<iq type='${type}' to='${at}' id='${id}'>${payload}</iq>`)
  const result = await peer.receivesResult(id)
  return result ? writeElement(result) : ''
}

export async function isRefused(
  peer: Peer,
  type: 'get' | 'set',
  payload: string,
  condition: string,
): Promise<void> {
  const id = `q${++count}`
  await peer.sends(`<iq type='${type}' to='${at}' id='${id}'>${payload}</iq>`)
  const kind =
    condition === 'resource-constraint'
      ? 'wait'
      : condition === 'bad-request' || condition === 'not-acceptable'
        ? 'modify'
        : 'cancel'
  await peer.receivesError('iq', id, kind, condition)
}

export const registers = (peer: Peer, tags = all, attributes = ''): Promise<string> =>
  asks(peer, 'set', `<register xmlns='${xep}' ${attributes}>${tags}</register>`)
export const claimText = (tags = all, attributes = ''): string =>
  `<mine xmlns='${xep}' ${attributes}>${tags}</mine>`
export const searchText = (conditions: string, attributes = ''): string =>
  `<search xmlns='${xep}' ${attributes}>${conditions}</search>`
export const anyModel = `<strEq name='MODEL' value='IMC'/>`
export const finds = (peer: Peer, conditions = anyModel, attributes = ''): Promise<string> =>
  asks(peer, 'get', searchText(conditions, attributes))

export const nothing = `<found xmlns="${xep}" more="false"/>`

/** Answers what the registry tells the thing. */
export async function hears(peer: Peer, pattern: string): Promise<void> {
  const { attrs } = await peer.receives(`<iq type='set' id='{any}' from='${at}' to='{any}'>${pattern}</iq>`)
  await peer.sends(`<iq type='result' id='${attrs.get('id')}' to='${at}'/>`)
}

/** A thing that has an owner, and knows. */
export async function claims({ thing, owner }: Stage, attributes = `public='true'`): Promise<void> {
  await registers(thing)
  await asks(owner, 'set', claimText(all, attributes))
  await hears(thing, `<claimed xmlns='${xep}' jid='owner@montague.example' public='{any}'/>`)
}

export const removeText = `<remove xmlns='${xep}' jid='thing@montague.example'/>`
export const disownText = `<disown xmlns='${xep}' jid='thing@montague.example'/>`
