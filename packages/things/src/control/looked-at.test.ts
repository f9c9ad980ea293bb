/** What a parameter hangs on is read before it is set, and nothing else is. XEP-0325 §3.4.3 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dependent, group, int, set, string, thing, type ValuesAround } from '../index.ts'
import { Town } from '../stations.test.ts'

const device = 'heating@example.org/amr'

/** Sets a level that depends on others, and one of two angles. @returns what was read before that */
async function readFor(depending: (values: ValuesAround) => Dependent): Promise<string> {
  const town = new Town()
  const [station, client] = [town.station(device), town.station('ann@example.org/phone')]
  town.introduce()
  const reads = new Set<string>()
  const writes: number[] = []
  const noted = <T>(name: string, value: T): { read: () => T; write: (value: T) => void } => ({
    read: () => {
      reads.add(name)
      return value
    },
    write: () => {},
  })
  thing(station, {
    mayControl: () => 'all',
    limits: { logged: 0 },
    fields: {
      Mode: string(noted('Mode', 'custom')),
      Most: int(noted('Most', 50)),
      Slow: int(noted('Slow', 1)),
      Level: int({ depending, read: () => 1, write: level => void writes.push(level) }),
      ...group(
        'camera',
        { Pan: int({ read: noted('Pan', 7).read }), Tilt: int({ read: noted('Tilt', 0).read }) },
        { write: ({ Pan, Tilt }) => void writes.push(Pan, Tilt) },
      ),
    },
  })
  await set(client, device, { Level: 40, Tilt: 3 }, { kinds: { Level: 'int', Tilt: 'int' } })
  assert.deepEqual(writes, [40, 7, 3])
  return [...reads].toSorted().join()
}

const rows: readonly (readonly [
  what: string,
  depending: (values: ValuesAround) => Dependent,
  reads: string,
])[] = [
  ['one', ({ Mode }) => ({ readOnly: Mode === 'off' }), 'Mode,Pan'],
  ['itself', ({ Level }) => ({ max: Level === '40' ? 40 : 0 }), 'Pan'],
  ['one, and by that on another', of => (of['Mode'] ? { max: Number(of['Most']) } : {}), 'Mode,Most,Pan'],
  ['whether there is one', values => ({ isThere: 'Mode' in values }), 'Mode,Pan'],
  ['all', values => ({ isThere: Object.values(values).length > 4 }), 'Mode,Most,Pan,Slow'],
]
for (const [what, depending, reads] of rows)
  test(`what depends on ${what} waits for no other value`, { timeout: 5_000 }, async () => {
    assert.equal(await readFor(depending), reads)
  })
