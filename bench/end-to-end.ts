/**
 * Servers side by side over TLS: `node bench/end-to-end.ts [--json] [--seconds 3]`. Waxwing always, Prosody and
 * ejabberd when they are installed; ratios to the faster of them. Server on one core, this generator on another where
 * the system has `taskset`.
 */
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { parseArgs } from 'node:util'
import { type AnyServer, startEjabberd, startProsody } from '../interop/foreign-server.ts'
import { missing } from '../interop/peers.ts'
import { password, startTestServer } from '../interop/server.ts'
import { WireClient } from './wire-client.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '3' } },
})
const millis = Number(values.seconds) * 1000
const users = Array.from({ length: 200 }, (_, n) => `u${n}`)

interface Result {
  readonly server: string
  readonly scenario: string
  readonly perSecond: number
}

/** How often things happen within the time, after half a second of warming up. */
async function rate(start: (count: (times: number) => void) => void): Promise<number> {
  let counted = 0
  start(times => {
    counted += times
  })
  await new Promise(resolve => setTimeout(resolve, 500))
  const before = counted
  const since = performance.now()
  await new Promise(resolve => setTimeout(resolve, millis))
  return ((counted - before) / (performance.now() - since)) * 1000
}

type Scenario = (clients: readonly WireClient[]) => Promise<number>

const body = 'x'.repeat(200)

function messages(pairs: number, window: number): Scenario {
  return clients =>
    rate(count => {
      for (let pair = 0; pair < pairs; pair++) {
        const sender = clients[pair * 2]
        const receiver = clients[pair * 2 + 1]
        if (!sender || !receiver) continue
        const message = `<message to='${receiver.jid}' type='chat' id='m1'><body>${body}</body></message>`
        receiver.count('</message>', times => {
          count(times)
          sender.write(message.repeat(times))
        })
        sender.write(message.repeat(window))
      }
    })
}

const pings: Scenario = clients =>
  rate(count => {
    const ping = "<iq type='get' id='p1' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
    for (const client of clients.slice(0, 100)) {
      client.count('p1', times => {
        count(times)
        client.write(ping.repeat(times))
      })
      client.write(ping.repeat(10))
    }
  })

/** A request, its acceptance, and a message with ten fields: three stanzas. XEP-0323. */
const readouts: Scenario = clients =>
  rate(count => {
    const ns = 'urn:xmpp:iot:sensordata'
    const fields = Array.from(
      { length: 10 },
      (_, n) =>
        `<numeric name='Field ${n}' momentary='true' automaticReadout='true' value='23.${n}' unit='°C'/>`,
    ).join('')
    for (let pair = 0; pair < 50; pair++) {
      const reader = clients[pair * 2]
      const device = clients[pair * 2 + 1]
      if (!reader || !device) continue
      const ask = `<iq type='get' id='r1' to='${device.jid}'><req xmlns='${ns}' seqnr='1' momentary='true'/></iq>`
      const answer =
        `<iq type='result' id='r1' to='${reader.jid}'><accepted xmlns='${ns}' seqnr='1'/></iq>` +
        `<message to='${reader.jid}'><fields xmlns='${ns}' seqnr='1' done='true'><node nodeId='d'>` +
        `<timestamp value='2026-01-01T00:00:00Z'>${fields}</timestamp></node></fields></message>`
      device.count('</iq>', times => device.write(answer.repeat(times)))
      reader.count('</message>', times => {
        count(times)
        reader.write(ask.repeat(times))
      })
      reader.write(ask.repeat(10))
    }
  })

const scenarios: Readonly<Record<string, Scenario>> = {
  'messages, 50 pairs × window 100': messages(50, 100),
  'messages, 100 pairs × window 1': messages(100, 1),
  'pings, 100 clients × window 10': pings,
  'sensor readouts, 50 pairs × window 10': readouts,
}

/** A few at a time: some servers accept no more at once. */
async function allLoggedIn(port: number): Promise<readonly WireClient[]> {
  const clients: WireClient[] = []
  for (let from = 0; from < users.length; from += 10) {
    const some = users.slice(from, from + 10)
    clients.push(...(await Promise.all(some.map(user => WireClient.logIn(port, user, password)))))
  }
  return clients
}

async function logins(port: number): Promise<number> {
  let done = 0
  let next = 0
  const since = performance.now()
  const one = async (): Promise<void> => {
    while (performance.now() - since < millis) {
      const user = users[next++ % users.length] ?? 'u0'
      const client = await WireClient.logIn(port, user, password)
      client.close()
      done++
    }
  }
  await Promise.all(Array.from({ length: 20 }, one))
  return (done / (performance.now() - since)) * 1000
}

async function measure(server: string, start: (t: TestContext) => Promise<AnyServer>): Promise<Result[]> {
  const endings: (() => unknown)[] = []
  // What the tests' servers need of a test: to be told when it is over.
  const run = {
    passed: true,
    after: (end: () => unknown) => endings.unshift(end),
    afterEach() {},
    diagnostic() {},
  }
  try {
    const { port } = await start(run as unknown as TestContext)
    const results: Result[] = []
    const note = (scenario: string, perSecond: number): void => {
      results.push({ server, scenario, perSecond: Math.round(perSecond) })
      if (!values.json)
        console.error(`${server}: ${scenario}: ${Math.round(perSecond).toLocaleString('en')}/s`)
    }
    for (const user of users) (await WireClient.logIn(port, user, password)).close()
    note('logins, STARTTLS and SCRAM-SHA-1', await logins(port))
    for (const [scenario, play] of Object.entries(scenarios)) {
      const clients = await allLoggedIn(port)
      note(scenario, await play(clients))
      for (const client of clients) client.close()
      await new Promise(resolve => setTimeout(resolve, 300))
    }
    return results
  } finally {
    for (const end of endings) await end()
  }
}

/** Puts processes on cores of their own, so that servers are compared and not the scheduler. */
function pin(pid: number, core: number): void {
  spawnSync('taskset', ['-acp', String(core), String(pid)])
}

const own = async (t: TestContext): Promise<AnyServer> => {
  const server = await startTestServer(t, '[limits]\nconnections_per_address = 10000\n')
  await server.addAccounts(...users)
  return server
}

/** Children of this process are servers: they go to the first core, we to the second. */
const onOneCore =
  (start: (t: TestContext) => Promise<AnyServer>) =>
  async (t: TestContext): Promise<AnyServer> => {
    pin(process.pid, 0)
    const server = await start(t)
    pin(process.pid, 1)
    return server
  }

const results = await measure('waxwing', onOneCore(own))
if (missing('prosody') === false)
  results.push(
    ...(await measure(
      'prosody',
      onOneCore(t => startProsody(t, users)),
    )),
  )
if (missing('ejabberd') === false)
  results.push(
    ...(await measure(
      'ejabberd',
      onOneCore(t => startEjabberd(t, users)),
    )),
  )

const names = [...new Set(results.map(({ server }) => server))]
const table = [...new Set(results.map(({ scenario }) => scenario))].map(scenario => {
  const of = (server: string): number | undefined =>
    results.find(found => found.server === server && found.scenario === scenario)?.perSecond
  const best = Math.max(0, ...names.filter(name => name !== 'waxwing').map(name => of(name) ?? 0))
  const ratio = best > 0 ? Number(((of('waxwing') ?? 0) / best).toFixed(1)) : undefined
  return { scenario, ...Object.fromEntries(names.map(name => [`${name}/s`, of(name)])), ratio }
})
if (values.json) console.log(JSON.stringify({ node: process.version, results, table }))
else console.table(table)
