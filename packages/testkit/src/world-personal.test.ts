/** Clients and their server tell each other what accounts publish: personal eventing from both ends. XEP-0163, XEP-0084. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  archive,
  avatars,
  type Client,
  type PersonalEvent,
  type PersonalNode,
  personal,
  StanzaError,
} from '@waxwing/client'
import { Geolocation, Nickname, Tune } from '@waxwing/protocol'
import { parseElement } from '@waxwing/xml'
import { type World, world } from './index.ts'

const julietJid = 'juliet@montague.example'

/** Romeo and Juliet, who see each other, before anything was published. */
async function lovers(it: World): Promise<{ romeo: Client; juliet: Client }> {
  const [romeo, juliet] = [
    await it.joins('romeo@montague.example/orchard'),
    await it.joins(`${julietJid}/balcony`),
  ]
  for (const client of [romeo, juliet]) client.roster.onRequest(request => request.accept())
  await it.waitsFor(romeo.roster.request(julietJid))
  await it.waitsFor(juliet.roster.request('romeo@montague.example'))
  return { romeo, juliet }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** What a node tells from now on, in words. */
function hearing<T>(node: PersonalNode<T>, word: (value: T) => string | undefined): string[] {
  const heard: string[] = []
  node.on(({ from, value }: PersonalEvent<T>) =>
    heard.push(`${from.split('@')[0]}: ${value === undefined ? 'nothing' : word(value)}`),
  )
  return heard
}

test('who listens says so, and hears what contacts publish, the last of it at once (XEP-0163 §4)', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  const hers = juliet.use(personal).node(Tune)
  await it.waitsFor(hers.publish({ title: 'Allegro' }))
  const heard = hearing(romeo.use(personal).node(Tune), ({ title }) => title)
  await it.host.advance(1_000)
  assert.deepEqual(heard, ['juliet: Allegro'])
  await it.waitsFor(hers.publish({ title: 'Presto' }))
  await it.waitsFor(hers.retract())
  await it.host.advance(1_000)
  assert.deepEqual(heard, ['juliet: Allegro', 'juliet: Presto', 'juliet: nothing'])
  await assert.rejects(
    it.waitsFor(hers.retract()),
    (error: unknown) => error instanceof StanzaError && error.condition === 'item-not-found',
  )
})

test('who comes back hears of what was published meanwhile (XEP-0163 §4.3.4)', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  const place = romeo.use(personal).node(Geolocation)
  const heard = hearing(place, ({ text }) => text)
  await it.host.advance(1_000)
  it.wires[0]?.cut()
  await it.waitsFor(juliet.use(personal).node(Geolocation).publish({ text: 'the balcony' }))
  await it.host.advance(60_000)
  assert.equal(romeo.state, 'online')
  assert.deepEqual(heard, ['juliet: the balcony'])
})

test('a node holds many items, in pages, for whom it is meant; and is made as it shall be (XEP-0060 §6.5, §7.1.5)', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  const names = juliet.use(personal).node(Nickname)
  await it.waitsFor(names.publish({ name: 'J' }))
  const kept = juliet.use(personal).node(Nickname, { access: 'open', keep: 'max' })
  for (let n = 0; n < 60; n++) await it.waitsFor(kept.publish({ name: String(n) }, { id: String(n) }))
  const found = await it.waitsFor(all(romeo.use(personal).node(Nickname).items(julietJid)))
  assert.equal(found.length, 61)
  assert.deepEqual(found[0], { id: '59', value: { name: '59' } })
  assert.deepEqual(found.at(-1), { id: 'current', value: { name: 'J' } })
  const his = romeo.use(personal).node(Nickname)
  assert.deepEqual(await it.waitsFor(his.item(julietJid, { id: '7' })), { name: '7' })
  assert.deepEqual(await it.waitsFor(his.item(julietJid)), { name: '59' })
  assert.equal(await it.waitsFor(his.item()), undefined)
  await it.waitsFor(kept.delete())
  assert.deepEqual(await it.waitsFor(all(kept.items())), [])
})

test('a picture is published, heard of, and read once its hash is right (XEP-0084)', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  const his = romeo.use(avatars)
  const changes: (string | undefined)[] = []
  his.on('change', ({ info }) => changes.push(info?.type))
  const bytes = new Uint8Array([137, 80, 78, 71])
  const hers = juliet.use(avatars)
  await it.waitsFor(hers.publish(bytes, { width: 64, height: 64 }))
  await it.host.advance(1_000)
  assert.deepEqual(changes, ['image/png'])
  assert.equal(romeo.roster.get(julietJid)?.avatar?.bytes, 4)
  const avatar = await it.waitsFor(his.of(julietJid))
  assert.deepEqual(avatar?.bytes, bytes)
  assert.equal(avatar?.info.width, 64)
  await it.waitsFor(hers.remove())
  await it.host.advance(1_000)
  assert.deepEqual(changes, ['image/png', undefined])
  assert.equal(await it.waitsFor(his.of(julietJid)), undefined)
})

test('of a private node only what the own account says is heard, by all its devices (XEP-0223 §6)', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  const phone = await it.joins(`${julietJid}/phone`)
  const options = { node: 'urn:example:notes', access: 'whitelist' } as const
  const notes = phone.use(personal).node(Nickname, options)
  const heard = hearing(notes, ({ name }) => name)
  const theirs = hearing(
    romeo.use(personal).node(Nickname, { node: 'urn:example:notes' }),
    ({ name }) => name,
  )
  await it.host.advance(1_000)
  await it.waitsFor(juliet.use(personal).node(Nickname, options).publish({ name: 'buy poison' }))
  const forged =
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:example:notes'><item id='x'><nick xmlns='http://jabber.org/protocol/nick'>do not</nick></item></items></event>"
  romeo.raw.send(
    parseElement(
      `<message xmlns='jabber:client' to='${julietJid}/phone' type='headline'>${forged}</message>`,
    ),
  )
  await it.host.advance(1_000)
  assert.deepEqual(heard, ['juliet: buy poison'])
  assert.deepEqual(theirs, [])
})

test('events are in no archive', async () => {
  await using it = await world()
  const { romeo, juliet } = await lovers(it)
  hearing(romeo.use(personal).node(Tune), ({ title }) => title)
  await it.waitsFor(juliet.use(personal).node(Tune).publish({ title: 'Allegro' }))
  await it.host.advance(1_000)
  const page = await it.waitsFor(romeo.use(archive).page())
  assert.equal(page.messages.length, 0)
})
