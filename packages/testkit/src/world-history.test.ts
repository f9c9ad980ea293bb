// The archive, copies and blocking, as whole clients use them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ArchivedMessage,
  archive,
  blocking,
  type Client,
  carbons,
  push,
  StanzaError,
} from '@waxwing/client'
import { type World, world } from './index.ts'

const julietJid = 'juliet@montague.example'
const romeoJid = 'romeo@montague.example'

async function couple(it: World): Promise<readonly [romeo: Client, juliet: Client]> {
  return [await it.joins(`${romeoJid}/orchard`), await it.joins(`${julietJid}/balcony`)]
}

async function talk(it: World, from: Client, to: string, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    from.chat.send(to, text)
    await it.host.advance(1_000)
  }
}

async function all(messages: AsyncIterable<ArchivedMessage>): Promise<readonly (string | undefined)[]> {
  const bodies: (string | undefined)[] = []
  for await (const { body } of messages) bodies.push(body)
  return bodies
}

test('the archive gives both sides of a conversation, page by page (XEP-0313 §4)', async () => {
  await using it = await world()
  const [romeo, juliet] = await couple(it)
  await talk(it, romeo, julietJid, 'one', 'two', 'three')
  await talk(it, juliet, romeoJid, 'four')
  const history = romeo.use(archive)
  assert.deepEqual(await it.waitsFor(all(history.messages({ pageSize: 2 }))), ['one', 'two', 'three', 'four'])
  assert.deepEqual(await it.waitsFor(all(history.messages({ with: 'nobody@montague.example' }))), [])
  const last = await it.waitsFor(history.page({ before: 'end', pageSize: 1 }))
  assert.deepEqual(
    [last.messages[0]?.body, last.messages[0]?.isOurs, last.isComplete],
    ['four', false, false],
  )
  const ahead = await it.waitsFor(history.page({ before: last.messages[0]?.id, pageSize: 10 }))
  assert.deepEqual([ahead.messages.length, ahead.isComplete], [3, true])
})

test('following begins with the archive and goes on with what arrives, without gap or repetition', async () => {
  await using it = await world()
  const [romeo, juliet] = await couple(it)
  await talk(it, juliet, romeoJid, 'one', 'two')
  const heard: (string | undefined)[] = []
  const controller = new AbortController()
  const reading = (async () => {
    for await (const { body } of romeo.use(archive).follow({ signal: controller.signal, pageSize: 1 }))
      heard.push(body)
  })()
  await talk(it, juliet, romeoJid, 'three')
  it.wires[0]?.cut()
  await talk(it, juliet, romeoJid, 'four', 'five')
  await it.host.advance(60_000)
  await talk(it, juliet, romeoJid, 'six')
  assert.deepEqual(heard, ['one', 'two', 'three', 'four', 'five', 'six'])
  controller.abort(new Error('enough'))
  await assert.rejects(it.waitsFor(reading), /enough/)
})

test('preferences say what is kept (XEP-0441 §2)', async () => {
  await using it = await world()
  const [romeo, juliet] = await couple(it)
  const history = romeo.use(archive)
  const made = await it.waitsFor(history.prefer({ rule: 'never', always: [], never: [] }))
  assert.equal(made.rule, 'never')
  await talk(it, juliet, romeoJid, 'unseen')
  assert.deepEqual(await it.waitsFor(all(history.messages())), [])
  assert.equal((await it.waitsFor(history.preferences())).rule, 'never')
  assert.equal((await it.waitsFor(history.metadata())).start, undefined)
})

test('another client of ours hears what we send and get (XEP-0280 §7, §8)', async () => {
  await using it = await world()
  const [romeo, juliet] = await couple(it)
  const second = await it.joins(`${romeoJid}/garden`, { presence: { priority: -1 } })
  const copies: string[] = []
  const listening = second.use(carbons)
  listening.on('sent', ({ body }) => copies.push(`sent ${body}`))
  listening.on('received', ({ body }) => copies.push(`received ${body}`))
  await it.host.advance(1_000)
  await talk(it, romeo, julietJid, 'hello')
  await talk(it, juliet, `${romeoJid}/orchard`, 'hi')
  assert.deepEqual(copies, ['sent hello', 'received hi'])
})

test('whoever is blocked is told so, and the list follows (XEP-0191 §3)', async () => {
  await using it = await world()
  const [romeo, juliet] = await couple(it)
  const list = romeo.use(blocking)
  await it.waitsFor(list.list())
  await it.waitsFor(list.block(julietJid))
  await it.host.advance(100)
  assert.deepEqual(await it.waitsFor(list.list()), [julietJid])
  const refused = juliet.chat.send(romeoJid, 'are you there?')
  await it.host.advance(1_000)
  assert.ok(refused.error instanceof StanzaError)
  await it.waitsFor(list.unblock())
  await it.host.advance(100)
  assert.deepEqual(await it.waitsFor(list.list()), [])
})

test('a client can have itself woken by a service, and no more (XEP-0357 §5, §6)', async () => {
  const service = 'push.client.example'
  await using it = await world({ components: { [service]: 'secret' } })
  const app = await it.host.component(service)
  const [romeo, juliet] = await couple(it)
  const waking = romeo.use(push)
  await it.waitsFor(waking.enable(service, { node: 'n1', fields: { secret: 's3' } }))
  await it.waitsFor(romeo.close())
  await talk(it, juliet, romeoJid, 'hello')
  assert.equal((await app.forgets()).length, 1)
  const again = await it.joins(`${romeoJid}/orchard`)
  await it.waitsFor(again.use(push).disable(service))
  await it.waitsFor(again.close())
  await talk(it, juliet, romeoJid, 'hello again')
  assert.equal((await app.forgets()).length, 0)
})
