// A meter that sleeps, its last values, and settings that wait: node examples/journeys/sleeping.ts [<meter> <password> <house> <password> <ann> <password>]
import { int, keeper, lastKnown, quantity, setLater, sleeper, sleepOf, thing } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('meter', 'house', 'ann')
const { meter, house, ann } = here.clients

// Somebody in the house is always awake: it keeps what things leave with it.
keeper(house)
house.roster.onRequest(request => request.accept())

let minutes = 60
const served = thing(meter, {
  fields: {
    Temperature: quantity('°C', { precision: 1, read: () => 4.5 }),
    Pause: int({ min: 1, max: 1440, read: () => minutes, write: value => void (minutes = value) }),
  },
  mayControl: ({ from }) => (from.startsWith(`${ann.account}/`) ? 'all' : 'none'),
})
meter.roster.onRequest(request => request.accept())
await meter.roster.request(house.account)
for (const one of [meter, house]) await ann.roster.request(one.account)

// A real meter would close its client and switch itself off; this one stays connected and says that it sleeps.
const isGone = new Promise<void>(gone => ann.presence.on('change', ({ presence }) => presence ?? gone()))
const sleep = sleeper(meter, served, { keeper: house.account })
await sleep.sleep({ for: '6h', stay: true })
await isGone

const nap = await sleepOf(ann, meter.account)
const hours = ((nap?.until?.getTime() ?? 0) - (nap?.since.getTime() ?? 0)) / 3_600_000
console.log(
  `${meter.account} sleeps for ${Math.round(hours)} hours, and ${nap?.keeper} knows its last values`,
)
for await (const last of lastKnown(ann, meter.account))
  if (last.kind !== 'error') console.log(`${last.name} was ${last.text}: ${last.categories.join()}`)

// Settings wait at the server. The newest of those for the same parameter counts.
const orders = [
  setLater(ann, meter.account, { Pause: 30 }, { within: '12h' }),
  setLater(ann, meter.account, { Pause: 15 }, { within: '12h' }),
  setLater(ann, meter.account, { Pause: 5000 }, { within: '12h', key: 'a slip of the finger' }),
]

meter.presence.set({})
for (const { outcome } of orders) {
  const { is, why } = await outcome
  console.log(`${is} ${why}`.trim())
}
console.log(`It measures every ${minutes} minutes`)
