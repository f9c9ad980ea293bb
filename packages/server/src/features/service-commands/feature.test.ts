/** Commands about accounts: XEP-0133 §4.1-§4.10. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Peer } from '@waxwing/testkit'
import { elementsOf } from '@waxwing/xml'
import {
  admin,
  bard,
  bardJid,
  commandsNs,
  domain,
  done,
  type Fields,
  logsIn,
  simply,
  submit,
  theatre,
} from './admin-kit.test.ts'

const everything = [
  'add-user',
  'delete-user',
  'disable-user',
  'reenable-user',
  'end-user-session',
  'change-user-password',
  'get-user-roster',
  'get-user-lastlogin',
  'user-stats',
  'get-registered-users-num',
  'get-registered-users-list',
  'get-disabled-users-num',
  'get-disabled-users-list',
  'get-online-users-num',
  'get-online-users-list',
  'get-active-users-num',
  'get-active-users',
  'get-idle-users-num',
  'get-idle-users',
  'edit-blacklist',
  'edit-whitelist',
  'add-to-blacklist',
  'add-to-whitelist',
  'edit-admin',
  'announce',
  'set-motd',
  'edit-motd',
  'delete-motd',
  'set-welcome',
  'delete-welcome',
]

test('administrators see every command of the XEP, others none (XEP-0133 §4)', async () => {
  await using host = await theatre()
  const question = `<iq type='get' id='d' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#items' node='${commandsNs}'/></iq>`
  const seenBy = async (peer: Peer): Promise<readonly string[]> => {
    await peer.sends(question)
    const list = await peer.receivesResult('d')
    const nodes = list ? elementsOf(list).map(item => item.attrs.get('node') ?? '') : []
    return nodes.filter(node => node.startsWith(admin)).map(node => node.slice(admin.length + 1))
  }
  assert.deepEqual([...(await seenBy(await bard(host)))].sort(), [...everything].sort())
  assert.deepEqual(await seenBy(await host.client(`iago@${domain}/venice`)), [])
})

for (const id of [...everything, 'get-user-password'])
  test(`nobody else may use ${id} (XEP-0133 §6)`, async () => {
    await using host = await theatre()
    const iago = await host.client(`iago@${domain}/venice`)
    await iago.sends(
      `<iq type='set' id='c' to='${domain}'><command xmlns='${commandsNs}' node='${admin}#${id}'/></iq>`,
    )
    await iago.receivesError('iq', 'c', 'auth', 'forbidden')
  })

test('a user is added, and can log in (XEP-0133 §4.1)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  await peer.sends(
    `<iq type='set' id='add-user-1' to='${domain}' xml:lang='en'><command xmlns='${commandsNs}' action='execute' node='${admin}#add-user'/></iq>`,
  )
  await peer.receives(
    `<iq type='result' id='add-user-1'><command xmlns='${commandsNs}' node='${admin}#add-user' sessionid='{any}' status='executing' xml:lang='en'>
       <actions execute='complete'><complete/></actions>
       <x xmlns='jabber:x:data' type='form'><title>Adding a User</title><instructions>Fill out this form to add a user.</instructions>
         <field type='hidden' var='FORM_TYPE'><value>${admin}</value></field>
         <field label='{any}' type='jid-single' var='accountjid'><required/></field>
         <field label='{any}' type='text-private' var='password'><required/></field>
         <field label='{any}' type='text-private' var='password-verify'><required/></field>
         <field label='{any}' type='text-single' var='email'/>
         <field label='{any}' type='text-single' var='given_name'/>
         <field label='{any}' type='text-single' var='surname'/>
       </x></command></iq>`,
  )
  const juliet = { accountjid: `juliet@${domain}`, password: 'R0m30', 'password-verify': 'R0m30' }
  await done(peer, 'add-user', juliet)
  assert.equal(await logsIn(host, 'juliet', 'R0m30'), 'success')
  await submit(peer, 'add-user', juliet)
  await peer.receivesError('iq', 's', 'cancel', 'conflict')
})

const mistakes: readonly [what: string, id: string, fields: Fields, type: string, condition: string][] = [
  [
    'two passwords that differ',
    'add-user',
    { accountjid: `j@${domain}`, password: 'a', 'password-verify': 'b' },
    'modify',
    'bad-request',
  ],
  [
    'an account of another server',
    'add-user',
    { accountjid: 'j@elsewhere.lit', password: 'a', 'password-verify': 'a' },
    'cancel',
    'not-allowed',
  ],
  ['the server itself', 'delete-user', { accountjids: domain }, 'cancel', 'not-allowed'],
  ['a full JID', 'delete-user', { accountjids: `${bardJid}/globe` }, 'modify', 'bad-request'],
  [
    'an account that is not there',
    'delete-user',
    { accountjids: `nobody@${domain}` },
    'cancel',
    'item-not-found',
  ],
  [
    'an account that is not there',
    'change-user-password',
    { accountjid: `nobody@${domain}`, password: 'x' },
    'cancel',
    'item-not-found',
  ],
  [
    'an account that is not there',
    'user-stats',
    { accountjid: `nobody@${domain}` },
    'cancel',
    'item-not-found',
  ],
  ['no account', 'disable-user', {}, 'modify', 'bad-request'],
  [
    'leaving out an administrator of the configuration',
    'edit-admin',
    { adminjids: `iago@${domain}` },
    'cancel',
    'not-allowed',
  ],
  ['the host on its own blacklist', 'edit-blacklist', { blacklistjids: domain }, 'cancel', 'not-allowed'],
  ['editing what is not set', 'edit-motd', { motd: 'x' }, 'cancel', 'item-not-found'],
]

for (const [what, id, fields, type, condition] of mistakes)
  test(`${id} with ${what} is ${condition} (XEP-0133 §5)`, async () => {
    await using host = await theatre()
    const peer = await bard(host)
    await submit(peer, id, fields)
    await peer.receivesError('iq', 's', type, condition)
  })

test('a deleted user is gone, sessions and all (XEP-0133 §4.2)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  const juliet = await host.online(`juliet@${domain}/balcony`)
  await done(peer, 'delete-user', { accountjids: `juliet@${domain}` })
  await juliet.receivesStreamError('not-authorized')
  assert.equal(await logsIn(host, 'juliet', 'r0m30myr0m30'), 'not-authorized')
})

test('a disabled user is thrown out and cannot log in until enabled again, over restarts (XEP-0133 §4.3, §4.4)', async () => {
  await using host = await theatre()
  const juliet = await host.online(`juliet@${domain}/balcony`)
  await done(await bard(host), 'disable-user', { accountjids: `juliet@${domain}` })
  await juliet.receivesStreamError('not-authorized')
  await host.restart()
  assert.equal(await logsIn(host, 'juliet', 'r0m30myr0m30'), 'account-disabled')
  assert.equal(await logsIn(host, 'juliet', 'wrong'), 'not-authorized')
  const peer = await bard(host)
  assert.deepEqual((await simply(peer, 'get-disabled-users-num')).get('disabledusersnum'), ['1'])
  assert.deepEqual((await done(peer, 'get-disabled-users-list', {})).get('disableduserjids'), [
    `juliet@${domain}`,
  ])
  await done(peer, 'reenable-user', { accountjids: `juliet@${domain}` })
  assert.equal(await logsIn(host, 'juliet', 'r0m30myr0m30'), 'success')
})

test('one session or all of them are ended (XEP-0133 §4.5)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  const [balcony, chamber, garden] = [
    await host.client(`juliet@${domain}/balcony`),
    await host.client(`juliet@${domain}/chamber`),
    await host.client(`juliet@${domain}/garden`),
  ]
  await done(peer, 'end-user-session', { accountjids: `juliet@${domain}/balcony` })
  await balcony.receivesStreamError('not-authorized')
  await chamber.receivesNothing()
  await done(peer, 'end-user-session', { accountjids: `juliet@${domain}` })
  await chamber.receivesStreamError('not-authorized')
  await garden.receivesStreamError('not-authorized')
  await host.client(`juliet@${domain}/balcony`)
})

test('passwords are not kept, so none is told (XEP-0133 §4.6)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  await peer.sends(
    `<iq type='set' id='c' to='${domain}'><command xmlns='${commandsNs}' node='${admin}#get-user-password'/></iq>`,
  )
  await peer.receivesError('iq', 'c', 'cancel', 'feature-not-implemented')
})

test('a password is changed (XEP-0133 §4.7)', async () => {
  await using host = await theatre()
  await host.account(`juliet@${domain}`)
  await done(await bard(host), 'change-user-password', { accountjid: `juliet@${domain}`, password: 'V3r0n4' })
  assert.equal(await logsIn(host, 'juliet', 'r0m30myr0m30'), 'not-authorized')
  assert.equal(await logsIn(host, 'juliet', 'V3r0n4'), 'success')
})

test('a roster is told (XEP-0133 §4.8)', async () => {
  await using host = await theatre()
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await juliet.sends(
    "<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='romeo@example.net' name='Romeo'><group>Lovers</group></item></query></iq>",
  )
  const peer = await bard(host)
  await submit(peer, 'get-user-roster', { accountjids: `juliet@${domain}` })
  await peer.receives(
    `<iq type='result' id='s'><command xmlns='${commandsNs}' node='${admin}#get-user-roster' sessionid='{any}' status='completed' xml:lang='en'>
       <x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'><value>${admin}</value></field>
         <field var='accountjids' type='jid-multi' label='{any}'><value>juliet@${domain}</value></field>
         <query xmlns='jabber:iq:roster'><item jid='romeo@example.net' name='Romeo' subscription='none'><group>Lovers</group></item></query>
       </x></command></iq>`,
  )
})

test('the last login is told, and what is known of sessions (XEP-0133 §4.9, §4.10)', async () => {
  await using host = await theatre()
  const juliet = await host.client(`juliet@${domain}/balcony`)
  await juliet.closes()
  await host.account(`nurse@${domain}`)
  await host.advance(60_000)
  await host.restart()
  const peer = await bard(host)
  const logins = await done(peer, 'get-user-lastlogin', {
    accountjids: [`juliet@${domain}`, `nurse@${domain}`],
  })
  assert.deepEqual(logins.get('lastlogin'), ['2011-03-01T12:00:00Z', 'never'])
  const statistics = await done(peer, 'user-stats', { accountjid: bardJid })
  assert.deepEqual(statistics.get('ipaddresses'), ['127.0.0.1'])
  assert.deepEqual(statistics.get('onlineresources'), ['globe'])
  assert.deepEqual(statistics.get('rostersize'), ['0'])
})
