// Messages between whole clients and a whole server while wires are cut, stalled, and the server restarts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '@waxwing/client'
import { type World, world } from './index.ts'

const julietJid = 'juliet@montague.example'

/** Everything a client was told, in order. */
function told(client: {
  on(event: 'message', listener: (m: { readonly body: string }) => void): unknown
}): string[] {
  const bodies: string[] = []
  client.on('message', ({ body }) => bodies.push(body))
  return bodies
}

/** One fault, chosen by chance: mostly cuts, at a random moment of a random wire. */
async function fault(it: World): Promise<void> {
  const wires = it.wires.slice(-4)
  const wire = wires[it.host.random.below(wires.length)]
  if (it.host.random.below(4) === 0) wire?.stall()
  else wire?.cut()
  await it.host.advance(it.host.random.below(5_000))
}

for (const seed of [1, 2, 3, 4])
  test(`50 cut or stalled wires lose nothing, double nothing and keep the order (XEP-0198 §5), seed ${seed}`, async () => {
    await using it = await world({ seed })
    it.host.weather = { delayMs: () => it.host.random.below(80) }
    const romeo = await it.joins('romeo@montague.example/orchard', {
      keepAliveMs: 5_000,
      keepAliveTimeoutMs: 5_000,
    })
    const juliet = await it.joins(`${julietJid}/balcony`, { keepAliveMs: 5_000, keepAliveTimeoutMs: 5_000 })
    const [byJuliet, byRomeo] = [told(juliet), told(romeo)]
    const sent: Delivery[] = []
    for (let round = 0; round < 50; round++) {
      for (let n = 0; n < 5; n++) {
        sent.push(romeo.chat.send(julietJid, `r${round}.${n}`))
        juliet.chat.send('romeo@montague.example', `j${round}.${n}`)
        await it.host.advance(it.host.random.below(100))
      }
      await fault(it)
    }
    await it.host.advance(120_000)
    const expected = (prefix: string): string[] =>
      Array.from({ length: 250 }, (_, n) => `${prefix}${Math.floor(n / 5)}.${n % 5}`)
    assert.deepEqual(byJuliet, expected('r'))
    assert.deepEqual(byRomeo, expected('j'))
    assert.ok(sent.every(({ state }) => state === 'accepted' || state === 'received'))
  })

test('a session goes on where the server was restarted, with what was not acknowledged (XEP-0198 §5)', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  const juliet = await it.joins(`${julietJid}/balcony`)
  const bodies = told(juliet)
  let sessions = 0
  juliet.on('session', () => sessions++)
  romeo.chat.send(julietJid, 'before')
  await it.host.restart()
  romeo.chat.send(julietJid, 'after')
  await it.host.advance(120_000)
  assert.deepEqual(bodies, ['before', 'after'])
  assert.equal(sessions, 0)
})

test('a question asked just before a cut is answered after it', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  const asking = romeo.ping(undefined, { timeoutMs: 60_000 })
  it.wires.at(-1)?.cut()
  await it.waitsFor(asking)
})
