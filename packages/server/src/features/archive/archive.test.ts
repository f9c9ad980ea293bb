/** What becomes of messages that cannot be written. XEP-0313 §3. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import { ManualClock, SceneLog, SeededRandom, Turns } from '@waxwing/testkit'
import { Stanza } from '../../router/stanza.ts'
import { memoryStore } from '../../store/store.ts'
import { Archive, archiveShape } from './archive.ts'
import { ArchiveIds } from './archive-ids.ts'

test('messages that cannot be archived are told of now and then, with their number', async () => {
  const driver = memoryStore()
  const { messages } = await driver.open('capulet.example', 'archive', { messages: archiveShape })
  const turns = new Turns()
  const clock = new ManualClock(turns, 0)
  const log = new SceneLog()
  const archive = new Archive(messages, new ArchiveIds(clock, new SeededRandom(1)), clock, log)
  await driver.close()
  const from = parseFullJid('romeo@montague.example/orchard')
  const owner = parseBareJid('juliet@capulet.example')
  const add = async (): Promise<void> => {
    archive.add(
      owner,
      'received',
      from,
      Stanza.composed({ kind: 'message', from, to: owner }, '<body/>'),
      false,
    )
    await turns.settle()
  }
  for (let n = 0; n < 5; n++) await add()
  await clock.advance(60_000)
  await add()
  const repeated = Stanza.composed(
    { kind: 'message', from, to: owner },
    "<body/><origin-id xmlns='urn:xmpp:sid:0' id='o'/>",
  )
  const first = archive.add(owner, 'received', from, repeated, false)
  assert.equal(archive.add(owner, 'received', from, repeated, false), first)
  await turns.settle()
  assert.notEqual(archive.add(owner, 'received', from, repeated, false), first, 'it was never written')
  const told = log.entries.map(({ level, facts }) => [
    level,
    'messages' in facts ? facts.messages : undefined,
  ])
  assert.deepEqual(told, [
    ['error', 1],
    ['error', 5],
  ])
})
