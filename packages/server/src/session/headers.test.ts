/** How a stream is opened and how it ends: RFC 6120 §4.2, §4.4, §4.7, §4.9.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../lovers-kit.test.ts'

const streams = 'http://etherx.jabber.org/streams'
const header = (attributes: string, prefix = 'stream'): string =>
  `<${prefix}:stream xmlns='jabber:client' xmlns:${prefix}='${streams}' ${attributes}>`
const to = "to='montague.example'"

/** Header as sent, and the error it ends with; `undefined`: features follow. */
const openings: readonly [what: string, sent: string, condition?: string][] = [
  ['of version 1.0', header(`${to} version='1.0'`)],
  ['of version 1.1: the lower one is spoken (§4.7.5)', header(`${to} version='1.1'`)],
  ['of version 2.0: the lower one is spoken (§4.7.5)', header(`${to} version='2.0'`)],
  ['with leading zeros in its version (§4.7.5)', header(`${to} version='01.00'`)],
  ['of version 0.9 (§4.9.3.25)', header(`${to} version='0.9'`), 'unsupported-version'],
  ['without version (§4.7.5)', header(to), 'unsupported-version'],
  ['with another prefix (§4.8.5)', header(`${to} version='1.0'`, 's')],
  ['without an XML declaration (§11.4)', header(`${to} version='1.0'`)],
  [
    'with an XML declaration (§11.4)',
    `<?xml version='1.0' encoding='utf-8'?>${header(`${to} version='1.0'`)}`,
  ],
  ['with an id, which is not the client’s to give (§4.7.3)', header(`${to} version='1.0' id='mine'`)],
  ['without an addressee (§4.9.3.7)', header("version='1.0'"), 'improper-addressing'],
  ['to another host (§4.9.3.6)', header("to='elsewhere.example' version='1.0'"), 'host-unknown'],
  [
    'in the namespace of servers (§4.9.3.10)',
    header(`${to} version='1.0'`).replace('jabber:client', 'jabber:server'),
    'invalid-namespace',
  ],
  [
    'in a wrong stream namespace (§4.9.3.10)',
    header(`${to} version='1.0'`).replace(streams, 'urn:x'),
    'invalid-namespace',
  ],
]

for (const [what, sent, condition] of openings)
  test(`a stream ${what} is answered by a header${condition === undefined ? ' and features' : `, then ${condition}`} (RFC 6120 §4.7, §4.9.1.2)`, async () => {
    await using host = await scene()
    const peer = host.raw({ tls: true })
    await peer.sends(sent)
    const { ns, name, attrs } = await peer.receivesHeader()
    assert.deepEqual([ns, name], [streams, 'stream'])
    assert.deepEqual(
      [attrs.get('from'), attrs.get('version'), attrs.get('xml:lang'), attrs.get('to')],
      ['montague.example', '1.0', 'en', undefined],
    )
    assert.ok((attrs.get('id') ?? 'mine') !== 'mine')
    if (condition !== undefined) await peer.receivesStreamError(condition)
    else assert.equal((await peer.takes()).name, 'features')
  })

test('each stream has an id of its own, after each restart (RFC 6120 §4.7.3)', async () => {
  await using host = await scene()
  await pair(host)
  const ids = [...host.transcript().matchAll(/ id='([^']+)' version='1.0'/g)].map(([, id]) => id)
  assert.equal(ids.length, 4)
  assert.equal(new Set(ids).size, 4)
})

test('what comes behind the closing tag of a client is not handled (RFC 6120 §4.4)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<message to='${julietJid}' id='1'/></stream:stream><message to='${julietJid}' id='2'/>`)
  await juliet.receives("<message id='1'/>")
  await juliet.receivesNothing()
  await romeo.receivesEnd()
})

test('a stream error ends the stream, and nothing after it is handled (RFC 6120 §4.9.1.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<letter/><message to='${julietJid}' id='2'/>`)
  await romeo.receivesStreamError('unsupported-stanza-type')
  await juliet.receivesNothing()
})

test('white space between stanzas keeps the connection alive and means nothing (RFC 6120 §4.6.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  for (const space of [' ', '\n', '\r\n\t ', `\n<message to='${julietJid}' id='m'/>\n`])
    await romeo.sends(space)
  await romeo.receivesNothing()
  await juliet.receives("<message id='m'/>")
})

test('presence and requests carry the language of their stream, too (RFC 6120 §4.7.4, §8.1.5)', async () => {
  await using host = await scene()
  const juliet = await host.online(`${julietJid}/balcony`)
  const romeo = await host.client(`${romeoJid}/orchard`, { lang: 'it' })
  await romeo.sends(`<presence to='${julietJid}'/>`)
  await romeo.sends(`<iq type='get' id='i' to='${julietJid}/balcony' xml:lang='fr'><x xmlns='urn:x'/></iq>`)
  assert.deepEqual(
    [(await juliet.takes()).attrs.get('xml:lang'), (await juliet.takes()).attrs.get('xml:lang')],
    ['it', 'fr'],
  )
})

test('a server that stops says so to everybody and closes their streams (RFC 6120 §4.9.3.20)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await host.restart()
  for (const peer of [romeo, juliet]) await peer.receivesStreamError('system-shutdown')
})
