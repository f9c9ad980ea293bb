/** Searches on the wire, and what they tell of whom: XEP-0347 §3.15. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, writeElement } from '@waxwing/xml'
import {
  anyModel,
  asks,
  claims,
  finds,
  isRefused,
  key,
  meta,
  nf,
  nothing,
  registers,
  searchText,
  stage,
  xep,
} from './registry-kit.test.ts'

test('things are found when they are public and have an owner; the key never, the owner by itself (XEP-0347 §3.15)', async () => {
  await using it = await stage()
  await registers(it.thing)
  assert.equal(await finds(it.other), nothing)
  await claims(it)
  const tags = writeElement(parseElement(`<x xmlns="${xep}">${meta}</x>`)).replace(/<\/?x[^>]*>/g, '')
  const found = (owner: string): string =>
    `<found xmlns="${xep}" more="false"><thing owner="${owner}" jid="thing@montague.example">${tags}</thing></found>`
  assert.equal(await finds(it.other), found(''))
  assert.equal(await finds(it.owner), found('owner@montague.example'))
  assert.equal(await finds(it.other, `${anyModel}<strEq name='KEY' value='${key}'/>`), nothing)
  assert.equal(await finds(it.other, `<strNEq name='KEY' value='x'/>`), nothing)
})

test('a private thing is never found by a search', async () => {
  for (const attributes of ['', `public='false'`]) {
    await using it = await stage()
    await claims(it, attributes)
    assert.equal(await finds(it.other), nothing)
    assert.equal(await finds(it.owner), nothing)
  }
})

test('an operator may have it as XEP-0347 §3.9 says: public unless told otherwise', async () => {
  await using it = await stage({ publicUnlessSaid: true })
  await claims(it, '')
  assert.match(await finds(it.other), /thing@montague/)
})

test('the example of a search (XEP-0347 §3.15)', async () => {
  await using it = await stage()
  await claims(it)
  await asks(
    it.thing,
    'set',
    `<update xmlns='${xep}'><str name='KEY' value=''/><str name='CLASS' value='PLC'/><num name='LON' value='-71.519722'/><num name='LAT' value='-33.008055'/></update>`,
  )
  const conditions = `<strEq name='MAN' value='www.ktc.se'/>${anyModel}<strMask name='SN' value='39487*' wildcard='*'/><numRange name='V' min='1' minIncluded='true' max='2' maxIncluded='false'/><numRange name='LON' min='-72' max='-70'/><numRange name='LAT' min='-34' max='-33'/>`
  assert.match(await finds(it.other, conditions, `offset='0' maxCount='20'`), /jid="thing@montague\.example"/)
})

test('long lists come in pages, in the order of registration (XEP-0347 §3.15)', async () => {
  await using it = await stage({ maxFound: 2 })
  for (const n of [1, 2, 3])
    await registers(it.thing, `<num name='N' value='${n}'/>`, `nodeId='n${n}' selfOwned='true'`)
  const page = async (attributes: string): Promise<readonly string[]> => {
    const found = await finds(it.other, `<numGt name='N' value='0'/>`, attributes)
    return [...found.matchAll(/nodeId="(\w+)"|more="(\w+)"/g)].map(([, node, more]) => node ?? more ?? '')
  }
  assert.deepEqual(await page(''), ['true', 'n1', 'n2'])
  assert.deepEqual(await page(`offset='2'`), ['false', 'n3'])
  assert.deepEqual(await page(`maxCount='1' offset='1'`), ['true', 'n2'])
  assert.deepEqual(await page(`maxCount='100'`), ['true', 'n1', 'n2'])
  assert.deepEqual(await page(`offset='3'`), ['false'])
})

test('an answer stays small, and one thing always fits', async () => {
  await using it = await stage({ maxFoundSize: 1_024 })
  const long = Array.from({ length: 10 }, (_, n) => `<str name='T${n}' value='${'x'.repeat(128)}'/>`).join('')
  for (const n of [1, 2])
    await registers(it.thing, `<num name='N' value='${n}'/>${long}`, `nodeId='n${n}' selfOwned='true'`)
  for (const [offset, node, more] of [
    [0, 'n1', true],
    [1, 'n2', false],
  ] as const) {
    const found = await finds(it.other, `<numGt name='N' value='0'/>`, `offset='${offset}'`)
    assert.deepEqual(
      Array.from(found.matchAll(/nodeId="(\w+)"/g), match => match[1]),
      [node],
    )
    assert.ok(found.includes(`more="${more}"`))
  }
})

test('a search without conditions, and too many searches, are refused', async () => {
  await using it = await stage({ searchesAtOnce: 2 })
  await isRefused(it.other, 'get', searchText(''), 'bad-request')
  await finds(it.other)
  await isRefused(it.other, 'get', searchText(anyModel), 'resource-constraint')
  await it.host.advance(2_000)
  await finds(it.other)
})

test('administrators are told owners, too', async () => {
  const settings = { administration: { admins: ['curious@montague.example'] } }
  await using it = await stage({}, { settings })
  await claims(it)
  assert.match(await finds(it.other), /owner="owner@montague\.example"/)
})

test('owners list what is theirs, private or not (IEEE 1451.99, owners)', async () => {
  await using it = await stage()
  await claims(it, `public='false'`)
  const question = `<getDevices xmlns='urn:nf:iot:prov:o:1.0' offset='0' maxCount='10'/>`
  const mine = await asks(it.owner, 'get', question)
  assert.match(mine, /^<found xmlns="urn:nf:iot:disco:1\.0".*owner="owner@montague\.example".*"IMC"/)
  assert.doesNotMatch(mine, /KEY/)
  assert.equal(await asks(it.other, 'get', question), `<found xmlns="${nf}" more="false"/>`)
})

test('what is found fits into a stanza, whatever stands in its tags', async () => {
  await using it = await stage()
  const tags = Array.from(
    { length: 64 },
    (_, n) =>
      `<str name='${`N${n}`.padEnd(12, 'x')}${'&quot;'.repeat(50)}' value='${'&quot;'.repeat(128)}'/>`,
  )
  for (let n = 0; n < 8; n++)
    await registers(
      it.thing,
      `${tags.slice(1).join('')}<str name='MODEL' value='IMC'/>`,
      `nodeId='n${n}' selfOwned='true'`,
    )
  const found = await finds(it.other)
  assert.ok(found.length < 150_000, `${found.length}`)
  assert.match(found, /more="true"/)
})
