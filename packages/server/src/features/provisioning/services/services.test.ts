/** Services whose users have privileges: XEP-0324 §3.6, §3.7. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { elementsOf } from '@waxwing/xml'
import { asks, boiler, house, ns, rules, server, sets } from '../house-kit.test.ts'
import { answered, makeKeys, refused, tokenOf } from '../tokens/holder-kit.test.ts'

before(makeKeys)

const juliet = 'juliet@capulet.example'
const romeo = 'romeo@montague.example'

const service = 'service@montague.example'

/** A service with its token, and the rules of the house about it. */
async function serviced(text: string) {
  const it = await house('')
  const desk = await it.host.online(`${service}/desk`)
  await asks(desk, 'set', `<owner xmlns='${rules}' jid='${romeo}'/>`)
  await sets(it.owner, `own ${boiler}, ${service}\n${text}`)
  return { ...it, desk, token: await tokenOf(desk), [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() }
}

type Serviced = Awaited<ReturnType<typeof serviced>>

async function admits({ desk, token }: Serviced, jid: string, at = ns): Promise<string | undefined> {
  const credentials = `<jid value='${jid}'/><credentials type='IpAddress' value='10.0.0.1'/>`
  const access = `<canAccess xmlns='${at}' serviceToken='${token}'>${credentials}</canAccess>`
  const answer = await answered(desk, access)
  const userToken = answer.attrs.get('userToken')
  assert.deepEqual([answer.ns, answer.attrs.get('result')], [at, String(userToken !== undefined)])
  return userToken
}

async function hasPrivilege({ desk, token }: Serviced, user: string, privilege: string): Promise<boolean> {
  const question = `<hasPrivilege xmlns='${ns}' serviceToken='${token}' userToken='${user}' privilegeId='${privilege}'/>`
  return (await answered(desk, question)).attrs.get('result') === 'true'
}

const energy = `allow ${juliet} to use ${service} only Databases.Energy
deny ${juliet} to use ${service} only Databases.Energy.Delete
deny ${juliet} to use ${service} only Databases.Secret, Databases
allow everyone to use ${service} only Help
deny tybalt@montague.example to use ${service}`

const privileges: readonly [privilege: string, has: boolean][] = [
  ['Databases.Energy.Select', true],
  ['Databases.Energy', true],
  ['Databases.Energy.Delete', false],
  ['Databases.Energy.Delete.Really', false],
  ['Databases.EnergyOfOthers', false],
  ['Databases', false],
  ['Help', true],
  ['Help.Me', true],
  ['Helper', false],
]

test('who may use a service, and what they may do there (§3.6.2, §3.7)', async () => {
  await using it = await serviced(energy)
  const user = (await admits(it, `${juliet}/balcony`)) ?? assert.fail('she may not use it')
  for (const [privilege, has] of privileges)
    assert.equal(await hasPrivilege(it, user, privilege), has, privilege)
  const list = await answered(
    it.desk,
    `<downloadPrivileges xmlns='${ns}' serviceToken='${it.token}' userToken='${user}'/>`,
  )
  assert.deepEqual(
    elementsOf(list).map(({ name, attrs }) => `${name} ${attrs.get('id')}`),
    [
      'exclude Databases.Energy.Delete',
      'exclude Databases.Secret',
      'include Databases.Energy',
      'exclude Databases',
      'include Help',
    ],
  )
  assert.equal(await admits(it, 'tybalt@montague.example'), undefined)
  assert.ok(await admits(it, 'paris@verona.example', 'urn:xmpp:sn:provisioning'))
  // Of who has not been let in, or was let in by another service, nothing is known.
  for (const unknown of ['U1', 'provisioning.montague.example:0000000000000000000000']) {
    assert.equal(await hasPrivilege(it, unknown, 'Databases.Energy.Select'), false)
    assert.equal(await hasPrivilege(it, unknown, 'Help'), true)
  }
})

test('who has logged in stands in the owner’s log, and users are forgotten after a while', async () => {
  await using it = await serviced(energy)
  const user = (await admits(it, juliet)) ?? assert.fail('she may not use it')
  const login = (token: string, name: string): string =>
    `<message to='${server}'><userLoggedIn xmlns='${ns}' serviceToken='${token}' userToken='${user}' userName='${name}'/></message>`
  await it.desk.sends(login(it.token, 'Kermit'))
  await it.desk.sends(login('another', 'Piggy'))
  await it.thing.sends(login(it.token, 'Gonzo'))
  await it.desk.sends(`<message to='${server}' id='m'><userLoggedIn xmlns='${ns}'/></message>`)
  await it.desk.receivesError('message', 'm', 'cancel', 'service-unavailable')
  assert.equal(await hasPrivilege(it, user, 'Databases.Energy.Select'), true)
  await it.owner.forgets()
  await asks(
    it.owner,
    'get',
    `<log xmlns='${rules}' thing='${service}' max='1'/>`,
    `<decisions xmlns='${rules}'><decision at='{any}' caller='${juliet}' verb='use' what='Databases.Energy.Select as Kermit'
      allowed='true' rule='allow ${juliet} to use ${service} only Databases.Energy'/></decisions>`,
  )
})

test('a service has no use of a token that is not its own', async () => {
  await using it = await serviced(energy)
  const user = (await admits(it, juliet)) ?? assert.fail('she may not use it')
  for (const [peer, token] of [
    [it.thing, it.token],
    [it.desk, `${it.token}x`],
    [it.desk, await tokenOf(it.thing)],
  ] as const)
    for (const question of [
      `<canAccess xmlns='${ns}' serviceToken='${token}'><jid value='${juliet}'/></canAccess>`,
      `<hasPrivilege xmlns='${ns}' serviceToken='${token}' userToken='${user}' privilegeId='Help'/>`,
      `<downloadPrivileges xmlns='${ns}' serviceToken='${token}' userToken='${user}'/>`,
    ])
      await refused(peer, question, 'forbidden', 'auth')
})
