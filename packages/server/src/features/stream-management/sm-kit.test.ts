/** Words that tests of stream management say again and again. */
import assert from 'node:assert/strict'
import { type Peer, plainResponse, type Scene, scenePassword } from '@waxwing/testkit'

const sm = 'urn:xmpp:sm:3'
const header = "to='montague.example' version='1.0'"

/** Logs in up to the stream features that follow. @returns those features */
export async function authenticated(peer: Peer, username: string) {
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes('the stream features')
  const plain = plainResponse(username, scenePassword)
  await peer.sends(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`)
  await peer.receives("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
  await peer.opens(header)
  await peer.receivesHeader()
  return peer.takes('the stream features')
}

/** Puts a session under management. @returns its id */
export async function enables(peer: Peer): Promise<string> {
  await peer.sends(`<enable xmlns='${sm}' resume='true'/>`)
  const { attrs } = await peer.receives(`<enabled xmlns='${sm}' id='{any}' resume='true' max='{any}'/>`)
  return attrs.get('id') ?? assert.fail('The session has no id')
}

/** Asks for a session on a new connection; the answer has not been taken. */
export async function resumes(host: Scene, username: string, id: string, h: number): Promise<Peer> {
  const peer = host.raw({ tls: true, name: `${username} again` })
  await authenticated(peer, username)
  await peer.sends(`<resume xmlns='${sm}' previd='${id}' h='${h}'/>`)
  return peer
}

/** A message; with an origin-id when one is given. XEP-0359 */
export function says(to: string, text: string, originId?: string): string {
  const origin = originId === undefined ? '' : `<origin-id xmlns='urn:xmpp:sid:0' id='${originId}'/>`
  return `<message to='${to}' type='chat'><body>${text}</body>${origin}</message>`
}
