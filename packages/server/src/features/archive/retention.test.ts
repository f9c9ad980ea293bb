/** How long messages are kept: XEP-0313 §3.2. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, textOf } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { ask, bodies, finOf, page } from './archive-kit.test.ts'

test('old messages leave by age, the oldest of too many once an hour (XEP-0313 §3.2)', async () => {
  await using host = await scene({ settings: { archive: { keepDays: 1, keepMessages: 600 } } })
  const { romeo, juliet } = await pair(host)
  for (let n = 0; n < 1_200; n++) await romeo.sends(`<message to='${julietJid}'><body>${n}</body></message>`)
  await juliet.forgets()
  await host.advance(3_700_000)
  assert.equal(finOf(await ask(juliet, page('<max>0</max>')))['count'], '600')
  assert.deepEqual(bodies(await ask(juliet, page('<max>1</max>'))), ['600'])
  await host.advance(86_400_000)
  assert.equal(finOf(await ask(romeo, page('<max>0</max>')))['count'], '0')
})

const node = 'urn:waxwing:commands#archive-retention'
const command = (inside: string, session = ''): string =>
  `<iq type='set' id='c' to='montague.example'><command xmlns='http://jabber.org/protocol/commands' node='${node}'${session}>${inside}</command></iq>`

async function submits(admin: Peer, fields: Readonly<Record<string, string>>): Promise<void> {
  await admin.sends(command(''))
  const session = (await admin.receivesResult('c'))?.attrs.get('sessionid') ?? ''
  const all = Object.entries({ FORM_TYPE: node, ...fields })
  const written = all.map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`).join('')
  await admin.sends(
    command(`<x xmlns='jabber:x:data' type='submit'>${written}</x>`, ` sessionid='${session}'`),
  )
}

/** @returns what the administrator is told */
async function keeps(admin: Peer, fields: Readonly<Record<string, string>>): Promise<string> {
  await submits(admin, fields)
  const answer = await admin.receivesResult('c')
  const note = answer && childOf(answer, answer.ns, 'note')
  return note ? textOf(note) : ''
}

const day = 86_400_000

async function served(archive: Readonly<Record<string, unknown>>): Promise<Scene> {
  const host = await scene({ settings: { archive, administration: { admins: [romeoJid] } } })
  return host
}

/** How many messages are left of the five that Juliet has, one for each day. */
async function leftOfFive(host: Scene, fields: Readonly<Record<string, string>>): Promise<string> {
  const { romeo, juliet } = await pair(host)
  assert.match(await keeps(romeo, { accountjid: julietJid, ...fields }), /^Messages of juliet@/)
  for (let n = 0; n < 5; n++) {
    await romeo.sends(`<message to='${julietJid}'><body>${n}</body></message>`)
    await host.advance(day)
  }
  await juliet.forgets()
  return bodies(await ask(juliet)).join('')
}

const rows: readonly [
  host: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, string>>,
  left: string,
][] = [
  [{}, {}, '01234'],
  [{}, { keep_days: '2' }, '34'],
  [{}, { keep_messages: '3' }, '234'],
  [{ keepDays: 2 }, {}, '34'],
  [{ keepDays: 2 }, { keep_days: '0' }, '01234'],
  [{ keepDays: 2 }, { keep_days: '4' }, '1234'],
  [{ keepDays: 4 }, { keep_days: '2' }, '34'],
  [{ keepDays: 4, keepMessages: 1 }, { keep_messages: '0' }, '1234'],
  [{ keepMessages: 1 }, { keep_messages: '2', keep_days: '3' }, '34'],
]

for (const [host, fields, left] of rows)
  test(`of five days "${left}" are left with ${JSON.stringify(host)} for everybody and ${JSON.stringify(fields)} for the account (XEP-0313 §3.2)`, async () => {
    await using it = await served(host)
    assert.equal(await leftOfFive(it, fields), left)
  })

test('what others have is kept as the host says, whatever is said of one account (XEP-0313 §3.2)', async () => {
  await using host = await served({ keepDays: 2 })
  assert.equal(await leftOfFive(host, { keep_days: '0' }), '01234')
  const romeo = await host.client(`${romeoJid}/late`)
  assert.deepEqual(bodies(await ask(romeo)), ['3', '4'])
})

test('what is said of an account outlives the server, is taken back by saying nothing, and goes with it', async () => {
  await using host = await served({})
  const { romeo } = await pair(host)
  const accountjid = julietJid
  assert.equal(
    await keeps(romeo, { accountjid, keep_days: '3', keep_messages: '7' }),
    `Messages of ${julietJid} are kept for 3 days, 7 at most.`,
  )
  await host.restart()
  const back = await host.client(`${romeoJid}/orchard`)
  assert.match(await keeps(back, { accountjid, keep_messages: '9' }), /kept for ever, 9 at most\.$/)
  assert.match(await keeps(back, { accountjid }), /kept for ever, 100000 at most\.$/)
})

test('only administrators say so, of accounts that exist (XEP-0050 §4.4)', async () => {
  await using host = await served({})
  const { romeo, juliet } = await pair(host)
  await juliet.sends(command(''))
  await juliet.receivesError('iq', 'c', 'auth', 'forbidden')
  await submits(romeo, { accountjid: 'nobody@montague.example', keep_days: '1' })
  await romeo.receivesError('iq', 'c', 'cancel', 'item-not-found')
  await submits(romeo, { accountjid: julietJid, keep_days: '-1' })
  await romeo.receivesError('iq', 'c', 'modify', 'bad-request')
})
