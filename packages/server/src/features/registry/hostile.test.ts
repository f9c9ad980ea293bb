/** What strangers try with a registry: too much, too often, and names that mean something to JavaScript. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  all,
  anyModel,
  asks,
  claims,
  finds,
  isRefused,
  key,
  nothing,
  registers,
  searchText,
  stage,
  xep,
} from './registry-kit.test.ts'

const tags = (count: number): string =>
  Array.from({ length: count }, (_, n) => `<num name='n${n}' value='1'/>`).join('')

/** Requests, by what is wrong with them. */
const refused: readonly [what: string, type: 'get' | 'set', payload: string, condition: string][] = [
  ['5,000 tags', 'set', `<register xmlns='${xep}'>${tags(5_000)}</register>`, 'bad-request'],
  ['65 tags and a key', 'set', `<register xmlns='${xep}'>${tags(65)}${all}</register>`, 'not-acceptable'],
  ['65 tags in an update', 'set', `<update xmlns='${xep}'>${tags(66)}</update>`, 'not-acceptable'],
  ['a claim of 66 tags', 'set', `<mine xmlns='${xep}'>${tags(66)}</mine>`, 'not-acceptable'],
  ['33 conditions', 'get', searchText(anyModel.repeat(33)), 'resource-constraint'],
  ['5,000 conditions', 'get', searchText(anyModel.repeat(5_000)), 'bad-request'],
  ['a condition that is not a number', 'get', searchText("<numEq name='V' value='NaN'/>"), 'bad-request'],
  ['a condition without end', 'get', searchText("<numEq name='V' value='INF'/>"), 'bad-request'],
  ['a page before the first', 'get', searchText(anyModel, "offset='-1'"), 'bad-request'],
  ['a page of nothing', 'get', searchText(anyModel, "maxCount='0'"), 'bad-request'],
  ['a name that is none', 'get', searchText("<strEq name='a:b' value='1'/>"), 'bad-request'],
  ['nothing to look for', 'get', searchText(''), 'bad-request'],
]

test('requests that ask for too much are refused, and everything else goes on', async () => {
  await using it = await stage()
  for (const [what, type, payload, condition] of refused) {
    await isRefused(it.other, type, payload, condition).catch((error: unknown) => {
      throw new Error(what, { cause: error })
    })
  }
  assert.equal(await registers(it.thing), '')
})

test('100,000 tags do not get as far as the registry (RFC 6120 §13.12)', async () => {
  await using it = await stage()
  await it.thing.sends(
    `<iq type='set' to='registry.montague.example' id='r'><register xmlns='${xep}'>${tags(100_000)}</register></iq>`,
  )
  await it.thing.receivesStreamError('policy-violation')
  assert.equal(await finds(it.other), nothing)
})

test('a search far behind the end, or for very many, finds what there is', async () => {
  await using it = await stage()
  await claims(it)
  assert.equal(await finds(it.other, anyModel, "offset='9007199254740991'"), nothing)
  assert.match(await finds(it.other, anyModel, "maxCount='2147483647'"), /jid="thing@/)
})

for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'size'])
  test(`a tag called ${name} is a tag like any other`, async () => {
    await using it = await stage()
    assert.equal(await finds(it.other, `<strEq name='${name}' value='x'/>`), nothing)
    await registers(it.thing, `<str name='${name}' value='x'/>${all}`, "selfOwned='true'")
    assert.match(await finds(it.other, `<strEq name='${name}' value='x'/>`), /jid="thing@/)
    assert.equal(await finds(it.other, `<strEq name='${name}' value='y'/>`), nothing)
  })

test('a text is no number, and a number no text, whatever they look like', async () => {
  await using it = await stage()
  await registers(
    it.thing,
    `<str name='T' value='1'/><num name='N' value='1'/><num name='Z' value='-0'/>${all}`,
    "selfOwned='true'",
  )
  for (const condition of [`<numEq name='T' value='1'/>`, `<strEq name='N' value='1'/>`])
    assert.equal(await finds(it.other, condition), nothing)
  for (const condition of [
    `<numEq name='N' value='1.0'/>`,
    `<numEq name='Z' value='0'/>`,
    `<strEq name='t' value='1'/>`,
  ])
    assert.match(await finds(it.other, condition), /jid="thing@/)
})

test('nobody finds a key, nor a thing by it, whatever they ask', async () => {
  await using it = await stage()
  await registers(it.thing, all, "selfOwned='true'")
  for (const condition of [
    `<strEq name='KEY' value='${key}'/>`,
    `<strNEq name='key' value='x'/>`,
    `<strMask name='KEY' value='*' wildcard='*'/>`,
    `${anyModel}<strEq name='Key' value='${key}'/>`,
  ])
    assert.equal(await finds(it.other, condition), nothing)
  assert.doesNotMatch(await finds(it.other), new RegExp(key))
})

test('what a thing says in turns is found as it was said last', async () => {
  await using it = await stage()
  await claims(it)
  for (let n = 0; n < 50; n++)
    await asks(
      it.thing,
      'set',
      `<update xmlns='${xep}'><num name='N' value='${n}'/><str name='ROOM' value='r${n % 3}'/></update>`,
    )
  for (const [n, isThere] of [
    [48, false],
    [49, true],
  ] as const)
    assert.equal((await finds(it.other, `<numEq name='N' value='${n}'/>`)) !== nothing, isThere)
  await asks(it.thing, 'set', `<update xmlns='${xep}'><str name='ROOM' value=''/></update>`)
  for (const room of ['r0', 'r1', 'r2', ''])
    assert.equal(await finds(it.other, `<strEq name='ROOM' value='${room}'/>`), nothing)
})
