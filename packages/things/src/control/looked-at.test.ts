/** What a parameter hangs on is read before it is set, and nothing else is. XEP-0325 §3.4.3 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dependent, group, int, set, string, thing, type ValuesAround } from '../index.ts'
import { Town } from '../stations.test.ts'

const device = 'heating@example.org/amr'

/** Sets a level that depends on others. @returns what was read before it was written */
async function readFor(depending: (values: ValuesAround) => Dependent): Promise<readonly string[]> {
  const town = new Town()
  const [station, client] = [town.station(device), town.station('ann@example.org/phone')]
  town.introduce()
  const reads: string[] = []
  const noted = (name: string): string => {
    reads.push(name)
    return name === 'Mode' ? 'custom' : '50'
  }
  const writes: number[] = []
  thing(station, {
    mayControl: () => 'all',
    limits: { logged: 0 },
    fields: {
      Mode: string({ read: () => noted('Mode'), write: () => {} }),
      Most: string({ read: () => noted('Most'), write: () => {} }),
      Dead: int({ read: () => (reads.push('Dead'), new Promise<number>(() => {})), write: () => {} }),
      Level: int({ depending, read: () => 1, write: level => void writes.push(level) }),
      ...group(
        'camera',
        {
          Pan: int({ read: () => Number(noted('Most')) }),
          Tilt: int({ read: () => 0 }),
        },
        { write: ({ Pan, Tilt }) => void writes.push(Pan, Tilt) },
      ),
    },
  })
  const kinds = { Level: 'int', Tilt: 'int' } as const
  const doing = set(client, device, { Level: 40, Tilt: 3 }, { kinds })
  await town.clock.advance(reads.includes('Dead') ? 120_000 : 0)
  await doing
  assert.deepEqual(writes, [40, 50, 3])
  return [...new Set(reads)].toSorted()
}

const rows: readonly (readonly [
  what: string,
  depending: (values: ValuesAround) => Dependent,
  reads: string,
])[] = [
  ['on one', ({ Mode }) => ({ readOnly: Mode === 'off' }), 'Mode,Most'],
  ['on itself', ({ Level }) => ({ max: Level === '40' ? 40 : 0 }), 'Most'],
  [
    'on one, and by that on another',
    ({ Mode, ...of }) => (Mode === 'custom' ? { max: Number(of['Most']) } : {}),
    'Dead,Mode,Most',
  ],
  ['on whether there is one', values => ({ isThere: 'Mode' in values }), 'Mode,Most'],
]
for (const [what, depending, reads] of rows)
  test(`a parameter that depends ${what} waits for that alone`, async () => {
    assert.equal((await readFor(depending)).join(), reads)
  })
