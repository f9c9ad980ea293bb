// What the tests of logins share: the steps of a client that knows the extensible profile, as text.
import { createHmac } from 'node:crypto'
import { type Peer, plainResponse, type RawOptions, type Scene } from '@waxwing/testkit'
import { childOf, type Element, textOf } from '@waxwing/xml'

export const NS = 'urn:xmpp:sasl:2'
export const clientId = 'd4565fa7-4d72-4749-b3d3-740edbf87770'
export const userAgent = `<user-agent id='${clientId}'><software>AwesomeXMPP</software><device>Kiva's Phone</device></user-agent>`
export const bind = "<bind xmlns='urn:xmpp:bind:0'><tag>AwesomeXMPP</tag></bind>"
export const romeo = 'romeo@montague.example'

/** An open stream whose features have been read. */
export async function opened(
  host: Scene,
  options: RawOptions & { readonly from?: string } = {},
): Promise<{ readonly peer: Peer; readonly features: Element }> {
  await host.account(romeo, 'secret')
  const peer = host.raw({ tls: true, ...options })
  const from = options.from === undefined ? '' : ` from='${options.from}'`
  await peer.opens(`to='montague.example' version='1.0'${from}`)
  await peer.receivesHeader()
  return { peer, features: await peer.takes('the stream features') }
}

export function authenticate(mechanism: string, response: string | undefined, inline = userAgent): string {
  const initial = response === undefined ? '' : `<initial-response>${response}</initial-response>`
  return `<authenticate xmlns='${NS}' mechanism='${mechanism}'>${initial}${inline}</authenticate>`
}

export const plain = (inline?: string, password = 'secret', username = 'romeo'): string =>
  authenticate('PLAIN', plainResponse(username, password), inline)

/** Logs in by password. @returns the success; the features behind it are taken */
export async function logsIn(peer: Peer, inline: string): Promise<Element> {
  await peer.sends(plain(inline))
  const success = await peer.takes('the success')
  if (success.name === 'success') await peer.takes('the features')
  return success
}

/** The initial response of HT-SHA-256-*: draft-schmaus-kitten-sasl-ht. */
export function tokenResponse(
  token: string,
  binding: Uint8Array = new Uint8Array(),
  username = 'romeo',
): string {
  const proof = createHmac('sha256', token).update('Initiator').update(binding).digest()
  return Buffer.concat([Buffer.from(`${username}\0`), proof]).toString('base64')
}

/** What the server proves it knows the token with. */
export function tokenProof(token: string, binding: Uint8Array = new Uint8Array()): string {
  return createHmac('sha256', token).update('Responder').update(binding).digest('base64')
}

export function tokenIn(success: Element): { token: string; expiry: string } | undefined {
  const element = childOf(success, 'urn:xmpp:fast:0', 'token')
  return element && { token: element.attrs.get('token') ?? '', expiry: element.attrs.get('expiry') ?? '' }
}

export function identifierIn(success: Element): string {
  const element = childOf(success, NS, 'authorization-identifier')
  return element ? textOf(element) : ''
}

export function failureOf(element: Element): string {
  const names = element.children.flatMap(child => (typeof child === 'string' ? [] : [child.name]))
  return `${element.name} ${names[0]}`
}
