/** Approvals given before anybody asked: RFC 6121 §3.4. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { itemOf, pair, push } from './presence-kit.test.ts'

test('pre-approval is on offer (RFC 6121 §3.4.1)', async () => {
  await using host = await scene()
  await host.client(`${julietJid}/balcony`)
  assert.match(host.transcript(), /<sub xmlns='urn:xmpp:features:pre-approval'\/>/)
})

test('an approval before any request makes an approved roster item (RFC 6121 §3.4.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await juliet.receives(push(romeoJid, "subscription='none' approved='true'"))
  await romeo.receivesNothing()
  assert.equal(await itemOf(juliet, romeoJid), 'none - true')
})

test('a request that was approved before is granted without asking (RFC 6121 §3.4.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await juliet.forgets()
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='none' ask='subscribe'"))
  await romeo.receives(`<presence type='subscribed' from='${julietJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='to'"))
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
  const [pushed, ...more] = await juliet.forgets()
  assert.equal(pushed?.name, 'iq')
  assert.deepEqual(more, [])
  assert.match((await itemOf(juliet, romeoJid)) ?? '', /^from -/)
})

test('a pre-approval can be taken back (RFC 6121 §3.4.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await juliet.sends(`<presence type='unsubscribed' to='${romeoJid}'/>`)
  await juliet.forgets()
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.receives(`<presence type='subscribe' from='${romeoJid}'/>`)
})
