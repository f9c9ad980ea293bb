/** Service discovery and entity capabilities: XEP-0030, XEP-0115. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { type Element, elementsOf, textOf } from '@waxwing/xml'

const info = 'http://jabber.org/protocol/disco#info'
const items = 'http://jabber.org/protocol/disco#items'
const caps = 'http://jabber.org/protocol/caps'

async function ask(peer: Peer, ns: string, to: string, node?: string): Promise<Element> {
  const attribute = node === undefined ? '' : ` node='${node}'`
  await peer.sends(`<iq type='get' id='d' to='${to}'><query xmlns='${ns}'${attribute}/></iq>`)
  return (await peer.receivesResult('d')) ?? assert.fail('An empty result')
}

function valuesOf(query: Element, name: string, key: string): string[] {
  return elementsOf(query)
    .filter(child => child.name === name)
    .map(child => child.attrs.get(key) ?? '')
}

test('the host tells what it is and what it can (XEP-0030 §3.1)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const query = await ask(romeo, info, 'montague.example')
  const [identity] = elementsOf(query)
  assert.deepEqual(
    [identity?.name, identity?.attrs.get('category'), identity?.attrs.get('type')],
    ['identity', 'server', 'im'],
  )
  const features = valuesOf(query, 'feature', 'var')
  assert.equal(new Set(features).size, features.length)
  const expected = [
    info,
    items,
    'urn:xmpp:ping',
    'jabber:iq:version',
    'urn:xmpp:time',
    'jabber:iq:last',
    'vcard-temp',
    'urn:xmpp:blocking',
    'msgoffline',
  ]
  for (const feature of expected) assert.ok(features.includes(feature), feature)
})

test('the components of the host are its items (XEP-0030 §4.1)', async () => {
  await using host = await scene({ components: { 'gate.montague.example': 'secret' } })
  const romeo = await host.online('romeo@montague.example/orchard')
  const found = async () => valuesOf(await ask(romeo, items, 'montague.example'), 'item', 'jid')
  const own = await found()
  assert.ok(own.every(jid => jid?.endsWith('.montague.example') && !jid.startsWith('gate.')))
  await host.component('gate.montague.example')
  assert.deepEqual(await found(), [...own, 'gate.montague.example'])
})

for (const ns of [info, items])
  test(`a node nobody has is item-not-found in ${ns} (XEP-0030 §7)`, async () => {
    await using host = await scene()
    const romeo = await host.online('romeo@montague.example/orchard')
    for (const to of ['montague.example', 'romeo@montague.example']) {
      await romeo.sends(`<iq type='get' id='d' to='${to}'><query xmlns='${ns}' node='__proto__'/></iq>`)
      await romeo.receivesError('iq', 'd', 'cancel', 'item-not-found')
    }
  })

test('an account is an account to itself and to who sees its presence (XEP-0030 §8)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  await romeo.sends("<presence type='subscribe' to='juliet@montague.example'/>")
  await juliet.sends("<presence type='subscribed' to='romeo@montague.example'/>")
  await romeo.forgets()
  await juliet.forgets()
  for (const peer of [romeo, juliet]) {
    const query = await ask(peer, info, 'juliet@montague.example')
    const [identity] = elementsOf(query)
    assert.deepEqual(
      [identity?.attrs.get('category'), identity?.attrs.get('type')],
      ['account', 'registered'],
    )
    assert.deepEqual(valuesOf(await ask(peer, items, 'juliet@montague.example'), 'item', 'jid'), [
      'juliet@montague.example/balcony',
    ])
  }
})

for (const ns of [info, items])
  test(`a stranger hears the same of an account and of none in ${ns} (XEP-0030 §8)`, async () => {
    await using host = await scene()
    await host.online('juliet@montague.example/balcony')
    const tybalt = await host.online('tybalt@montague.example/street')
    const answers: string[] = []
    for (const account of ['juliet@montague.example', 'nobody@montague.example']) {
      await tybalt.sends(`<iq type='get' id='d' to='${account}'><query xmlns='${ns}'/></iq>`)
      const error = await tybalt.receivesError('iq', 'd', 'cancel', 'service-unavailable')
      answers.push(
        JSON.stringify(error.children, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
      )
    }
    assert.equal(answers[0], answers[1])
  })

test('a request to a full JID is for the client, not for the server (XEP-0030 §3.1)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  await romeo.sends(
    `<iq type='get' id='d' to='juliet@montague.example/balcony'><query xmlns='${info}'/></iq>`,
  )
  await juliet.receives(
    `<iq type='get' id='d' from='romeo@montague.example/orchard'><query xmlns='${info}'/></iq>`,
  )
})

test('the stream features carry capabilities that fit what the host says (XEP-0115 §5, §6.3)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const offered = new RegExp(`<c xmlns=['"]${caps}['"][^>]*>`).exec(host.transcript())?.[0] ?? ''
  const attr = (name: string): string => new RegExp(`${name}=['"]([^'"]+)`).exec(offered)?.[1] ?? ''
  assert.equal(attr('hash'), 'sha-1')
  const query = await ask(romeo, info, 'montague.example', `${attr('node')}#${attr('ver')}`)
  assert.equal(query.attrs.get('node'), `${attr('node')}#${attr('ver')}`)
  const identities = elementsOf(query)
    .filter(({ name }) => name === 'identity')
    .map(
      ({ attrs }) =>
        `${attrs.get('category')}/${attrs.get('type')}/${attrs.get('xml:lang') ?? ''}/${attrs.get('name') ?? ''}<`,
    )
  // §5.1 sorts the names, and puts what ends them behind each afterwards.
  const features = [...valuesOf(query, 'feature', 'var')].sort().map(feature => `${feature}<`)
  const forms = elementsOf(query).flatMap(({ name, children }) =>
    name === 'x' ? [formText(children.filter(child => typeof child !== 'string'))] : [],
  )
  const text = [...identities.sort(), ...features, ...forms.sort()].join('')
  assert.equal(createHash('sha1').update(text).digest('base64'), attr('ver'))
})

/** FORM_TYPE first, then the other fields with their values, each in order. XEP-0115 §5.1. */
function formText(fields: readonly Element[]): string {
  const lines = fields.map(field => ({
    name: field.attrs.get('var') ?? '',
    values: elementsOf(field).map(value => `${textOf(value)}<`),
  }))
  const type = lines.find(({ name }) => name === 'FORM_TYPE')
  const others = lines
    .filter(line => line !== type)
    .map(({ name, values }) => `${name}<${values.sort().join('')}`)
  return (type?.values.join('') ?? '') + others.sort().join('')
}

test('capabilities in presence pass as they are (XEP-0115 §6.1)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const caps115 = `<c xmlns='${caps}' hash='sha-1' node='https://example.org' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>`
  await romeo.sends(`<presence>${caps115}</presence>`)
  await romeo.receives(`<presence from='romeo@montague.example/orchard'>${caps115}</presence>`)
})

const rsm = 'http://jabber.org/protocol/rsm'
const resources = ['a', 'b', 'c', 'd', 'e']
const pages: readonly [asked: string, found: string, index: string | undefined][] = [
  ['<max>2</max>', 'ab', '0'],
  ['<max>2</max><after>b</after>', 'cd', '2'],
  ['<after>e</after>', '', undefined],
  ['<max>2</max><before/>', 'de', '3'],
  ['<max>2</max><before>b</before>', 'a', '0'],
  ['<max>2</max><index>3</index>', 'de', '3'],
  ['<index>5</index>', '', undefined],
  ['<max>0</max>', '', undefined],
  ['', 'abcde', '0'],
]

for (const [asked, found, index] of pages)
  test(`of five items ${asked || 'an empty set'} gives "${found}" (XEP-0059 §2)`, async () => {
    await using host = await scene()
    const peers = []
    for (const name of resources) peers.push(await host.online(`romeo@montague.example/${name}`))
    const [peer] = peers
    assert.ok(peer)
    await peer.forgets()
    const set = asked.replace(/>([a-e])</, '>romeo@montague.example/$1<')
    await peer.sends(
      `<iq type='get' id='d' to='romeo@montague.example'><query xmlns='${items}'><set xmlns='${rsm}'>${set}</set></query></iq>`,
    )
    const query = (await peer.receivesResult('d')) ?? assert.fail('An empty result')
    assert.equal(
      valuesOf(query, 'item', 'jid')
        .map(jid => jid.at(-1))
        .join(''),
      found,
    )
    const page = elementsOf(query).find(({ ns }) => ns === rsm) ?? assert.fail('no <set/>')
    assert.deepEqual(valuesOf(page, 'first', 'index'), index === undefined ? [] : [index])
    assert.equal(textOf(elementsOf(page).find(({ name }) => name === 'count') ?? page), '5')
  })

for (const [asked, type, condition] of [
  ['<after>romeo@montague.example/gone</after>', 'cancel', 'item-not-found'],
  ['<before/><index>1</index>', 'modify', 'bad-request'],
] as const)
  test(`a page of items ${asked} is ${condition} (XEP-0059 §2.2)`, async () => {
    await using host = await scene()
    const romeo = await host.online('romeo@montague.example/orchard')
    await romeo.sends(
      `<iq type='get' id='d' to='montague.example'><query xmlns='${items}'><set xmlns='${rsm}'>${asked}</set></query></iq>`,
    )
    await romeo.receivesError('iq', 'd', type, condition)
  })
