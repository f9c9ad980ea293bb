/**
 * Kills a server at work, round after round: `node bench/kill.ts [--rounds 200] [--seed 1] [--most 3000] [--what all]`.
 *
 * `mail`: messages under stream management; `state`: accounts, rosters, offline messages; `all`: both, a fifth of the
 * rounds for `state`. Ends with code 1 when something acknowledged was lost, doubled or reordered.
 */
import { parseArgs } from 'node:util'
import { killRounds } from '../packages/waxwing/src/testing/kill-rounds.ts'
import { mailKillRounds } from '../packages/waxwing/src/testing/mail-kill.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    most: { type: 'string', default: '3000' },
    what: { type: 'string', default: 'all' },
  },
})
const [rounds = 0, seed = 0, most = 0] = [values.rounds, values.seed, values.most].map(Number)
const { what } = values
console.log(`seed ${seed}`)
if (what !== 'state') {
  const result = await mailKillRounds({ rounds, seed, most, say: console.log })
  console.log(`${rounds} kills`, result)
  if (result.lost + result.doubled + result.reordered + result.failedResumptions > 0) process.exitCode = 1
}
if (what !== 'mail') {
  const some = what === 'state' ? rounds : Math.ceil(rounds / 5)
  const counts = await killRounds({ rounds: some, seed, most: Math.ceil(most / 10), say: console.log })
  console.log(`Nothing that was confirmed was lost: ${JSON.stringify(counts)}`)
}
