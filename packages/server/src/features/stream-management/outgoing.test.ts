import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFullJid } from '@waxwing/jid'
import { sameElement } from '@waxwing/xml'
import { silentLog } from '../../kernel/log.ts'
import { Stanza } from '../../router/stanza.ts'
import { memoryStore } from '../../store/store.ts'
import { Copies, type Held, stanzaFrom } from './held.ts'
import { Outgoing } from './outgoing.ts'
import { Rows, shapes } from './rows.ts'

const juliet = parseFullJid('juliet@montague.example/balcony')

function message(id: string): Stanza {
  return Stanza.composed({ kind: 'message', id, from: juliet, to: juliet }, '')
}

function held(number: number): Held {
  return { number, at: 0, stanza: message(`${number}`), bytes: 1, isKept: true, copies: undefined }
}

const presence = Stanza.composed({ kind: 'presence', from: juliet, to: juliet }, '')
const idsOf = (outgoing: Outgoing): (string | undefined)[] => outgoing.all().map(({ stanza }) => stanza.id)

async function opened(acked?: number, left?: readonly Held[]) {
  const stores = await memoryStore().open('montague.example', 'stream-management', shapes)
  return { stores, outgoing: new Outgoing('s', new Rows(stores, silentLog), acked, left) }
}

test('counts go back to zero at 2^32, and nothing is lost there (XEP-0198 §4)', async () => {
  const { outgoing } = await opened(2 ** 32 - 2, [])
  outgoing.rebase(2 ** 32 - 2)
  for (const id of ['a', 'b', 'c', 'd']) outgoing.add(message(id), 0, true, undefined)
  assert.equal(outgoing.acknowledge(2 ** 32 - 1), true)
  assert.deepEqual(idsOf(outgoing), ['b', 'c', 'd'])
  assert.equal(outgoing.acknowledge(1), true)
  assert.deepEqual(idsOf(outgoing), ['d'])
  assert.equal(outgoing.acknowledge(1), false)
  assert.throws(() => outgoing.acknowledge(3), { condition: 'undefined-condition' })
  assert.equal(outgoing.acked, 2 ** 32 + 1)
})

const cases: readonly (readonly [what: string, acked: number, h: number, left: string[]])[] = [
  ['has counted nothing since', 10, 10, ['11', '13', '20']],
  ['has counted some', 10, 13, ['20']],
  ['has counted what was not kept, too', 10, 19, ['20']],
  ['has counted all, and more', 10, 25, []],
  ['has counted over the end of the numbers', 2 ** 32 + 10, 13, ['4294967316']],
]

for (const [what, acked, h, left] of cases)
  test(`after a restart the client ${what}`, async () => {
    const base = acked - 10
    const { outgoing } = await opened(
      acked,
      [11, 13, 20].map(number => held(base + number)),
    )
    outgoing.add(message('new'), 0, true, undefined)
    outgoing.rebase(h)
    assert.deepEqual(idsOf(outgoing), [...left, 'new'])
    assert.equal(outgoing.acknowledge((h + left.length + 1) % 2 ** 32), true)
    assert.equal(outgoing.length, 0)
  })

test('only messages are kept in the store, and only until they are acknowledged', async () => {
  const { stores, outgoing } = await opened()
  outgoing.add(message('a'), 5, true, undefined)
  outgoing.add(presence, 5, false, undefined)
  outgoing.add(message('b'), 5, true, undefined)
  assert.deepEqual([...(await stores.outgoing.all('s')).keys()], ['0000000000000001', '0000000000000003'])
  outgoing.acknowledge(2)
  assert.deepEqual([...(await stores.outgoing.all('s')).keys()], ['0000000000000003'])
})

test('a message several have is lost with the last of them alone, and only if nobody took it', () => {
  const one = new Copies('k', 2)
  one.hold()
  one.hold()
  assert.equal(one.left(), false)
  assert.equal(one.left(), true)
  const taken = new Copies('k', 2)
  taken.hold()
  taken.hold()
  taken.taken()
  assert.equal(taken.left(), false)
  assert.equal(taken.left(), false)
  const withPlain = new Copies('k', 2)
  withPlain.hold()
  assert.equal(withPlain.left(), false)
})

test('a message as large as one may be is read again, with what was added to it on its way', () => {
  const payload = `<body>${'x'.repeat(300_000)}</body><delay xmlns='urn:xmpp:delay' stamp='2011-03-01T12:00:00Z'/>`
  const sent = Stanza.composed({ kind: 'message', id: 'a', from: juliet, to: juliet, lang: 'it' }, payload)
  const again = stanzaFrom(sent.toText())
  assert.ok(again && sameElement(again.element(), sent.element()))
})

test('a count the client is past tells nothing; one that was never sent is too high (XEP-0198 §4, §6)', async () => {
  const { outgoing } = await opened()
  for (const id of ['a', 'b', 'c']) outgoing.add(message(id), 0, true, undefined)
  assert.equal(outgoing.isPast(0), false)
  outgoing.acknowledge(2)
  const counts = [0, 1, 2, 3, 4, 2 ** 32 - 1]
  assert.deepEqual(
    counts.map(h => outgoing.isPast(h)),
    [true, true, false, false, false, false],
  )
})
