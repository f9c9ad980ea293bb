// An administrator and the forms of XEP-0133, for the tests of its commands.
import assert from 'node:assert/strict'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, childrenOf, elementsOf, textOf } from '@waxwing/xml'

export const commandsNs = 'http://jabber.org/protocol/commands'
export const admin = 'http://jabber.org/protocol/admin'
export const domain = 'shakespeare.lit'
export const bardJid = `bard@${domain}`

export function theatre(options: Parameters<typeof scene>[0] = {}): Promise<Scene> {
  return scene({
    domains: [domain],
    ...options,
    settings: { administration: { admins: [bardJid] }, ...options.settings },
  })
}

export const bard = (host: Scene): Promise<Peer> => host.client(`${bardJid}/globe`)

export async function begin(peer: Peer, id: string): Promise<string> {
  await peer.sends(
    `<iq type='set' id='b' to='${domain}'><command xmlns='${commandsNs}' action='execute' node='${admin}#${id}'/></iq>`,
  )
  const command = await peer.receivesResult('b')
  assert.equal(command?.attrs.get('status'), 'executing')
  return command.attrs.get('sessionid') ?? ''
}

export type Fields = Readonly<Record<string, string | readonly string[]>>

export function formOf(fields: Fields): string {
  const field = ([name, values]: [string, string | readonly string[]]): string =>
    `<field var='${name}'>${[values]
      .flat()
      .map(value => `<value>${value}</value>`)
      .join('')}</field>`
  const all = { FORM_TYPE: admin, ...fields }
  return `<x xmlns='jabber:x:data' type='submit'>${Object.entries(all).map(field).join('')}</x>`
}

export async function submit(peer: Peer, id: string, fields: Fields): Promise<void> {
  const sessionid = await begin(peer, id)
  await peer.sends(
    `<iq type='set' id='s' to='${domain}'><command xmlns='${commandsNs}' sessionid='${sessionid}' node='${admin}#${id}'>${formOf(fields)}</command></iq>`,
  )
}

/** Carries a command out. @returns the values of the form that came of it */
export async function done(
  peer: Peer,
  id: string,
  fields: Fields,
): Promise<ReadonlyMap<string, readonly string[]>> {
  await submit(peer, id, fields)
  return valuesIn(await peer.receivesResult('s'))
}

/** A command without a form. */
export async function simply(peer: Peer, id: string): Promise<ReadonlyMap<string, readonly string[]>> {
  await peer.sends(
    `<iq type='set' id='s' to='${domain}'><command xmlns='${commandsNs}' node='${admin}#${id}'/></iq>`,
  )
  return valuesIn(await peer.receivesResult('s'))
}

export function valuesIn(
  command: Awaited<ReturnType<Peer['receivesResult']>>,
): ReadonlyMap<string, readonly string[]> {
  assert.equal(command?.attrs.get('status'), 'completed')
  const form = childOf(command, 'jabber:x:data', 'x')
  const fields = form ? childrenOf(form, 'jabber:x:data', 'field') : []
  return new Map(
    [...fields].map(field => [
      field.attrs.get('var') ?? '',
      [...childrenOf(field, 'jabber:x:data', 'value')].map(textOf),
    ]),
  )
}

export async function logsIn(host: Scene, username: string, password: string): Promise<string> {
  const peer = host.raw({ tls: true })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  const response = Buffer.from(`\0${username}\0${password}`).toString('base64')
  await peer.sends(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${response}</auth>`)
  const answer = await peer.takes()
  return answer.name === 'success' ? 'success' : (elementsOf(answer)[0]?.name ?? '')
}
