/** Stream limits: XEP-0478. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene, sceneLimits } from '@waxwing/testkit'

test('what a stream takes is told before and after login (XEP-0478 §3.1, §4)', async () => {
  await using host = await scene({ limits: { idleMs: 1_800_000 } })
  await host.client('romeo@montague.example/orchard')
  const found = [
    ...host.transcript().matchAll(/<limits xmlns="urn:xmpp:stream-limits:0">(.*?)<\/limits>/g),
  ].map(([, text]) => text)
  assert.deepEqual(
    found,
    [10_000, sceneLimits.afterLogin.maxStanzaBytes].map(
      bytes => `<max-bytes>${bytes}</max-bytes><idle-seconds>1800</idle-seconds>`,
    ),
  )
})

test('a server that never gives silent clients up says nothing of it (XEP-0478 §3.1)', async () => {
  await using host = await scene()
  await host.client('romeo@montague.example/orchard')
  assert.match(host.transcript(), /<max-bytes>/)
  assert.doesNotMatch(host.transcript(), /idle-seconds/)
})
