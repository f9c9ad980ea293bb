/** What was confirmed outlives the end of the process at any moment. A longer run: `node bench/kill.ts`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killRounds } from './testing/kill-rounds.ts'
import { mailKillRounds } from './testing/mail-kill.ts'

test('a killed server has lost nothing it had confirmed: accounts, roster items, offline messages in order', async t => {
  const counts = await killRounds({ rounds: 3, seed: 20, most: 200, say: line => t.diagnostic(line) })
  assert.ok(counts.accounts > 0 && counts.items > 0 && counts.messages > 0)
})

test('of acknowledged messages a killed server loses none, doubles none, and keeps their order (XEP-0198)', async t => {
  const result = await mailKillRounds({ rounds: 4, seed: 9, most: 1_500, say: line => t.diagnostic(line) })
  const { lost, doubled, reordered, failedResumptions, notes } = result
  const faults = { lost, doubled, reordered, failedResumptions }
  assert.deepEqual(faults, { lost: 0, doubled: 0, reordered: 0, failedResumptions: 0 }, notes.join('\n'))
  assert.ok(result.acknowledged > 100 && result.resumptions > 0)
})
