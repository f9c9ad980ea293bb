/** Waiting after failed logins. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, plainResponse, type Scene, scene } from '@waxwing/testkit'
import { LoginBackOff, networkOf } from './login-back-off.ts'

const networks: readonly [remote: string, network: string][] = [
  ['192.0.2.1:40000', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6:40000', '2001:db8:1:2'],
  ['[2001:db8:1:2::1]:40000', '2001:db8:1:2'],
  ['2001:db8::1:40000', '2001:db8:0:0'],
  ['::1:40000', '0:0:0:0'],
  ['::ffff:192.0.2.1:40000', '::ffff:192.0.2.1'],
]
for (const [remote, network] of networks)
  test(`${remote} belongs to ${network}`, () => assert.equal(networkOf(remote), network))

test('failures beyond those that are free cost time that doubles, up to a quarter of an hour', () => {
  const backOff = new LoginBackOff({ free: 3, maxAddresses: 10 })
  const waits = Array.from({ length: 15 }, () => {
    backOff.failed('192.0.2.1:1', 0)
    return backOff.waitFor('192.0.2.1:2', 0)
  })
  assert.deepEqual(waits.slice(0, 7), [0, 0, 0, 2_000, 4_000, 8_000, 16_000])
  assert.equal(waits.at(-1), 900_000)
  assert.equal(backOff.waitFor('192.0.2.2:1', 0), 0)
  backOff.failed('192.0.2.1:1', 1_800_000)
  assert.equal(backOff.waitFor('192.0.2.1:2', 1_800_000), 0)
})

test('addresses are remembered in bounds', () => {
  const backOff = new LoginBackOff({ free: 0, maxAddresses: 2 })
  for (const last of [1, 2, 3]) backOff.failed(`192.0.2.${last}:1`, 0)
  assert.deepEqual(
    [1, 3].map(last => backOff.waitFor(`192.0.2.${last}:1`, 0) > 0),
    [false, true],
  )
})

async function tries(host: Scene, password: string, address: string): Promise<Peer> {
  const peer = host.raw({ tls: true, address })
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plainResponse('romeo', password)}</auth>`,
  )
  return peer
}

test('an address that guesses has to wait; others need not (XEP-0205 §3)', async () => {
  await using host = await scene({ limits: { loginFailuresPerAddress: 2 } })
  await host.account('romeo@montague.example')
  for (let n = 0; n < 3; n++)
    assert.equal((await (await tries(host, 'wrong', '192.0.2.1')).takes()).name, 'failure')
  const peer = host.raw({ tls: true, address: '192.0.2.1' })
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  await peer.receivesStreamError('policy-violation')
  assert.equal((await (await tries(host, 'r0m30myr0m30', '192.0.2.2')).takes()).name, 'success')
  await host.advance(2_000)
  assert.equal((await (await tries(host, 'r0m30myr0m30', '192.0.2.1')).takes()).name, 'success')
})
