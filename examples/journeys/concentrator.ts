// A tree of meters: looking, following, editing, and a question that takes its time: node examples/journeys/concentrator.ts [<gateway> <password> <ann> <password>]
import { command, concentrator, int, quantity, query, thing, WriteError } from '@waxwing/things'
import { stage } from './stage.ts'

await using here = await stage('gateway', 'ann')
const { gateway, ann } = here.clients

// Contacts see the tree without the safe; Ann alone may change it.
const plant = thing(gateway, {
  maySee: ({ node }) => node?.id !== 'safe',
  mayManage: ({ from }) => from.startsWith(`${ann.account}/`),
}).source('MeteringTopology', { name: 'Plant 7' })
const bus = plant.add({ id: 'bus-1', type: 'Modbus', name: 'Bus 1', childrenOrdered: true })
const addresses: Record<string, number> = {}
for (const id of ['boiler', 'pump', 'safe']) {
  addresses[id] = Object.keys(addresses).length + 1
  bus.add({
    id,
    type: 'Meter',
    fields: { Power: quantity('kW', { precision: 1, read: () => id.length * 1.5 }) },
    parameters: {
      Address: int({ min: 1, max: 247, read: () => addresses[id], write: n => void (addresses[id] = n) }),
    },
    commands: {
      reset: command({
        confirmation: 'The count begins at 0?',
        run: () => {
          if (id === 'pump') throw new WriteError('The pump is running.')
        },
      }),
      log: query({
        run: async ({ report }) => {
          const table = await report.table('Log', ['Day', 'kWh'])
          for (let day = 1; day <= 3; day++) await table.row(day, day * 24)
          await table.done()
        },
      }),
    },
  })
}
gateway.roster.onRequest(request => request.accept())
await ann.roster.request(gateway.account)

// Level by level, as far as the loop goes: nobody needs a whole tree in memory.
const tree = concentrator(ann, gateway.account, { source: 'MeteringTopology' })
const news = await tree.subscribe({ source: 'MeteringTopology', messages: true })
for await (const { id, depth, nodeType } of tree.walk())
  console.log(`${'  '.repeat(depth)}${id} (${nodeType})`)

const boiler = tree.node('boiler')
for await (const field of boiler.read())
  if (field.kind === 'quantity') console.log(`${field.node?.id}: ${field.text} ${field.unit}`)
await boiler.edit({ Address: 300 }).catch((error: Error) => console.log(error.message.replace(/^\S+ /, '')))
await boiler.edit({ Address: 30 })

// Several at once: what goes wrong on one of them is told for this one.
for (const { isDone, error } of await tree.together(['boiler', 'pump']).execute('reset'))
  console.log(isDone ? 'reset' : `not reset: ${error}`)
for await (const found of await boiler.query('log'))
  if (found.kind === 'newRecords') console.log(`${found.records.length} days`)

// What has happened since the tree was looked at: the edit, and what happens now, but nothing of the safe.
plant.node('safe')?.report('Error', 'It is open.')
plant.node('pump')?.report('Warning', 'It is loud.')
for await (const event of news) {
  if (event.kind === 'nodeUpdated') console.log(`${event.id} was changed`)
  if (event.kind !== 'nodeStatusChanged') continue
  console.log(`${event.id}: ${event.messages.at(-1)?.text}`)
  break
}
