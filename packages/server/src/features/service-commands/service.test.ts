/** Commands about the service and all of its users: XEP-0133 §4.11-§4.31. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childOf, textOf } from '@waxwing/xml'
import {
  admin,
  bard,
  bardJid,
  commandsNs,
  domain,
  done,
  simply,
  submit,
  theatre,
  valuesIn,
} from './admin-kit.test.ts'

test('users are counted and listed by kind (XEP-0133 §4.13-§4.22)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  await host.online(`juliet@${domain}/balcony`)
  await host.online(`mercutio@${domain}/street`, '<presence><show>away</show></presence>')
  await host.account(`tybalt@${domain}`)
  const numbers: readonly [kind: string, count: string][] = [
    ['registered', '4'],
    ['disabled', '0'],
    ['online', '3'],
    ['active', '1'],
    ['idle', '2'],
  ]
  for (const [kind, count] of numbers)
    assert.deepEqual((await simply(peer, `get-${kind}-users-num`)).get(`${kind}usersnum`), [count], kind)
  const lists: readonly [id: string, field: string, names: readonly string[]][] = [
    ['get-registered-users-list', 'registereduserjids', ['bard', 'juliet', 'mercutio', 'tybalt']],
    ['get-online-users-list', 'onlineuserjids', ['bard', 'juliet', 'mercutio']],
    ['get-active-users', 'activeuserjids', ['juliet']],
    ['get-idle-users', 'activeuserjids', ['bard', 'mercutio']],
  ]
  for (const [id, field, names] of lists)
    assert.deepEqual(
      (await done(peer, id, { max_items: '25' })).get(field),
      names.map(name => `${name}@${domain}`),
      id,
    )
})

test('a list ends where it was to end, and says so (XEP-0133 §4.18)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  for (let n = 10; n < 40; n++) await host.account(`guest${n}@${domain}`)
  await submit(peer, 'get-registered-users-list', { max_items: '25' })
  const command = await peer.receivesResult('s')
  assert.equal(
    command && textOf(childOf(command, commandsNs, 'note') ?? assert.fail('no note')),
    'There are more than are shown',
  )
  assert.equal(valuesIn(command).get('registereduserjids')?.length, 25)
})

test('who is on the blacklist reaches nobody, and nobody reaches them (XEP-0133 §4.11)', async () => {
  await using host = await theatre({ domains: [domain, 'marlowe.lit'] })
  const peer = await bard(host)
  const kit = await host.online('kit@marlowe.lit/tavern')
  const juliet = await host.online(`juliet@${domain}/balcony`)
  await done(peer, 'edit-blacklist', { blacklistjids: ['denmark.lit', 'marlowe.lit'] })
  await kit.sends(`<message to='juliet@${domain}' id='m'><body>b</body></message>`)
  await kit.receivesError('message', 'm', 'cancel', 'not-allowed')
  await juliet.sends("<message to='kit@marlowe.lit' id='m'><body>b</body></message>")
  await juliet.receivesError('message', 'm', 'cancel', 'not-allowed')
  await done(peer, 'edit-blacklist', { blacklistjids: 'denmark.lit' })
  await kit.sends(`<message to='juliet@${domain}' id='m'><body>b</body></message>`)
  assert.equal((await juliet.takes()).name, 'message')
})

test('with a whitelist only those on it are talked with; it outlives the server (XEP-0133 §4.12)', async () => {
  await using host = await theatre({ domains: [domain, 'marlowe.lit', 'capulet.com'] })
  await done(await bard(host), 'add-to-whitelist', { whitelistjids: 'capulet.com' })
  await host.restart()
  const kit = await host.online('kit@marlowe.lit/tavern')
  const tybalt = await host.online('tybalt@capulet.com/street')
  const juliet = await host.online(`juliet@${domain}/balcony`)
  const message = `<message to='juliet@${domain}' id='m'><body>b</body></message>`
  await kit.sends(message)
  await kit.receivesError('message', 'm', 'cancel', 'not-allowed')
  await tybalt.sends(message)
  await (await host.online(`nurse@${domain}/house`)).sends(message)
  assert.equal((await juliet.forgets()).length, 2)
})

test('administrators are added and taken away again (XEP-0133 §4.29)', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  const hecate = `hecate@${domain}`
  await done(peer, 'edit-admin', { adminjids: [bardJid, hecate] })
  await host.restart()
  const witch = await host.client(`${hecate}/heath`)
  assert.deepEqual((await simply(witch, 'get-online-users-num')).get('onlineusersnum'), ['1'])
  await done(await bard(host), 'edit-admin', { adminjids: bardJid })
  await witch.sends(
    `<iq type='set' id='c' to='${domain}'><command xmlns='${commandsNs}' node='${admin}#announce'/></iq>`,
  )
  await witch.receivesError('iq', 'c', 'auth', 'forbidden')
})

test('a removed account is no administrator any more, whoever takes its name', async () => {
  await using host = await theatre()
  const peer = await bard(host)
  const hecate = `hecate@${domain}`
  await host.account(hecate)
  await done(peer, 'edit-admin', { adminjids: [bardJid, hecate] })
  await done(peer, 'delete-user', { accountjids: hecate })
  const other = await host.client(`${hecate}/heath`)
  await other.sends(
    `<iq type='set' id='c' to='${domain}'><command xmlns='${commandsNs}' node='${admin}#announce'/></iq>`,
  )
  await other.receivesError('iq', 'c', 'auth', 'forbidden')
})

for (const how of ['restart', 'shutdown'] as const)
  test(`${how} comes after its delay, announced (XEP-0133 §4.30, §4.31)`, async () => {
    const asked: string[] = []
    await using host = await theatre({ stopServer: what => asked.push(what) })
    const peer = await bard(host)
    const juliet = await host.online(`juliet@${domain}/balcony`)
    await done(peer, how, { delay: '120', announcement: ['In 2 minutes!', 'Please log off now.'] })
    await juliet.receives(
      `<message type='headline' from='${domain}' to='juliet@${domain}/balcony'><body>In 2 minutes!\nPlease log off now.</body></message>`,
    )
    await host.advance(119_999)
    assert.deepEqual(asked, [])
    await host.advance(1)
    assert.deepEqual(asked, [how])
  })
