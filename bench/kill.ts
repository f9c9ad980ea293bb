/** Kills a server at work, round after round: `node bench/kill.ts [--rounds 200] [--seed 1] [--most 300]`. */
import { parseArgs } from 'node:util'
import { killRounds } from '../packages/waxwing/src/testing/kill-rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    most: { type: 'string', default: '300' },
  },
})
const [rounds, seed, most] = [values.rounds, values.seed, values.most].map(Number)
console.log(`seed ${seed}`)
const counts = await killRounds({ rounds: rounds ?? 0, seed: seed ?? 0, most: most ?? 0, say: console.log })
console.log(`Nothing that was confirmed was lost: ${JSON.stringify(counts)}`)
