/** Requests that are refused, section by section of XEP-0060; and what nobody should send. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { elementsOf, writeElement } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { a, asks, configure, item, options, owner, publishes, pubsub, stage } from './pep-kit.test.ts'

type Who = 'romeo' | 'juliet'
type Row = readonly [what: string, who: Who, type: 'get' | 'set', inside: string, error: string, ns?: string]

const jid = `jid='${romeoJid}'`
const refused: readonly Row[] = [
  // §6.1.3
  [
    '6.1.3.1',
    'romeo',
    'set',
    `<subscribe node='open' jid='${julietJid}'/>`,
    'modify bad-request invalid-jid',
  ],
  ['6.1.3.1', 'romeo', 'set', "<subscribe node='open'/>", 'modify bad-request invalid-jid'],
  ['6.1.3.3', 'romeo', 'set', `<subscribe node='roster' ${jid}/>`, 'auth not-authorized not-in-roster-group'],
  ['6.1.3.4', 'romeo', 'set', `<subscribe node='whitelist' ${jid}/>`, 'cancel not-allowed closed-node'],
  ['6.1.3.12', 'romeo', 'set', `<subscribe node='none' ${jid}/>`, 'cancel item-not-found'],
  ['6.1', 'romeo', 'set', `<subscribe ${jid}/>`, 'modify bad-request nodeid-required'],
  // §6.2.3
  [
    '6.2.3.2',
    'romeo',
    'set',
    `<unsubscribe node='open' ${jid}/>`,
    'cancel unexpected-request not-subscribed',
  ],
  ['6.2.3.3', 'romeo', 'set', `<unsubscribe node='open' jid='${julietJid}'/>`, 'auth forbidden'],
  ['6.2.3.4', 'romeo', 'set', `<unsubscribe node='none' ${jid}/>`, 'cancel item-not-found'],
  ['6.2.3', 'romeo', 'set', `<unsubscribe node='whitelist' ${jid}/>`, 'cancel item-not-found'],
  // §6.3, §6.4
  ['6.3.4.6', 'romeo', 'get', `<options node='open' ${jid}/>`, 'cancel feature-not-implemented unsupported'],
  ['6.4.3.2', 'romeo', 'get', '<default/>', 'cancel feature-not-implemented unsupported'],
  // §6.5.9
  ['6.5.9.3', 'romeo', 'get', "<items node='authorize'/>", 'auth not-authorized not-subscribed'],
  ['6.5.9.7', 'romeo', 'get', "<items node='roster'/>", 'auth not-authorized not-in-roster-group'],
  ['6.5.9.8', 'romeo', 'get', "<items node='whitelist'/>", 'cancel not-allowed closed-node'],
  ['6.5.9.11', 'romeo', 'get', "<items node='none'/>", 'cancel item-not-found'],
  ['6.5', 'romeo', 'get', '<items/>', 'modify bad-request nodeid-required'],
  // §7.1.3
  ['7.1.3.1', 'romeo', 'set', `<publish node='open'>${item(a)}</publish>`, 'auth forbidden'],
  ['7.1.3.1', 'romeo', 'set', `<publish node='none'>${item(a)}</publish>`, 'auth forbidden'],
  [
    '7.1.3.5',
    'juliet',
    'set',
    `<publish node='open'>${item(`<a xmlns='urn:a'>${'é'.repeat(600)}</a>`)}</publish>`,
    'modify not-acceptable payload-too-big',
  ],
  [
    '7.1.3.6',
    'juliet',
    'set',
    `<publish node='open'>${item(a + a)}</publish>`,
    'modify bad-request invalid-payload',
  ],
  [
    '7.1.3.6',
    'juliet',
    'set',
    `<publish node='atom'>${item("<b xmlns='urn:b'/>")}</publish>`,
    'modify bad-request invalid-payload',
  ],
  ['7.1.3.7', 'juliet', 'set', "<publish node='open'/>", 'modify bad-request item-required'],
  [
    '7.1.3.7',
    'juliet',
    'set',
    "<publish node='open'><item/></publish>",
    'modify bad-request payload-required',
  ],
  [
    '7.1.3.7',
    'juliet',
    'set',
    `<publish node='bare'>${item(a)}</publish>`,
    'modify bad-request item-forbidden',
  ],
  ['7.1.1', 'juliet', 'set', `<publish node='open'>${item(a)}${item(a)}</publish>`, 'modify bad-request'],
  ['7.1.1', 'juliet', 'set', `<publish>${item(a)}</publish>`, 'modify bad-request nodeid-required'],
  [
    '7.1.5',
    'juliet',
    'set',
    `<publish node='open'>${item(a)}</publish>${options({ access_model: 'whitelist' })}`,
    'cancel conflict precondition-not-met',
  ],
  [
    '7.1.5',
    'juliet',
    'set',
    `<publish node='new'>${item(a)}</publish>${options({ 'unheard-of': '1' })}`,
    'cancel conflict precondition-not-met',
  ],
  [
    '7.1.5',
    'juliet',
    'set',
    `<publish node='new'>${item(a)}</publish>${options({ access_model: 'everybody' })}`,
    'modify bad-request invalid-options',
  ],
  // §7.2.3
  ['7.2.3.1', 'romeo', 'set', "<retract node='open'><item id='1'/></retract>", 'auth forbidden'],
  ['7.2.3.2', 'juliet', 'set', "<retract node='none'><item id='1'/></retract>", 'cancel item-not-found'],
  ['7.2.3.2', 'juliet', 'set', "<retract node='open'><item id='2'/></retract>", 'cancel item-not-found'],
  ['7.2.3.3', 'juliet', 'set', "<retract><item id='1'/></retract>", 'modify bad-request nodeid-required'],
  ['7.2.3.4', 'juliet', 'set', "<retract node='open'><item/></retract>", 'modify bad-request item-required'],
  [
    '7.2.3.5',
    'juliet',
    'set',
    "<retract node='transient'><item id='1'/></retract>",
    'cancel feature-not-implemented unsupported',
  ],
  // §8
  ['8.1.1', 'romeo', 'set', "<create node='mine'/>", 'auth forbidden'],
  ['8.1.1', 'juliet', 'set', "<create node='open'/>", 'cancel conflict'],
  ['8.1.3', 'juliet', 'set', `<create node='new'/>${configure('new', {})}`, 'modify bad-request'],
  ['8.2.3.2', 'romeo', 'get', "<configure node='open'/>", 'auth forbidden', owner],
  ['8.2.3.3', 'juliet', 'get', '<configure/>', 'modify bad-request nodeid-required', owner],
  ['8.2.3.5', 'juliet', 'get', "<configure node='none'/>", 'cancel item-not-found', owner],
  [
    '8.2.5.2',
    'juliet',
    'set',
    configure('open', { max_items: '1000000' }),
    'modify not-acceptable invalid-options',
    owner,
  ],
  [
    '8.2.5.2',
    'juliet',
    'set',
    configure('open', { max_items: '-1' }),
    'modify bad-request invalid-options',
    owner,
  ],
  [
    '8.3.2',
    'juliet',
    'get',
    "<default type='collection'/>",
    'cancel feature-not-implemented unsupported',
    owner,
  ],
  ['8.4.3.1', 'romeo', 'set', "<delete node='open'/>", 'auth forbidden', owner],
  ['8.4.3.2', 'juliet', 'set', "<delete node='none'/>", 'cancel item-not-found', owner],
  ['8.5.3.2', 'romeo', 'set', "<purge node='open'/>", 'auth forbidden', owner],
  [
    '8.5.3.3',
    'juliet',
    'set',
    "<purge node='transient'/>",
    'cancel feature-not-implemented unsupported',
    owner,
  ],
  ['8.5.3.4', 'juliet', 'set', "<purge node='none'/>", 'cancel item-not-found', owner],
  ['8.8.1.3.2', 'romeo', 'get', "<subscriptions node='open'/>", 'auth forbidden', owner],
  [
    '8.8.2.3.3',
    'juliet',
    'set',
    `<subscriptions node='none'><subscription ${jid} subscription='none'/></subscriptions>`,
    'cancel item-not-found',
    owner,
  ],
  ['8.9.1.3.2', 'romeo', 'get', "<affiliations node='whitelist'/>", 'auth forbidden', owner],
  [
    '8.9.2.4',
    'juliet',
    'set',
    `<affiliations node='open'><affiliation jid='${julietJid}' affiliation='none'/></affiliations>`,
    'modify not-acceptable',
    owner,
  ],
  [
    '8.9.2.4',
    'juliet',
    'set',
    `<affiliations node='open'><affiliation ${jid} affiliation='owner'/></affiliations>`,
    'modify not-acceptable',
    owner,
  ],
  [
    '8.9.2.4',
    'juliet',
    'set',
    `<affiliations node='open'><affiliation ${jid} affiliation='member'/><affiliation jid='${romeoJid}/x' affiliation='none'/></affiliations>`,
    'modify bad-request',
    owner,
  ],
  // What nobody should send
  ['17.1', 'juliet', 'get', '', 'modify bad-request'],
  ['17.1', 'juliet', 'set', "<unheard-of xmlns='urn:x'/>", 'modify bad-request'],
  [
    '17.1',
    'juliet',
    'set',
    `<publish node='${'n'.repeat(1_100)}'>${item(a)}</publish>`,
    'modify not-acceptable',
  ],
  [
    '17.1',
    'juliet',
    'set',
    `<publish node='open'>${item(a, 'i'.repeat(1_100))}</publish>`,
    'modify not-acceptable',
  ],
  ['17.1', 'juliet', 'get', "<items node='open' max_items='-1'/>", 'modify bad-request'],
  [
    '17.4',
    'juliet',
    'set',
    "<subscriptions node='open'><subscription jid='@' subscription='none'/></subscriptions>",
    'modify bad-request',
    owner,
  ],
  [
    '17.4',
    'juliet',
    'set',
    "<subscriptions node='open'><subscription subscription='none'/></subscriptions>",
    'modify bad-request jid-required',
    owner,
  ],
]

test('what cannot be had is refused as XEP-0060 says', async t => {
  await using host = await scene({ settings: { pep: { maxItemBytes: 1_024 } } })
  const peers = await stage(host)
  for (const [section, who, type, inside, error, ns = pubsub] of refused)
    await t.test(`§${section}: ${inside.slice(0, 100)} of ${who} is ${error}`, async () => {
      await asks(peers[who], type, inside, who === 'romeo' ? julietJid : '', ns)
      const answer = await peers[who].takes()
      const found = elementsOf(answer).at(-1) ?? assert.fail()
      const names = elementsOf(found).flatMap(({ name }) => (name === 'text' ? [] : name))
      assert.equal([found.attrs.get('type'), ...names].join(' '), error, writeElement(answer))
      await peers.romeo.receivesNothing()
      await peers.juliet.receivesNothing()
    })
})

test('a stranger hears the same of no node and of no account (RFC 6121 §8.5.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  for (const inside of ["<items node='n'/>", `<subscriptions/>`, '<affiliations/>']) {
    const heard: string[] = []
    for (const to of [julietJid, 'nobody@montague.example']) {
      await asks(romeo, 'get', inside, to)
      heard.push(writeElement(await romeo.takes()).replaceAll(to, ''))
    }
    assert.equal(heard[0], heard[1])
  }
})

test('broken capabilities, photo hashes and forms are passed on as they are, and harm nothing', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await publishes(juliet, 'n', item(a, '1'))
  await juliet.forgets()
  const caps = 'http://jabber.org/protocol/caps'
  const presences = [
    `<c xmlns='${caps}'/>`,
    `<c xmlns='${caps}' hash='md5' node='' ver=''/>`,
    `<c xmlns='${caps}' hash='__proto__' node='n' ver='__proto__'/>`,
    "<x xmlns='vcard-temp:x:update'><photo><b/></photo></x>",
  ]
  for (const inside of presences) {
    await juliet.sends(`<presence>${inside}</presence>`)
    assert.ok((await juliet.forgets()).some(({ name }) => name === 'presence'))
  }
  await juliet.sends(`<message to='${julietJid}'><x xmlns='jabber:x:data' type='?'><field/></x></message>`)
  assert.equal((await juliet.takes()).name, 'message')
  // An answer to a question nobody has asked.
  await juliet.sends(
    "<iq type='result' id='x' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  await juliet.receivesNothing()
})
