/** The journeys in `examples/journeys/`: all with accounts of one server, and one by itself on a server of its own. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type House, ownHouse } from '../examples/journeys/stage.ts'
import { Child } from '../packages/waxwing/src/testing/child.ts'

const folder = join(import.meta.dirname, '..', 'examples', 'journeys')

/** What a journey says, by the name of its file; `roles` are its accounts, in their order. */
const journeys: Readonly<Record<string, { readonly roles: readonly string[]; readonly says: string }>> = {
  own: {
    roles: ['lamp', 'ann', 'bob'],
    says: `The label says iotdisco:SN=4711;MAN=example.org;MODEL=Lamp;#V=1.5;KEY=…;R=registry.localhost
ann@localhost owns lamp@localhost
In the hall there is a Lamp of example.org
Bob gets nothing by it: item-not-found
bob@localhost owns lamp@localhost
Bob has lamp@localhost, number 4711`,
  },
  reading: {
    roles: ['meter', 'ann'],
    says: `Temperature: 20.0
Serial: 4711
! Humidity: The probe is not connected
It is 293.15 K
2026-01-01T06:00:00Z 21.0 °C
2026-01-01T07:00:00Z 22.0 °C
2026-01-01T08:00:00Z 23.0 °C
Now 20.0 °C
Now 21.5 °C`,
  },
  control: {
    roles: ['lamp', 'ann'],
    says: `Output: boolean, now false
Level: int, now 40, from 0 to 100
lamp: ann@localhost set Level to 75
lamp: ann@localhost set Output to true
Level: Expected a value from 0 to 100.
lamp@localhost/… refuses the command: Access denied.
The lamp is on at 75 %
In the form Level is 20
lamp: ann@localhost set Level to 0
lamp: ann@localhost set Output to false
lamp: ann@localhost set Output to true, in vain
Output: At level 0 there is nothing to see`,
  },
  concentrator: {
    roles: ['gateway', 'ann'],
    says: `  bus-1 (Modbus)
    boiler (Meter)
    pump (Meter)
boiler: 9.0 kW
refuses that: The form was not filled in well. Address: Expected a value from 1 to 247.
reset
not reset: The pump is running.
3 days
boiler was changed
pump: It is loud.`,
  },
  rules: {
    roles: ['boiler', 'ann', 'office'],
    says: `office: declined
ann is asked: may office@localhost befriend boiler@localhost?
ann allows it
office: accepted
office: boiler@localhost/… does not let us read it: Reading is not allowed
ann is asked: may office@localhost read Temperature, Pressure, Setting of boiler@localhost?
ann allows Temperature
office reads Temperature: 63.0 °C`,
  },
  sleeping: {
    roles: ['meter', 'house', 'ann'],
    says: `meter@localhost sleeps for 6 hours, and house@localhost knows its last values
Temperature was 4.5: historical
Pause was 60: historical
replaced
done
refused Pause: Expected a value from 1 to 1440.
It measures every 15 minutes`,
  },
}

const place = mkdtempSync(join(tmpdir(), 'journeys-'))
let house: House

before(async () => {
  house = await ownHouse()
  const { trust } = house.options.tls ?? {}
  assert.ok(typeof trust === 'string')
  writeFileSync(join(place, 'certificate.pem'), trust)
})

after(async () => {
  await house[Symbol.asyncDispose]()
  rmSync(place, { recursive: true })
})

/** What a journey says with these words behind it; all go in this process, one after the other. */
async function told(t: TestContext, name: string, words: readonly string[]): Promise<string> {
  const lines: string[] = []
  t.mock.method(console, 'log', (line: string) => void lines.push(line))
  process.argv.splice(2, process.argv.length, ...words)
  await import(pathToFileURL(join(folder, `${name}.ts`)).href)
  return lines.join('\n')
}

/** Resources are made by the server. */
function withoutResources(said: string): string {
  return said.replaceAll(/(?<=@localhost\/)Waxwing\/[\w-]+/g, '…')
}

for (const [name, { roles, says }] of Object.entries(journeys))
  test(`${name} goes with accounts that are there`, { timeout: 60_000 }, async t => {
    const accounts = await Promise.all(roles.map(role => house.account(`${role}-${name}`)))
    const login = accounts.flatMap(({ jid, password }) => [jid, password])
    const { host, port } = house.options
    const way = ['--trust', join(place, 'certificate.pem'), '--host', String(host), '--port', String(port)]
    const said = withoutResources(await told(t, name, [...login, ...way]))
    assert.equal(said.replaceAll(`-${name}@`, '@'), says)
  })

test('a journey without accounts goes on a server of its own', async () => {
  await using child = new Child([process.execPath, join(folder, 'own.ts')])
  const { code, out, err } = await child.through()
  assert.deepEqual([code, err, withoutResources(out)], [0, '', journeys['own']?.says])
})

test('every journey says how to run it, and is run here', () => {
  const files = readdirSync(folder).filter(file => file !== 'stage.ts')
  assert.deepEqual(
    files.toSorted(),
    Object.keys(journeys)
      .map(name => `${name}.ts`)
      .toSorted(),
  )
  for (const file of files) {
    const [first = '', ...lines] = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
    assert.match(first, new RegExp(`^// .*: node examples/journeys/${file} \\[(<\\w+> <password> ?)+\\]$`))
    assert.ok(lines.length <= 70, `${file} has ${lines.length} lines`)
  }
})
