import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '@waxwing/xml'
import { ComponentInitiator, type XmppError } from './index.ts'
import { exampleCrypto, ManualClock, Pipe, settled } from './initiator-kit.test.ts'

const header =
  "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' from='plays.shakespeare.lit' id='3BF96D32'>"

interface Scene {
  readonly pipe: Pipe
  readonly clock: ManualClock
  readonly events: string[]
  readonly ends: (XmppError | undefined)[]
}

function begin(): Scene {
  const pipe = new Pipe()
  const clock = new ManualClock()
  const events: string[] = []
  const ends: (XmppError | undefined)[] = []
  const options = {
    domain: 'plays.shakespeare.lit',
    secret: 'secret',
    crypto: exampleCrypto(),
    clock,
    stageTimeoutMs: 15_000,
    limits: defaultLimits,
  }
  const initiator = new ComponentInitiator(pipe, options, {
    accepted: () => events.push('accepted'),
    element: slice => events.push(slice.name),
    closed: error => ends.push(error),
    gone: () => events.push('gone'),
  })
  pipe.owner = initiator.transportOwner
  initiator.start()
  return { pipe, clock, events, ends }
}

test('a component shakes hands by stream id and secret (XEP-0114 §3)', async () => {
  const { pipe, events, clock } = begin()
  assert.match(await pipe.said(), /xmlns='jabber:component:accept'[^>]* to='plays\.shakespeare\.lit'/)
  await pipe.says(header)
  // SHA-1 of '3BF96D32secret'
  assert.equal(await pipe.said(), '<handshake>b09ea9b3b7f586be8a08d0a3dd7466f110aeb136</handshake>')
  await pipe.says('<handshake/><message/>')
  assert.deepEqual(events, ['accepted', 'message'])
  assert.equal(clock.waiting, 0)
})

test('a wrong secret shows as a failed login (XEP-0114 §3)', async () => {
  const { pipe, ends } = begin()
  await pipe.says(header)
  await pipe.says(
    "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
  )
  assert.equal(ends[0]?.name, 'AuthError')
})

test('a server that stalls is given up at the deadline', async () => {
  const { pipe, clock, ends } = begin()
  await pipe.says(header)
  clock.advance(15_000)
  await settled()
  assert.equal(ends[0]?.name, 'TimeoutError')
})
