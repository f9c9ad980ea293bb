/** Reports of abuse: XEP-0377. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Scene, scene } from '@waxwing/testkit'
import { childOf, childrenOf, textOf } from '@waxwing/xml'

const domain = 'example.com'
const admin = `abuse@${domain}`
const theatre = (settings: Record<string, unknown> = {}): Promise<Scene> =>
  scene({ domains: [domain], settings: { administration: { admins: [admin] }, reports: settings } })

const spam = `<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>
  <stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.net' id='28482-98726-73623'/>
  <text xml:lang='en'>Never came trouble to my house like this.</text></report>`
const block = (jid: string, report: string): string =>
  `<iq type='set' id='block1'><block xmlns='urn:xmpp:blocking'><item jid='${jid}'>${report}</item></block></iq>`

test('it is announced (XEP-0377 §3)', async () => {
  await using host = await theatre()
  const juliet = await host.client(`juliet@${domain}/chamber`)
  await juliet.sends(
    `<iq type='get' id='d' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  )
  const info = await juliet.receivesResult('d')
  const features = info ? [...childrenOf(info, info.ns, 'feature')].map(({ attrs }) => attrs.get('var')) : []
  assert.ok(features.includes('urn:xmpp:reporting:1'))
})

test('who is reported is blocked, and the administrators hear why (XEP-0377 §6)', async () => {
  await using host = await theatre()
  const friar = await host.online(`${admin}/desk`)
  const juliet = await host.client(`juliet@${domain}/chamber`)
  await juliet.sends(block('romeo@example.net', spam))
  await juliet.receivesResult('block1')
  const message = await friar.takes()
  const body = childOf(message, 'jabber:client', 'body')
  assert.equal(
    body && textOf(body),
    `juliet@${domain} has reported romeo@example.net for spam: Never came trouble to my house like this.\nmessage 28482-98726-73623 (romeo@example.net)`,
  )
  await juliet.sends("<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
  await juliet.receives(
    "<iq type='result' id='l'><blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@example.net'/></blocklist></iq>",
  )
})

async function listed(host: Scene): Promise<readonly (readonly string[])[]> {
  const friar = await host.client(`${admin}/desk`)
  await friar.sends(
    `<iq type='set' id='c' to='${domain}'><command xmlns='http://jabber.org/protocol/commands' node='urn:waxwing:commands#reports'/></iq>`,
  )
  const command = await friar.receivesResult('c')
  const form = command && childOf(command, 'jabber:x:data', 'x')
  const rows = form ? [...childrenOf(form, 'jabber:x:data', 'item')] : []
  const cells = (row: (typeof rows)[number]): readonly string[] =>
    [...childrenOf(row, 'jabber:x:data', 'field')].map(field => {
      const value = childOf(field, 'jabber:x:data', 'value')
      return value ? textOf(value) : ''
    })
  return rows.map(cells)
}

test('reports are kept and listed, newest first, and only so many of one account', async () => {
  await using host = await theatre({ tellAdmins: false, perReporter: 2 })
  const juliet = await host.client(`juliet@${domain}/chamber`)
  for (const name of ['one', 'two', 'three']) {
    await juliet.sends(block(`${name}@spam.example`, spam))
    await juliet.receivesResult('block1')
    await host.advance(1_000)
  }
  await host.restart()
  const rows = await listed(host)
  assert.deepEqual(
    rows.map(([, reporter, reported, reason]) => [reporter, reported, reason]),
    [
      [`juliet@${domain}`, 'two@spam.example', 'spam'],
      [`juliet@${domain}`, 'one@spam.example', 'spam'],
    ],
  )
  const served = host.server.router.host(domain)
  await served?.removeAccount(served.accounts.jidOf('juliet'))
  assert.deepEqual(await listed(host), [])
})

for (const report of [
  "<report xmlns='urn:xmpp:reporting:1'/>",
  "<report xmlns='urn:xmpp:reporting:1' reason='x'><stanza-id xmlns='urn:xmpp:sid:0'/></report>",
])
  test(`a report that is none is bad-request, and nobody is blocked: ${report} (XEP-0377 §4)`, async () => {
    await using host = await theatre()
    const juliet = await host.client(`juliet@${domain}/chamber`)
    await juliet.sends(block('romeo@example.net', report))
    await juliet.receivesError('iq', 'block1', 'modify', 'bad-request')
    await juliet.sends("<iq type='get' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
    await juliet.receives("<iq type='result' id='l'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
  })
