import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from './index.ts'

test('a whole client logs in with STARTTLS and SCRAM, and its message arrives (RFC 6120 §9)', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  const juliet = await it.host.online('juliet@montague.example/balcony')
  assert.equal(romeo.state, 'online')
  assert.match(it.host.transcript(), /mechanism=.SCRAM-SHA-512-PLUS/)
  await juliet.sends("<message to='romeo@montague.example' type='chat' id='m'><body>Romeo!</body></message>")
  await juliet.sends(
    "<iq to='romeo@montague.example/orchard' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>",
  )
  await juliet.receivesResult('p')
})

test('a client whose wire is cut connects again by itself', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  it.wires.at(-1)?.cut()
  await it.host.turns.settle()
  assert.notEqual(romeo.state, 'online')
  await it.host.advance(60_000)
  assert.equal(romeo.state, 'online')
  assert.ok(it.wires.length > 1)
})

test('a client on a stalled wire notices by itself and connects again', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  it.wires.at(-1)?.stall()
  await it.host.advance(120_000)
  assert.equal(romeo.state, 'online')
  assert.ok(it.wires.length > 1)
})

test('a client goes on where the server was restarted', async () => {
  await using it = await world()
  const romeo = await it.joins('romeo@montague.example/orchard')
  await it.host.restart()
  await it.host.advance(60_000)
  assert.equal(romeo.state, 'online')
})

test('the same seed gives the same world, byte for byte', async () => {
  const play = async (seed: number): Promise<string> => {
    const it = await world({ seed })
    it.host.weather = { delayMs: () => it.host.random.below(20) }
    await it.joins('romeo@montague.example/orchard')
    await it.joins('juliet@montague.example/balcony')
    it.wires[0]?.cut()
    await it.host.advance(60_000)
    await it[Symbol.asyncDispose]()
    return it.host.transcript()
  }
  const first = await play(5)
  assert.equal(await play(5), first)
  assert.notEqual(await play(6), first)
})
