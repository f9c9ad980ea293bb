/** Who may know of an account's nodes, and what goes with the account. XEP-0060 §4.5, XEP-0163 §6, XEP-0227 §4.10. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareOf, parseJid } from '@waxwing/jid'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { parseElement, writeElement } from '@waxwing/xml'
import { exportAccount, importAccount } from '../../kernel/account-export.ts'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { asks, couple, event, item, options, owner, publishes, pubsub } from './pep-kit.test.ts'

test('a private node is nobody else’s, and not even its name is told (XEP-0223, XEP-0163 §6.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, ['urn:secret'], [])
  await publishes(
    juliet,
    'urn:secret',
    item("<a xmlns='urn:secret'/>"),
    options({ access_model: 'whitelist' }),
  )
  await juliet.forgets()
  await romeo.receivesNothing()
  await asks(romeo, 'get', "<items node='urn:secret'/>", julietJid)
  await romeo.receives(
    "<iq type='error' id='q'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{any}</error></iq>".replace(
      '{any}',
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{any}</text><closed-node xmlns='http://jabber.org/protocol/pubsub#errors'/>",
    ),
  )
  await romeo.sends(
    `<iq type='get' id='d' to='${julietJid}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
  )
  const items = await romeo.receivesResult('d')
  assert.ok(
    !JSON.stringify(
      [...(items?.children ?? [])].map(c => (typeof c === 'object' ? [...c.attrs] : c)),
    ).includes('secret'),
  )
  await romeo.sends(
    `<iq type='get' id='d' to='${julietJid}'><query xmlns='http://jabber.org/protocol/disco#info' node='urn:secret'/></iq>`,
  )
  await romeo.receivesError('iq', 'd', 'cancel', 'item-not-found')
})

test('groups of the roster decide with access model roster (XEP-0060 §4.5)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, ['urn:r'], [])
  const form = options({ access_model: 'roster', roster_groups_allowed: 'Lovers' })
  await publishes(juliet, 'urn:r', item("<a xmlns='urn:r'/>", 'a'), form)
  await juliet.forgets()
  await romeo.receivesNothing()
  await asks(romeo, 'get', "<items node='urn:r'/>", julietJid)
  await romeo.receivesError('iq', 'q', 'auth', 'not-authorized')
  await juliet.sends(
    `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${romeoJid}'><group>Lovers</group></item></query></iq>`,
  )
  await juliet.receivesResult('r')
  await asks(romeo, 'get', "<items node='urn:r'/>", julietJid)
  await romeo.receivesResult('q')
})

test('strangers subscribe to open nodes, hear of them, and hear no more when they are shut (XEP-0060 §6.1, XEP-0163 §7.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await publishes(juliet, 'urn:o', item("<a xmlns='urn:o'/>", 'a'), options({ access_model: 'open' }))
  await juliet.forgets()
  await asks(romeo, 'set', `<subscribe node='urn:o' jid='${romeoJid}'/>`, julietJid)
  await romeo.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><subscription node='urn:o' jid='${romeoJid}' subscription='subscribed'/></pubsub></iq>`,
  )
  await romeo.receives(
    `<message type='headline' to='${romeoJid}'>${event('urn:o', item("<a xmlns='urn:o'/>", 'a'))}<delay xmlns='urn:xmpp:delay' stamp='{any}'/></message>`,
  )
  await publishes(juliet, 'urn:o', item("<a xmlns='urn:o'/>", 'b'))
  await romeo.receives(
    `<message type='headline'>${event('urn:o', item("<a xmlns='urn:o'/>", 'b'))}</message>`,
  )
  await asks(
    juliet,
    'set',
    options({ access_model: 'whitelist' }, 'configure').replace('<configure', "<configure node='urn:o'"),
    '',
    owner,
  )
  await juliet.receivesResult('q')
  await publishes(juliet, 'urn:o', item("<a xmlns='urn:o'/>", 'c'))
  await romeo.receives(
    `<message type='headline'><event xmlns='${pubsub}#event'><subscription node='urn:o' jid='${romeoJid}' subscription='none'/></event></message>`,
  )
  await romeo.receivesNothing()
  await asks(romeo, 'get', '<subscriptions/>', julietJid)
  await romeo.receives(`<iq type='result' id='q'><pubsub xmlns='${pubsub}'><subscriptions/></pubsub></iq>`)
})

const field = (name: string, value: string): string => `<field var='${name}'><value>${value}</value></field>`

test('the owner is asked with access model authorize (XEP-0060 §6.1.4, §8.6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await publishes(juliet, 'urn:z', item("<a xmlns='urn:z'/>", 'a'), options({ access_model: 'authorize' }))
  await juliet.forgets()
  await asks(romeo, 'set', `<subscribe node='urn:z' jid='${romeoJid}/orchard'/>`, julietJid)
  await romeo.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><subscription node='urn:z' jid='${romeoJid}/orchard' subscription='pending'/></pubsub></iq>`,
  )
  const asked = await juliet.receives(
    "<message from='juliet@montague.example'><x xmlns='jabber:x:data' type='form'>{any}</x></message>",
  )
  assert.match(writeElement(asked), /subscribe_authorization.*romeo@montague.example\/orchard/)
  await asks(romeo, 'get', "<items node='urn:z'/>", julietJid)
  await romeo.receivesError('iq', 'q', 'auth', 'not-authorized')
  await juliet.sends(
    `<message to='${julietJid}'><x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', `${pubsub}#subscribe_authorization`)}${field('pubsub#node', 'urn:z')}${field('pubsub#subscriber_jid', `${romeoJid}/orchard`)}${field('pubsub#allow', 'true')}</x></message>`,
  )
  await juliet.receivesNothing()
  await romeo.receives(
    `<message type='headline'><event xmlns='${pubsub}#event'><subscription node='urn:z' jid='${romeoJid}/orchard' subscription='subscribed'/></event></message>`,
  )
  await romeo.takes('the last item')
  await asks(romeo, 'get', "<items node='urn:z'/>", julietJid)
  await romeo.receivesResult('q')
})

test('the account says what it is and shows its nodes; strangers see those that are open, or no account at all (XEP-0163 §6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
  const info = writeElement((await juliet.receivesResult('d')) ?? assert.fail())
  assert.match(info, /category="pubsub" type="pep"/)
  for (const feature of [
    'auto-create',
    'auto-subscribe',
    'filtered-notifications',
    'publish-options',
    'access-presence',
  ])
    assert.ok(info.includes(`"${pubsub}#${feature}"`), feature)
  await publishes(juliet, 'urn:p', item("<a xmlns='urn:p'/>", 'a'))
  const ask = async (what: string, node = ''): Promise<void> =>
    romeo.sends(
      `<iq type='get' id='d' to='${julietJid}'><query xmlns='http://jabber.org/protocol/disco#${what}'${node && ` node='${node}'`}/></iq>`,
    )
  for (const what of ['info', 'items']) {
    await ask(what)
    await romeo.receivesError('iq', 'd', 'cancel', 'service-unavailable')
  }
  await publishes(juliet, 'urn:o', item("<a xmlns='urn:o'/>", 'a'), options({ access_model: 'open' }))
  await ask('items')
  await romeo.receives(
    `<iq type='result' id='d'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='${julietJid}' node='urn:o'/></query></iq>`,
  )
  await ask('items', 'urn:o')
  await romeo.receives(
    `<iq type='result' id='d'><query xmlns='http://jabber.org/protocol/disco#items' node='urn:o'><item jid='${julietJid}' name='a'/></query></iq>`,
  )
  await ask('info', 'urn:o')
  assert.match(
    writeElement((await romeo.receivesResult('d')) ?? assert.fail()),
    /category="pubsub" type="leaf"/,
  )
})

test('an account that is removed leaves nothing behind (XEP-0163)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await publishes(juliet, 'urn:o', item("<a xmlns='urn:o'/>", 'a'), options({ access_model: 'open' }))
  const { server } = host
  const montague = server.router.host('montague.example') ?? assert.fail()
  await montague.removeAccount(bareOf(parseJid(julietJid)))
  await host.account(julietJid)
  await asks(romeo, 'get', "<items node='urn:o'/>", julietJid)
  await romeo.receivesError('iq', 'q', 'cancel', 'item-not-found')
})

async function exported(host: Scene, jid: string): Promise<string> {
  let text = ''
  const montague = host.server.router.host('montague.example') ?? assert.fail()
  for await (const piece of exportAccount(montague, bareOf(parseJid(jid)))) text += piece
  return text
}

async function imported(host: Scene, text: string, as: string): Promise<Peer> {
  const montague = host.server.router.host('montague.example') ?? assert.fail()
  const user = parseElement(text.replace("name='juliet'", `name='${as}' password='secret'`), {
    limits: 'none',
  })
  assert.deepEqual((await importAccount(montague, user)).passedOver, [])
  return host.client(`${as}@montague.example/new`, { password: 'secret' })
}

test('whoever has the address of a removed account is nobody at the nodes of others (XEP-0060 §4.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await publishes(juliet, 'n', item("<a xmlns='urn:a'/>", 'a'), options({ access_model: 'whitelist' }))
  const member = `<affiliations node='n'><affiliation jid='${romeoJid}' affiliation='member'/></affiliations>`
  await asks(juliet, 'set', member, '', owner)
  await juliet.forgets()
  await asks(romeo, 'set', `<subscribe node='n' jid='${romeoJid}/orchard'/>`, julietJid)
  await romeo.receivesResult('q')
  const montague = host.server.router.host('montague.example') ?? assert.fail()
  await montague.removeAccount(bareOf(parseJid(romeoJid)))
  const other = await host.online(`${romeoJid}/orchard`)
  await asks(other, 'get', "<items node='n'/>", julietJid)
  await other.receivesError('iq', 'q', 'cancel', 'not-allowed')
  await publishes(juliet, 'n', item("<a xmlns='urn:a'/>", 'b'))
  await other.receivesNothing()
  for (const what of ['affiliations', 'subscriptions']) {
    await asks(juliet, 'get', `<${what} node='n'/>`, '', owner)
    assert.doesNotMatch(writeElement(await juliet.takes()), /romeo/)
  }
})

test('nodes go with the account to another server: configuration, people and items (XEP-0227 §4.10)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const form = options({ access_model: 'whitelist', max_items: 'max' })
  for (const id of ['1', '2', '3'])
    await publishes(juliet, 'a b', item(`<x xmlns='urn:x'>${id}</x>`, id), form)
  const member = `<affiliations node='a b'><affiliation jid='${romeoJid}' affiliation='member'/></affiliations>`
  await asks(juliet, 'set', member, '', owner)
  await juliet.receivesResult('q')
  await asks(romeo, 'set', `<subscribe node='a b' jid='${romeoJid}'/>`, julietJid)
  await romeo.receivesResult('q')
  await romeo.takes('the last item')
  const text = (await exported(host, julietJid)).replace(/<scram-credentials.*?<\/scram-credentials>/g, '')
  const again = await imported(host, text, 'julia')
  await asks(again, 'get', "<items node='a b'/>")
  const items = [3, 2, 1].map(id => item(`<x xmlns='urn:x'>${id}</x>`, String(id))).join('')
  await again.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='a b'>${items}</items></pubsub></iq>`,
  )
  assert.equal(
    (await exported(host, 'julia@montague.example')).replace('julia', 'juliet').includes('romeo'),
    true,
  )
  await asks(romeo, 'get', "<items node='a b'/>", 'julia@montague.example')
  await romeo.receivesResult('q')
})

test('what others have exported is taken, and what cannot be had is taken safely (XEP-0227 §4.10)', async () => {
  await using host = await scene({ settings: { pep: { maxItems: 2 } } })
  const x = (value: string): string =>
    `<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE'><value>${pubsub}#node_config</value></field><field var='pubsub#access_model'><value>${value}</value></field><field var='urn:unheard-of'><value>1</value></field></x>`
  const configured = `<pubsub xmlns='${owner}'><configure node='nick'>${x('open')}</configure><configure node='odd'>${x('everybody')}</configure></pubsub>`
  const kept = `<pubsub xmlns='${pubsub}'><items node='nick'><item id='current'><nick xmlns='http://jabber.org/protocol/nick'>Romy</nick></item></items><items node='odd'/></pubsub>`
  await imported(host, `<user xmlns='urn:xmpp:pie:0' name='juliet'>${configured}${kept}</user>`, 'romy')
  const stranger = await host.online(`${romeoJid}/orchard`)
  await asks(stranger, 'get', "<items node='nick'/>", 'romy@montague.example')
  assert.match(writeElement(await stranger.takes()), /Romy/)
  await asks(stranger, 'get', "<items node='odd'/>", 'romy@montague.example')
  await stranger.receivesError('iq', 'q', 'cancel', 'not-allowed')
})

test('an answer to somebody whose address is the beginning of one’s own goes to them (XEP-0060 §8.6)', async () => {
  await using host = await scene()
  const anne = await host.client('anne@montague.example/a')
  const form = `<x xmlns='jabber:x:data' type='submit'>${field('FORM_TYPE', `${pubsub}#subscribe_authorization`)}${field('pubsub#subscriber_jid', romeoJid)}</x>`
  await anne.sends(`<message id='m' to='anne@montague'>${form}</message>`)
  assert.equal((await anne.takes()).attrs.get('type'), 'error')
})
