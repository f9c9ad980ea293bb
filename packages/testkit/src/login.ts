/** Logging a scripted client in, with every step on the wire. RFC 6120 §4-§7. */
import { domainOf, type FullJid, localOf, resourceOf } from '@waxwing/jid'
import { escapeAttr, escapeText } from '@waxwing/xml'
import type { Peer } from './peer.ts'

/** SASL PLAIN: RFC 4616. */
export function plainResponse(username: string, password: string, authzid = ''): string {
  return Buffer.from(`${authzid}\0${username}\0${password}`).toString('base64')
}

/** From the first header to a bound resource, over a wire that is secured already. */
export async function logIn(peer: Peer, jid: FullJid, password: string, lang?: string): Promise<void> {
  const language = lang === undefined ? '' : ` xml:lang='${escapeAttr(lang)}'`
  const header = `to='${escapeAttr(domainOf(jid))}' version='1.0'${language}`
  await authenticate(peer, header, localOf(jid) ?? '', password)
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes('the stream features')
  const resource = escapeText(resourceOf(jid) ?? '')
  await peer.sends(
    `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
  )
  await peer.receives(
    `<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${escapeText(jid)}</jid></bind></iq>`,
  )
}

/** The first stream up to SASL's success. */
export async function authenticate(
  peer: Peer,
  header: string,
  username: string,
  password: string,
): Promise<void> {
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes('the stream features')
  await peer.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plainResponse(username, password)}</auth>`,
  )
  await peer.receives("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
}
