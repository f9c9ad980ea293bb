/** Whose things are, and what is said of them: XEP-0347 §3.9, §3.13, §3.14. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeElement } from '@waxwing/xml'
import {
  all,
  asks,
  at,
  claims,
  claimText,
  finds,
  hears,
  isRefused,
  key,
  meta,
  nf,
  registers,
  stage,
  xep,
} from './registry-kit.test.ts'

test('an owner claims a thing with exactly what it registered, in any order (XEP-0347 §3.9)', async () => {
  await using it = await stage()
  await registers(it.thing)
  const shuffled = `<num name='v' value='1.20'/><str name='Key' value='${key}'/><str name='model' value='IMC'/><str name='MAN' value='www.ktc.se'/><str name='sn' value='394872348732948723'/>`
  assert.equal(
    await asks(it.owner, 'set', claimText(shuffled, `public='true'`)),
    `<claimed xmlns="${xep}" jid="thing@montague.example" public="true"/>`,
  )
  await hears(it.thing, `<claimed xmlns='${xep}' jid='owner@montague.example' public='true'/>`)
})

test('the owner may claim it again, nobody else can (XEP-0347 §3.9)', async () => {
  await using it = await stage()
  await claims(it)
  const again = await asks(it.owner, 'set', claimText())
  assert.equal(again, `<claimed xmlns="${xep}" jid="thing@montague.example" public="true"/>`)
  await isRefused(it.other, 'set', claimText(), 'item-not-found')
})

const wrong: readonly [what: string, tags: string][] = [
  ['another key', `${meta}<str name='KEY' value='4857402340298343'/>`],
  ['no key', meta],
  ['a tag less', all.replace(/<num[^>]*>/, '')],
  ['a tag more', `${all}<str name='CITY' value='Verona'/>`],
  ['a text where a number was', all.replace('num', 'str')],
  ['another thing', `<str name='SN' value='1'/><str name='KEY' value='${key}'/>`],
]
for (const [what, tags] of wrong)
  test(`a claim with ${what} fails like any other (XEP-0347 §3.9)`, async () => {
    await using it = await stage()
    await registers(it.thing)
    await isRefused(it.owner, 'set', claimText(tags), 'item-not-found')
  })

test('who claims in vain too often has to wait', async () => {
  await using it = await stage({ failedClaimsPerHour: 2 })
  await registers(it.thing)
  const guess = claimText(`${meta}<str name='KEY' value='0000000000000000'/>`)
  for (let n = 0; n < 2; n++) await isRefused(it.owner, 'set', guess, 'item-not-found')
  await isRefused(it.owner, 'set', claimText(), 'resource-constraint')
  await it.host.advance(3_600_000)
  await asks(it.owner, 'set', claimText())
})

test('a thing whose key is guessed by many cannot be claimed for a while, which looks like a wrong key', async () => {
  await using it = await stage({ wrongKeysPerHour: 2 })
  await registers(it.thing)
  const guess = claimText(`${meta}<str name='KEY' value='0000000000000000'/>`)
  for (const peer of [it.other, it.owner]) await isRefused(peer, 'set', guess, 'item-not-found')
  await isRefused(it.owner, 'set', claimText(), 'item-not-found')
})

test('a claimed thing that registers hears whose it is, and nothing changes (XEP-0347 §3.6)', async () => {
  await using it = await stage()
  await claims(it)
  assert.equal(
    await registers(it.thing, `<str name='SN' value='2'/><str name='KEY' value='${key}'/>`),
    `<claimed xmlns="${xep}" jid="owner@montague.example" public="true"/>`,
  )
  assert.match(await finds(it.other, `<strEq name='SN' value='394872348732948723'/>`), /thing@montague/)
})

test('nodes behind a concentrator are things of their own, in every family of formats (XEP-0347 §3.8, §3.9)', async () => {
  await using it = await stage()
  await registers(it.thing, all, `nodeId='imc1' sourceId='MeteringTopology'`)
  await registers(it.thing, `<str name='SN' value='2'/><str name='KEY' value='${key}'/>`, `nodeId='imc2'`)
  assert.equal(
    await asks(it.owner, 'set', `<mine xmlns='${nf}' public='false'>${all}</mine>`),
    `<claimed xmlns="${nf}" jid="thing@montague.example" id="imc1" src="MeteringTopology" public="false"/>`,
  )
  await hears(
    it.thing,
    `<claimed xmlns='${xep}' jid='owner@montague.example' nodeId='imc1' sourceId='MeteringTopology' public='false'/>`,
  )
  assert.equal(
    await registers(it.thing, `<str name='SN' value='3'/><str name='KEY' value='${key}'/>`, `nodeId='imc2'`),
    '',
  )
})

test('a thing that is away hears of its owner when it is back', async () => {
  await using it = await stage()
  await registers(it.thing)
  await it.thing.closes()
  await asks(it.owner, 'set', claimText())
  await it.host.restart()
  const thing = await it.host.client('thing@montague.example/other')
  await thing.sends('<presence/>')
  const iqs = (await thing.forgets()).filter(({ name }) => name === 'iq')
  assert.match(iqs.map(iq => writeElement(iq)).join(), /claimed.*jid="owner@montague\.example"/)
  await thing.sends(`<iq type='result' id='${iqs[0]?.attrs.get('id')}' to='${at}'/>`)
  // Once it has answered it is not told again.
  const later = await it.host.client('thing@montague.example/third')
  await later.sends('<presence/>')
  assert.ok((await later.forgets()).every(({ name }) => name !== 'iq'))
})

test('the thing and its owner give tags new values; an empty text takes one away (XEP-0347 §3.13, §3.14)', async () => {
  await using it = await stage()
  await claims(it)
  const update = (tags: string, attributes = ''): string =>
    `<update xmlns='${xep}' ${attributes}>${tags}</update>`
  const toThing = `jid='thing@montague.example'`
  assert.equal(
    await asks(it.thing, 'set', update(`<str name='city' value='Verona'/><num name='V' value='2'/>`)),
    '',
  )
  assert.equal(
    await asks(it.owner, 'set', update(`<str name='ROOM' value='7'/><str name='SN' value=''/>`, toThing)),
    '',
  )
  const found = await finds(it.other)
  assert.match(found, /name="CITY" value="Verona"/)
  assert.match(found, /num name="V" value="2"/)
  assert.match(found, /name="ROOM" value="7"/)
  assert.doesNotMatch(found, /"SN"/)
  await isRefused(it.other, 'set', update(`<str name='ROOM' value='8'/>`, toThing), 'item-not-found')
  await isRefused(it.other, 'set', update(`<str name='ROOM' value='8'/>`), 'item-not-found')
  await isRefused(it.thing, 'set', update(`<str name='KEY' value='${key}'/>`), 'not-acceptable')
})

test('a thing without owner that updates learns that it has none (XEP-0347 §3.13)', async () => {
  await using it = await stage()
  await registers(it.thing)
  assert.equal(
    await asks(it.thing, 'set', `<update xmlns='${xep}'><str name='CITY' value='x'/></update>`),
    `<disowned xmlns="${xep}"/>`,
  )
})

test('owner and thing may use one account', async () => {
  await using it = await stage()
  const phone = await it.host.online('thing@montague.example/phone')
  await it.thing.forgets()
  await registers(it.thing)
  await asks(phone, 'set', claimText())
  await hears(it.thing, `<claimed xmlns='${xep}' jid='thing@montague.example' public='false'/>`)
  assert.match(await registers(it.thing), /claimed/)
})

test('things behind a component are told there', async () => {
  await using it = await stage({}, { components: { 'rack.example': 'secret' } })
  const rack = await it.host.component('rack.example')
  await rack.sends(
    `<iq type='set' from='plc@rack.example/1' to='${at}' id='r'><register xmlns='${xep}'>${all}</register></iq>`,
  )
  await rack.receives(`<iq type='result' id='r' from='${at}' to='plc@rack.example/1'/>`)
  await asks(it.owner, 'set', claimText())
  await rack.receives(
    `<iq type='set' id='{any}' from='${at}' to='plc@rack.example/1'><claimed xmlns='${xep}' jid='owner@montague.example' public='false'/></iq>`,
  )
})
