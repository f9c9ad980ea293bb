/** Push notifications: XEP-0357. The service is a component, as those of app makers are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { type Element, writeElement } from '@waxwing/xml'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'

const service = 'push.client.example'
const push = 'urn:xmpp:push:0'

interface Stage {
  readonly host: Scene
  readonly romeo: Peer
  readonly juliet: Peer
  readonly app: Peer
}

/** Juliet's client wants to be woken by way of a node of the service. */
async function stage(settings: Record<string, unknown> = {}): Promise<Stage & AsyncDisposable> {
  const options: SceneOptions = { components: { [service]: 'secret' }, settings: { push: settings } }
  const host = await scene(options)
  await host.account(julietJid)
  const app = await host.component(service)
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await enable(juliet)
  return { host, romeo, juliet, app, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

async function enable(juliet: Peer, node = 'n1', form = ''): Promise<void> {
  await juliet.sends(
    `<iq type='set' id='e1'><enable xmlns='${push}' jid='${service}' node='${node}'>${form}</enable></iq>`,
  )
  await juliet.receivesResult('e1')
}

const write = (romeo: Peer, content = '<body>Wherefore art thou?</body>', type = 'chat'): Promise<void> =>
  romeo.sends(`<message to='${julietJid}' type='${type}'>${content}</message>`)

/** The notifications that reached the service since the last call; each is answered with a result, or as told. */
async function woken(app: Peer, answer = (id: string): string => result(id)): Promise<readonly string[]> {
  const iqs = (await app.forgets()).filter(({ name }) => name === 'iq')
  for (const iq of iqs) await app.sends(answer(iq.attrs.get('id') ?? ''))
  return iqs.map(iq => writeElement(iq, 'jabber:component:accept'))
}

const result = (id: string): string =>
  `<iq type='result' id='${id}' from='${service}' to='montague.example'/>`
const refusal = (id: string): string =>
  `<iq type='error' id='${id}' from='${service}' to='montague.example'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`

const leave = async ({ juliet, host }: Stage): Promise<void> => {
  await juliet.sends('</stream:stream>')
  await host.turns.settle()
}

test('a client that is away is woken by a publication of the server (XEP-0357 §7)', async () => {
  await using it = await stage()
  await leave(it)
  await write(it.romeo)
  await it.app.receives(
    `<iq type='set' id='{any}' from='montague.example' to='${service}'>
       <pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n1'><item>
         <notification xmlns='${push}'><x xmlns='jabber:x:data' type='submit'>
           <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:push:summary</value></field>
           <field var='message-count'><value>1</value></field></x></notification>
       </item></publish></pubsub></iq>`,
  )
})

test('a client that is there is not woken', async () => {
  await using it = await stage()
  await write(it.romeo)
  assert.deepEqual(await woken(it.app), [])
})

test('a client whose connection is gone and that may come back is woken (XEP-0198 §5)', async () => {
  await using it = await stage()
  await it.juliet.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
  it.juliet.wire.cut()
  await it.host.turns.settle()
  await write(it.romeo)
  assert.equal((await woken(it.app)).length, 1)
})

const messages: readonly [what: string, content: string, type: string, wakes: boolean][] = [
  ['a text', '<body>b</body>', 'chat', true],
  ['an encrypted message', "<encrypted xmlns='urn:xmpp:omemo:2'/>", 'chat', true],
  ['a chat state', "<composing xmlns='http://jabber.org/protocol/chatstates'/>", 'chat', false],
  ['a headline', '<body>b</body>', 'headline', false],
  ['an error', '<body>b</body>', 'error', false],
  ['what shall not be stored', "<body>b</body><no-store xmlns='urn:xmpp:hints'/>", 'chat', false],
]
for (const [what, content, type, wakes] of messages)
  test(`${what} ${wakes ? 'wakes' : 'wakes nobody'}`, async () => {
    await using it = await stage()
    await leave(it)
    await write(it.romeo, content, type)
    assert.equal((await woken(it.app)).length, wakes ? 1 : 0)
  })

test('a request for a subscription wakes, and is counted apart (XEP-0357 §7)', async () => {
  await using it = await stage()
  await leave(it)
  await it.romeo.sends(`<presence to='${julietJid}' type='subscribe'/>`)
  assert.match((await woken(it.app)).join(''), /pending-subscription-count"?'?[^>]*><value>1</)
})

test('a request that was granted before, or has been heard, wakes nobody (RFC 6121 §3.1.3, §3.4.2)', async () => {
  await using it = await stage()
  const ask = "<presence to='juliet@montague.example' type='subscribe'/>"
  const nurse = await it.host.online('nurse@montague.example/kitchen')
  await it.juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await leave(it)
  await it.romeo.sends(ask)
  await it.romeo.sends(ask)
  assert.deepEqual(await woken(it.app), [])
  await nurse.sends(ask)
  assert.equal((await woken(it.app)).length, 1)
  await nurse.sends(ask)
  assert.deepEqual(await woken(it.app), [])
})

test('what the service needs goes along with every notification (XEP-0357 §5, §7)', async () => {
  await using it = await stage()
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='secret'><value>eruio234vzxc2kla-91</value></field></x>`
  await enable(it.juliet, 'n1', form)
  await leave(it)
  await write(it.romeo)
  assert.match((await woken(it.app)).join(''), /<publish-options>.*eruio234vzxc2kla-91.*<\/publish-options>/)
})

test('what comes while a notification is on its way is summed up in the next', async () => {
  await using it = await stage()
  await leave(it)
  for (let n = 0; n < 5; n++) await write(it.romeo)
  const first = await woken(it.app)
  assert.equal(first.length, 1)
  const second = await woken(it.app)
  assert.equal(second.length, 1)
  assert.match(second.join(''), /<value>5</)
})

test('the count begins anew when the client was there', async () => {
  await using it = await stage()
  await leave(it)
  await write(it.romeo)
  await woken(it.app)
  const again = await it.host.online(`${julietJid}/balcony`)
  await leave({ ...it, juliet: again })
  await write(it.romeo)
  assert.match((await woken(it.app)).join(''), /<value>1</)
})

test('neither sender nor text are told unless the operator allows it (XEP-0357 §10)', async () => {
  await using quiet = await stage()
  await leave(quiet)
  await write(quiet.romeo)
  assert.doesNotMatch((await woken(quiet.app)).join(''), /romeo|Wherefore/)
  await using open = await stage({ tellSender: true, tellBody: true })
  await leave(open)
  await write(open.romeo)
  assert.match((await woken(open.app)).join(''), /romeo@montague.example\/orchard.*Wherefore art thou\?/)
})

test('a node or a whole service can be disabled (XEP-0357 §6)', async () => {
  await using it = await stage()
  for (const node of ['n2', 'n3']) await enable(it.juliet, node)
  const disable = async (node: string): Promise<void> => {
    await it.juliet.sends(`<iq type='set' id='d'><disable xmlns='${push}' jid='${service}'${node}/></iq>`)
    await it.juliet.receivesResult('d')
  }
  await disable(" node='n2'")
  await leave(it)
  await write(it.romeo)
  assert.equal((await woken(it.app)).length, 2)
  const again = await it.host.online(`${julietJid}/balcony`)
  await again.sends(`<iq type='set' id='d'><disable xmlns='${push}' jid='${service}'/></iq>`)
  await leave({ ...it, juliet: again })
  await write(it.romeo)
  assert.deepEqual(await woken(it.app), [])
})

test('a service that refuses too often is not told any more (XEP-0357 §7.1)', async () => {
  await using it = await stage({ maxFailures: 2 })
  await leave(it)
  for (let n = 0; n < 2; n++) {
    await write(it.romeo)
    assert.equal((await woken(it.app, refusal)).length, 1)
  }
  await write(it.romeo)
  assert.deepEqual(await woken(it.app), [])
})

test('an answer of somebody else is none', async () => {
  await using it = await stage({ maxFailures: 1 })
  await leave(it)
  await write(it.romeo)
  const [iq] = (await it.app.forgets()).filter(({ name }) => name === 'iq')
  const id = iq?.attrs.get('id') ?? ''
  await it.romeo.sends(refusal(id).replace(/from='[^']*'/, ''))
  await write(it.romeo)
  assert.deepEqual(await woken(it.app), [], 'the first is still on its way')
  await it.host.advance(30_000)
  await write(it.romeo)
  assert.deepEqual(await woken(it.app), [], 'no answer counts as a failure')
})

test('services outlive the server, and are forgotten with the account', async () => {
  await using it = await stage()
  await it.host.restart()
  const app = await it.host.component(service)
  const romeo = await it.host.online(`${romeoJid}/orchard`)
  await write(romeo)
  assert.equal((await woken(app)).length, 1)
})

test('an account has only so many services', async () => {
  await using it = await stage({ maxServices: 2 })
  await enable(it.juliet, 'n2')
  await it.juliet.sends(`<iq type='set' id='e'><enable xmlns='${push}' jid='${service}' node='n3'/></iq>`)
  await it.juliet.receivesError('iq', 'e', 'wait', 'resource-constraint')
})

test('the owner can ask why they were woken, or not', async () => {
  await using it = await stage()
  await write(it.romeo)
  await it.juliet.forgets()
  await it.juliet.sends(
    "<iq type='set' id='c'><command xmlns='http://jabber.org/protocol/commands' node='push-trace'/></iq>",
  )
  const command: Element | undefined = await it.juliet.receivesResult('c')
  assert.ok(command)
  assert.match(writeElement(command), /push\.client\.example, node n1: not woken: the client is connected/)
})
