/** What was confirmed outlives the end of the process at any moment. A longer run: `node bench/kill.ts`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killRounds } from './testing/kill-rounds.ts'

test('a killed server has lost nothing it had confirmed: accounts, roster items, offline messages in order', async t => {
  const counts = await killRounds({ rounds: 5, seed: 20, most: 300, say: line => t.diagnostic(line) })
  assert.ok(counts.accounts > 0 && counts.items > 0 && counts.messages > 0)
})
