/**
 * Kills a server at work, round after round: `node bench/kill.ts [--rounds 200] [--seed 1] [--most 3000] [--what all]`.
 *
 * `mail`: messages under stream management; `power`: the same, and what no fsync had covered is gone, too; `state`:
 * accounts, rosters, offline messages; `all`: `mail`, and a fifth of the rounds for each of the others. Ends with code 1 when something acknowledged was lost, doubled or reordered.
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
const fewer = what === 'all' ? Math.ceil(rounds / 5) : rounds
if (what === 'all' || what === 'mail') await mail(rounds, false)
if (what === 'all' || what === 'power') await mail(fewer, true)
if (what === 'all' || what === 'state') {
  const counts = await killRounds({ rounds: fewer, seed, most: Math.ceil(most / 10), say: console.log })
  console.log(`${fewer} kills; nothing that was confirmed was lost: ${JSON.stringify(counts)}`)
}

async function mail(times: number, cutsPower: boolean): Promise<void> {
  const result = await mailKillRounds({ rounds: times, seed, most, cutsPower, say: console.log })
  console.log(`${times} ${cutsPower ? 'cuts of the power' : 'kills'}`, result)
  if (result.lost + result.doubled + result.reordered + result.failedResumptions > 0) process.exitCode = 1
}
