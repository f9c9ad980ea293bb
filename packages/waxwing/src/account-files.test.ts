/** Accounts leave a server and come to another one: XEP-0227. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Sandbox } from './testing/sandbox.ts'

/** What another server has written, in one file and in several. */
const juliet = `<user xmlns='urn:xmpp:pie:0' name='juliet' password='R0m30'>
  <query xmlns='jabber:iq:roster'><item jid='romeo@montague.net' name='Romeo' subscription='both'><group>Friends</group></item></query>
  <vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN></vCard>
  <query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'><defaultnick>Juliet</defaultnick></exodus></query>
  <blocklist xmlns='urn:xmpp:blocking'><item jid='tybalt@capulet.com'/></blocklist>
  <presence xmlns='jabber:client' type='subscribe' from='mercutio@montague.net'/>
  <offline-messages><message xmlns='jabber:client' from='romeo@montague.net/orchard' to='juliet@localhost/balcony' type='chat' id='m1'>
    <body>Neither, fair saint, if either thee dislike.</body><delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2011-07-21T00:32:29Z'>Offline Storage</delay></message></offline-messages>
  <archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='28482'><forwarded xmlns='urn:xmpp:forward:0'>
    <delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/><message xmlns='jabber:client' to='juliet@localhost/balcony' from='romeo@montague.net/orchard' type='chat'><body>Call me but love</body></message></forwarded></result></archive>
  <potion xmlns='urn:verona'/>
</user>`

const exported = (sandbox: Sandbox, folder: string, name: string): string =>
  readFileSync(join(sandbox.folder, folder, 'localhost', `${name}.xml`), 'utf8')

async function says(sandbox: Sandbox, wanted: RegExp, ...words: readonly string[]): Promise<void> {
  const { code, out, err } = await sandbox.account(...words)
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, wanted)
}

for (const isRunning of [true, false])
  test(`accounts come in and go out again ${isRunning ? 'while the server runs' : 'while it is stopped'} (XEP-0227 §4, §5)`, async () => {
    await using sandbox = new Sandbox()
    if (isRunning) await sandbox.serve()
    const include = (file: string): string =>
      `<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='${file}'/>`
    mkdirSync(join(sandbox.folder, 'in', 'users'), { recursive: true })
    const main = join(sandbox.folder, 'in', 'main.xml')
    writeFileSync(
      main,
      `<?xml version='1.0'?><server-data xmlns='urn:xmpp:pie:0'>${include('localhost.xml')}</server-data>`,
    )
    writeFileSync(
      join(sandbox.folder, 'in', 'localhost.xml'),
      `<host xmlns='urn:xmpp:pie:0' jid='localhost'>${include('users/juliet.xml')}<user name='nobody'/></host>`,
    )
    writeFileSync(join(sandbox.folder, 'in', 'users', 'juliet.xml'), juliet)
    await says(
      sandbox,
      /^juliet@localhost: passed over \{urn:verona\}potion: nobody here knows it\nnobody@localhost: not imported: There is no key to log in with\n1 imported, 1 left out$/,
      'import',
      main,
    )
    await says(
      sandbox,
      /^1 account written; .*server-data.xml leads to them$/,
      'export',
      join(sandbox.folder, 'out'),
    )
    assert.equal(statSync(join(sandbox.folder, 'out', 'localhost', 'juliet.xml')).mode & 0o77, 0)
    const first = exported(sandbox, 'out', 'juliet')
    for (const part of [
      /<item jid="romeo@montague.net" name="Romeo" subscription="both"><group>Friends<\/group><\/item>/,
      /<FN>Juliet Capulet<\/FN>/,
      /<defaultnick>Juliet<\/defaultnick>/,
      /<item jid="tybalt@capulet.com"\/>/,
      /<presence xmlns='jabber:client' from='mercutio@montague.net' to='juliet@localhost' type='subscribe'\/>/,
      /<body>Neither, fair saint, if either thee dislike.<\/body><delay xmlns="urn:xmpp:delay" from="localhost" stamp="2011-07-21T00:32:29Z">/,
      /<scram-credentials xmlns="urn:xmpp:pie:0#scram" mechanism="SCRAM-SHA-256"><iter-count>10000<\/iter-count>/,
    ])
      assert.match(first, part)
    assert.match(
      first,
      /<delay xmlns="urn:xmpp:delay" stamp="2010-07-10T23:08:25Z"\/><message xmlns='jabber:client' from='romeo@montague.net\/orchard' to='juliet@localhost\/balcony' type='chat'><body>Call me but love<\/body><\/message><\/forwarded><\/result><\/archive>/,
    )
    assert.doesNotMatch(first, /R0m30/)

    // What was written is read by another server, and comes out of it as it came in.
    await using other = new Sandbox()
    if (isRunning) await other.serve()
    await says(other, /^1 imported, 0 left out$/, 'import', join(sandbox.folder, 'out', 'server-data.xml'))
    await says(other, /^1 account written/, 'export', join(other.folder, 'out'), 'juliet@localhost')
    // The archive gives ids of its own.
    const withoutIds = (text: string): string =>
      text.replace(/<result xmlns='urn:xmpp:mam:2' id='[^']*'>/g, '')
    assert.equal(withoutIds(exported(other, 'out', 'juliet')), withoutIds(first))
    await says(
      other,
      /juliet@localhost: not imported: The account juliet@localhost exists already\n0 imported, 1 left out$/,
      'import',
      join(sandbox.folder, 'out', 'server-data.xml'),
    )
    const served = isRunning ? undefined : await other.serve()
    if (served) await (await other.logIn('juliet', served, { password: 'R0m30' })).close()
  })

test('what cannot be imported or exported is said in a sentence', async () => {
  await using sandbox = new Sandbox()
  await sandbox.addAccounts('romeo')
  const file = (name: string, text: string): string => {
    writeFileSync(join(sandbox.folder, name), text)
    return join(sandbox.folder, name)
  }
  const includes = (href: string): string =>
    `<server-data xmlns='urn:xmpp:pie:0'><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='${href}'/></server-data>`
  const rows: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [['import', join(sandbox.folder, 'none.xml')], /none.xml cannot be read/],
    [['import', file('a.xml', '<server-data>')], /a.xml is not XML as XMPP has it/],
    [['import', file('b.xml', '<roster/>')], /b.xml is no export of accounts/],
    [['import', file('c.xml', includes('../c.xml'))], /c.xml includes a file outside of/],
    [['import', file('d.xml', includes('/etc/passwd'))], /d.xml includes something that cannot be included/],
    [
      [
        'import',
        file(
          'e.xml',
          "<server-data xmlns='urn:xmpp:pie:0'><host jid='capulet.com'><user name='j'/></host></server-data>",
        ),
      ],
      /does not serve capulet.com/,
    ],
    [['export', sandbox.folder], /is not empty/],
    [['export', join(sandbox.folder, 'out'), 'nobody@localhost'], /There is no such account/],
  ]
  for (const [words, sentence] of rows) {
    const { code, err } = await sandbox.account(...words)
    assert.equal(code, 1)
    assert.match(err, sentence)
  }
})

/** Tables that still hold a text somewhere. */
function tablesWith(file: string, text: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  const found = tables.filter(({ name }) =>
    JSON.stringify(database.prepare(`SELECT * FROM "${String(name)}"`).all()).includes(text),
  )
  database.close()
  return found.map(({ name }) => String(name))
}

test('of a removed account nothing is left in the store', async () => {
  await using sandbox = new Sandbox('[features.privacy-lists]\noffered = true\n')
  const file = join(sandbox.folder, 'in.xml')
  const privacy =
    "<query xmlns='jabber:iq:privacy'><default name='l'/><list name='l'><item action='deny' order='1'/></list></query>"
  const things = `<thing xmlns='urn:waxwing:registry:0' jid='lamp@localhost' generation='nf' visibility='public' claim='c' since='2026-01-01T00:00:00Z'/>
    <rules xmlns='urn:waxwing:rules:0'>allow everyone to read lamp@localhost</rules>
    <decisions xmlns='urn:waxwing:rules:0' thing='lamp@localhost'><decision at='2026-01-01T00:00:00Z' caller='a@localhost' verb='read' allowed='true'/></decisions>`
  const user = juliet.replace('</user>', `${privacy}${things}</user>`)
  writeFileSync(
    file,
    `<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>${user}</host></server-data>`,
  )
  await says(sandbox, /1 imported, 0 left out$/, 'import', file)
  const store = join(sandbox.data, 'waxwing.sqlite')
  assert.ok(tablesWith(store, 'juliet@localhost').length >= 12)
  await says(sandbox, /removed/, 'remove', 'juliet@localhost')
  assert.deepEqual(tablesWith(store, 'juliet@localhost'), [])
})
