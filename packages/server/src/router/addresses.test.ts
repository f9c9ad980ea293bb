/** Stanzas for the domain itself, for domains nobody reaches, and for what is no address: RFC 6120 §8.1.1, §10.3-§10.5. */
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { pair, romeoJid } from '../lovers-kit.test.ts'

type Outcome = readonly [kind: string, type: string, condition: string] | 'silence'

const unavailable = ['cancel', 'service-unavailable'] as const
const notFound = ['cancel', 'remote-server-not-found'] as const
const malformed = ['modify', 'jid-malformed'] as const

const payload = "<x xmlns='urn:example:x'/>"
/** What is sent, and what comes back from the domain, from an unreachable one, and for no address. */
const rows: readonly [stanza: string, domain: string, nowhere: string, none: string][] = [
  ["<message id='i'/>", 'refused', 'refused', 'refused'],
  ["<message type='chat' id='i'><body>Hi</body></message>", 'refused', 'refused', 'refused'],
  ["<message type='groupchat' id='i'><body>Hi</body></message>", 'refused', 'refused', 'refused'],
  ["<message type='headline' id='i'><body>Hi</body></message>", 'silence', 'refused', 'refused'],
  ["<message type='error' id='i'/>", 'silence', 'silence', 'silence'],
  ["<presence id='i'/>", 'silence', 'refused', 'refused'],
  ["<presence type='unavailable' id='i'/>", 'silence', 'silence', 'silence'],
  ["<presence type='error' id='i'/>", 'silence', 'silence', 'silence'],
  ["<presence type='probe' id='i'/>", 'silence', 'silence', 'silence'],
  [`<iq type='get' id='i'>${payload}</iq>`, 'refused', 'refused', 'refused'],
  [`<iq type='set' id='i'>${payload}</iq>`, 'refused', 'refused', 'refused'],
  [`<iq type='result' id='i'>${payload}</iq>`, 'silence', 'silence', 'silence'],
  ["<iq type='error' id='i'/>", 'silence', 'silence', 'silence'],
]

const places = [
  ['the domain itself (RFC 6120 §10.5.1)', 'montague.example', unavailable, 1],
  ['a domain nobody reaches (RFC 6120 §10.4)', 'juliet@nowhere.example', notFound, 2],
  ['what is no address (RFC 6120 §8.3.3.8)', 'juliet@@montague.example', malformed, 3],
] as const

for (const [what, to, [type, condition], column] of places)
  for (const row of rows) {
    const [stanza] = row
    const kind = /^<(\w+)/.exec(stanza)?.[1] ?? ''
    const outcome: Outcome = row[column] === 'silence' ? 'silence' : [kind, type, condition]
    test(`${stanza} to ${what} → ${String(outcome)}`, async () => {
      await using host = await scene()
      const { romeo, juliet } = await pair(host)
      await romeo.sends(stanza.replace(/^<\w+/, `$& to='${to}'`))
      if (outcome === 'silence') await romeo.receivesNothing()
      else await romeo.receivesError(outcome[0], 'i', outcome[1], outcome[2])
      await juliet.receivesNothing()
    })
  }

for (const to of ['', romeoJid, `${romeoJid}/orchard`])
  test(`a message to ${to || 'nobody named'} is for the own account, and says so (RFC 6120 §10.3.1)`, async () => {
    await using host = await scene()
    const { romeo } = await pair(host)
    await romeo.sends(`<message id='m'${to && ` to='${to}'`}><body>Note to self</body></message>`)
    await romeo.receives(
      `<message id='m' from='${romeoJid}/orchard' to='${to || romeoJid}'><body>Note to self</body></message>`,
    )
    await romeo.receivesNothing()
  })

test('presence errors and probes without address are for nobody (RFC 6120 §10.3.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  for (const type of ['error', 'probe']) await romeo.sends(`<presence type='${type}' id='p'/>`)
  await romeo.receivesNothing()
  await juliet.receivesNothing()
})
