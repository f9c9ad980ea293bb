// Values of now, of the past, and as they change: node examples/journeys/reading.ts [<meter> <password> <ann> <password>]
import { quantity, ReadError, read, sample, snapshot, string, thing, watch } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('meter', 'ann')
const { meter, ann } = here.clients

const hourMs = 3_600_000
const start = Date.UTC(2026, 0, 1)
let celsius = 20
const sensors = thing(meter, {
  fields: {
    Temperature: quantity('°C', {
      precision: 1,
      read: () => celsius,
      // A generator: only as much of the past is made as goes over the wire.
      *history({ from, to }) {
        for (let at = from?.getTime() ?? start; at <= (to?.getTime() ?? start); at += hourMs)
          yield sample(15 + (at - start) / hourMs, { time: new Date(at) })
      },
    }),
    Serial: string({ read: () => '4711', categories: ['identity'] }),
    Humidity: quantity('%', {
      read: () => {
        throw new ReadError('The probe is not connected')
      },
    }),
  },
})

// Who may see a thing may read it. The meter lets Ann; that is asked once and stays in both rosters.
meter.roster.onRequest(request => (request.jid === ann.account ? request.accept() : request.decline()))
await ann.roster.request(meter.account)

// Everything: what cannot be read is told as an error of its field, and costs nothing else.
for await (const reading of read(ann, meter.account, { types: ['momentary', 'identity'] }))
  console.log(reading.kind === 'error' ? `! ${reading.text}` : `${reading.name}: ${reading.text}`)

// Fields by name and type; a thing that tells something else is an error here, not a surprise later.
const { Temperature } = await snapshot(ann, meter.account, { Temperature: quantity('°C') })
console.log(`It is ${Temperature.value + 273.15} K`)

const day = { from: '2026-01-01T06:00:00Z', to: '2026-01-01T08:00:00Z', fields: ['Temperature'] }
for await (const past of read(ann, meter.account, { types: ['historical'], ...day }))
  if (past.kind === 'quantity') console.log(`${past.time.text} ${past.text} ${past.unit}`)

// Changes of half a degree and more. What is smaller is not sent at all.
for await (const change of watch(ann, meter.account, { fields: { Temperature: { by: 0.5 } } })) {
  if (change.kind !== 'quantity') continue
  console.log(`Now ${change.text} ${change.unit}`)
  if (change.value > 21) break
  for (const next of [20.2, 20.4, 21.5]) {
    celsius = next
    sensors.changed('Temperature')
  }
}
