/** Things leave the registry or their owners: XEP-0347 §3.10, §3.16, §3.17. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  all,
  asks,
  at,
  claims,
  claimText,
  disownText,
  finds,
  hears,
  isRefused,
  nothing,
  registers,
  removeText,
  stage,
  xep,
} from './registry-kit.test.ts'

test('what its owner removes is not found any more, and stays with its owner (XEP-0347 §3.10)', async () => {
  await using it = await stage()
  await claims(it)
  await isRefused(it.other, 'set', removeText, 'item-not-found')
  await asks(it.owner, 'set', removeText)
  await hears(it.thing, `<removed xmlns='${xep}'/>`)
  assert.equal(await finds(it.other), nothing)
  await isRefused(it.owner, 'set', removeText, 'item-not-found')
  await isRefused(
    it.thing,
    'set',
    `<update xmlns='${xep}'><str name='A' value='b'/></update>`,
    'item-not-found',
  )
  assert.match(await registers(it.thing), /claimed.*owner@montague\.example/)
  await isRefused(it.other, 'set', claimText(), 'item-not-found')
})

test('a disowned thing hears of it, forgets its tags, and can be claimed after registering again (XEP-0347 §3.17)', async () => {
  await using it = await stage()
  await claims(it)
  await isRefused(it.other, 'set', disownText, 'item-not-found')
  await it.owner.sends(`<iq type='set' to='${at}' id='d'>${disownText}</iq>`)
  await it.owner.receivesNothing()
  await hears(it.thing, `<disowned xmlns='${xep}'/>`)
  await it.owner.receivesResult('d')
  assert.equal(await finds(it.other), nothing)
  await isRefused(it.other, 'set', claimText(), 'item-not-found')
  await registers(it.thing)
  assert.match(await asks(it.other, 'set', claimText()), /claimed/)
})

test('a disowned thing may register again in the same breath', async () => {
  await using it = await stage()
  await claims(it)
  await it.owner.sends(`<iq type='set' to='${at}' id='d'>${disownText}</iq>`)
  const { attrs } = await it.thing.receives(
    `<iq type='set' id='{any}' from='${at}' to='{any}'><disowned xmlns='${xep}'/></iq>`,
  )
  await it.thing.sends(
    `<iq type='result' id='${attrs.get('id')}' to='${at}'/><iq type='set' to='${at}' id='r'><register xmlns='${xep}'>${all}</register></iq>`,
  )
  assert.equal(await it.thing.receivesResult('r'), undefined)
  await it.owner.receivesResult('d')
  assert.match(await asks(it.other, 'set', claimText()), /claimed/)
})

test('a thing that is away, or does not answer, cannot be disowned (XEP-0347 §3.17)', async () => {
  await using it = await stage({ timeout: 5_000 })
  await claims(it)
  await it.owner.sends(`<iq type='set' to='${at}' id='d'>${disownText}</iq>`)
  await it.host.advance(5_000)
  await it.owner.receivesError('iq', 'd', 'cancel', 'not-allowed')
  await it.thing.closes()
  await isRefused(it.owner, 'set', disownText, 'not-allowed')
  assert.match(await finds(it.owner), /owner="owner@montague/)
})

test('a thing is asked one thing at a time, and hears of what happens meanwhile', async () => {
  await using it = await stage()
  await registers(it.thing)
  await asks(it.owner, 'set', claimText())
  await asks(it.owner, 'set', claimText(all, `public='true'`))
  await isRefused(it.owner, 'set', disownText, 'not-allowed')
  await asks(it.owner, 'set', removeText)
  await hears(it.thing, `<claimed xmlns='${xep}' jid='owner@montague.example' public='false'/>`)
  await hears(it.thing, `<removed xmlns='${xep}'/>`)
  await it.thing.receivesNothing()
})

test('a thing that is being disowned is not asked again meanwhile', async () => {
  await using it = await stage({ timeout: 5_000 })
  await claims(it)
  for (const id of ['d1', 'd2'])
    await it.owner.sends(`<iq type='set' to='${at}' id='${id}'>${disownText}</iq>`)
  await it.owner.receivesError('iq', 'd2', 'wait', 'resource-constraint')
  await it.host.advance(5_000)
  await it.owner.receivesError('iq', 'd1', 'cancel', 'not-allowed')
})

test('a thing unregisters, and whoever has nothing registered may do so, too (XEP-0347 §3.16)', async () => {
  await using it = await stage()
  await claims(it)
  for (let n = 0; n < 2; n++) assert.equal(await asks(it.thing, 'set', `<unregister xmlns='${xep}'/>`), '')
  assert.equal(await finds(it.other), nothing)
  assert.equal(await registers(it.thing), '')
})

test('with an account its things are gone, and what it owned is nobody’s', async () => {
  await using it = await stage()
  await claims(it)
  const host = it.host.server.router.host('montague.example')
  assert.ok(host)
  await host.removeAccount(host.accounts.jidOf('owner'))
  await it.host.turns.settle()
  await hears(it.thing, `<disowned xmlns='${xep}'/>`)
  await it.host.account('owner@montague.example')
  const heir = await it.host.online('owner@montague.example/phone')
  await isRefused(heir, 'set', removeText, 'item-not-found')
  await registers(it.thing)
  await host.removeAccount(host.accounts.jidOf('thing'))
  await isRefused(heir, 'set', claimText(), 'item-not-found')
})
