/** The registry of things: XEP-0347, with the addresses of its examples where they fit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import {
  all,
  asks,
  at,
  claims,
  claimText,
  finds,
  isRefused,
  key,
  meta,
  nf,
  registers,
  stage,
  xep,
} from './registry-kit.test.ts'

test('it is found by the items and features of the server (XEP-0347 §4)', async () => {
  await using it = await stage()
  await it.thing.sends(
    `<iq type='get' to='montague.example' id='i'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
  )
  const items = await it.thing.receivesResult('i')
  assert.ok(items && writeElement(items).includes(`<item jid="${at}" name="Registry of things"/>`))
  const info = await asks(it.thing, 'get', `<query xmlns='http://jabber.org/protocol/disco#info'/>`)
  for (const feature of [xep, 'urn:ieee:iot:disco:1.0', nf, 'urn:nfi:iot:disco:1.0'])
    assert.ok(info.includes(`<feature var="${feature}"/>`), feature)
  await isRefused(
    it.thing,
    'get',
    `<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>`,
    'item-not-found',
  )
  await isRefused(it.thing, 'get', `<query xmlns='urn:example'/>`, 'service-unavailable')
})

test('each host shows its own registry alone', async () => {
  await using host = await scene({ domains: ['montague.example', 'capulet.example'] })
  const nurse = await host.online('nurse@capulet.example/hall')
  const items = 'http://jabber.org/protocol/disco#items'
  await nurse.sends(`<iq type='get' to='capulet.example' id='i'><query xmlns='${items}'/></iq>`)
  const query = await nurse.receivesResult('i')
  assert.ok(query)
  assert.doesNotMatch(writeElement(query), /montague/)
})

test('it can have another domain, or be off', async () => {
  const items = `<iq type='get' to='montague.example' id='i'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`
  for (const [settings, jids] of [
    [{ domain: 'things.example' }, ['things.example']],
    [{ enabled: false }, []],
  ] as const) {
    await using it = await stage(settings)
    await it.thing.sends(items)
    const query = await it.thing.receivesResult('i')
    const found = [...(query ? writeElement(query) : '').matchAll(/jid="([^"]*)" name="Registry of things"/g)]
    assert.deepEqual(
      found.map(([, jid]) => jid),
      jids,
    )
  }
})

test('a thing registers as often as it likes (XEP-0347 §3.6)', async () => {
  await using it = await stage()
  assert.equal(await registers(it.thing), '')
  assert.equal(await registers(it.thing, `<str name='SN' value='2'/><str name='KEY' value='${key}'/>`), '')
  // What the first one said is forgotten.
  await isRefused(it.owner, 'set', claimText(), 'item-not-found')
})

test('a self-owned thing is public at once and nobody can claim it (XEP-0347 §3.7)', async () => {
  await using it = await stage()
  await registers(it.thing, all, `selfOwned='true'`)
  assert.match(await finds(it.other), /thing@montague/)
  await isRefused(it.owner, 'set', claimText(), 'item-not-found')
  await registers(it.thing, all, `selfOwned='true'`)
})

test('self-owned things can be forbidden', async () => {
  await using it = await stage({ selfOwned: false })
  await isRefused(it.thing, 'set', `<register xmlns='${xep}' selfOwned='1'>${all}</register>`, 'not-allowed')
})

test('everything is still there after a restart, but for the key of what was claimed', async () => {
  await using it = await stage()
  await claims(it)
  const tag = `<str name='SN' value='2'/><str name='KEY' value='${key}'/>`
  await registers(it.thing, tag, `nodeId='n'`)
  await it.host.restart()
  const other = await it.host.online('curious@montague.example/client')
  assert.match(await finds(other), /jid="thing@montague\.example"/)
  await isRefused(other, 'set', claimText(), 'item-not-found')
  assert.match(await asks(other, 'set', claimText(tag)), /nodeId="n"/)
})

const bad: readonly [what: string, tags: string, condition: string][] = [
  ['a short key', `${meta}<str name='KEY' value='1234'/>`, 'not-acceptable'],
  ['no key', meta, 'not-acceptable'],
  ['a name with a colon', `${all}<str name='a:b' value=''/>`, 'bad-request'],
  ['a name that is too long', `${all}<str name='${'a'.repeat(65)}' value=''/>`, 'bad-request'],
  ['a text that is too long', `${all}<str name='a' value='${'a'.repeat(129)}'/>`, 'not-acceptable'],
  ['a tag twice', `${all}<str name='sn' value='1'/>`, 'bad-request'],
  ['a number that is none', `${all}<num name='a' value='x'/>`, 'bad-request'],
  [
    'too many tags',
    `${all}${Array.from({ length: 64 }, (_, n) => `<num name='n${n}' value='1'/>`).join('')}`,
    'not-acceptable',
  ],
]
for (const [what, tags, condition] of bad)
  test(`a registration with ${what} is refused: ${condition} (XEP-0347 §5.2)`, async () => {
    await using it = await stage()
    await isRefused(it.thing, 'set', `<register xmlns='${xep}'>${tags}</register>`, condition)
  })

test('a text may have 128 characters, also of those that take more room (XEP-0347 §5.2)', async () => {
  await using it = await stage()
  const text = (birds: number): string =>
    `<register xmlns='${xep}'>${all}<str name='a' value='${'🐦'.repeat(birds)}'/></register>`
  await asks(it.thing, 'set', text(128))
  await isRefused(it.thing, 'set', text(129), 'not-acceptable')
})

test('an address, and all together, register so many things and no more', async () => {
  await using it = await stage({ maxThingsPerAccount: 2, maxThings: 3 })
  const text = (node: string): string => `<register xmlns='${xep}' nodeId='${node}'>${all}</register>`
  for (const node of ['a', 'b', 'a']) await asks(it.thing, 'set', text(node))
  await isRefused(it.thing, 'set', text('c'), 'resource-constraint')
  await asks(it.other, 'set', text('a'))
  await isRefused(it.owner, 'set', text('a'), 'resource-constraint')
})

test('whoever asks for its friendship has it, and messages are refused (XEP-0347 §5.1)', async () => {
  await using it = await stage()
  await it.thing.sends(`<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>`)
  await it.thing.sends(`<presence type='subscribe' to='${at}'/>`)
  const heard = (await it.thing.forgets()).map(element => writeElement(element))
  const presences = heard.filter(text => text.startsWith('<presence'))
  // RFC 6121 §3.1.5: approved first, seen then
  assert.match(presences[0] ?? '', /type="subscribed"/, heard.join('\n'))
  assert.doesNotMatch(presences[1] ?? 'type', /type/, heard.join('\n'))
  await it.thing.sends(`<message to='${at}' id='m'><body>hello</body></message>`)
  await it.thing.receivesError('message', 'm', 'cancel', 'service-unavailable')
  await it.thing.sends(`<iq type='get' to='someone@${at}' id='x'><query xmlns='jabber:iq:version'/></iq>`)
  await it.thing.receivesError('iq', 'x', 'cancel', 'service-unavailable')
})

test('its domain is taken: no component gets it, and no other service (XEP-0114 §3)', async () => {
  await using it = await stage({}, { components: { [at]: 'secret' } })
  await assert.rejects(it.host.component(at))
  await assert.rejects(
    scene({ domains: ['a.example', 'b.example'], settings: { registry: { domain: 'things.example' } } }),
    /'registry' cannot serve things\.example/,
  )
})
