/** Simulated things in one process with their server, on a manual clock: they come, are read, and fail as planned. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@waxwing/client'
import { domainOf, parseJid } from '@waxwing/jid'
import { type World, world } from '@waxwing/testkit'
import { bool, int, type Reading, read, set, snapshot } from '@waxwing/things'
import { type AccountMaker } from './accounts.ts'
import { type FaultKind, hasFault, spellOf } from './faults.ts'
import { Fleet } from './fleet.ts'
import { readPlan } from './plan.ts'
import { mixed } from './seeds.ts'
import { type Kind, SimulatedThing } from './simulated-thing.ts'
import { usualPlan } from './usual-plan.ts'

const domain = 'montague.example'

interface Simulation {
  readonly it: World
  readonly fleet: Fleet
  readonly things: readonly SimulatedThing[]
  readonly reader: Client
  readonly said: string[]
  readonly counts: { asked: number; cuts: number }
}

interface Options {
  readonly plan?: string
  readonly count?: number
  readonly accounts?: (it: World) => AccountMaker
}

/** A fleet that has not come yet. */
async function simulation(
  it: World,
  { plan = usualPlan, count, accounts }: Options = {},
): Promise<Simulation> {
  const reader = await it.joins(`reader@${domain}/r`)
  const counts = { asked: 0, cuts: 0 }
  const { clock } = it.host
  const shared: Omit<Kind, 'plan'> = {
    pollMs: 1_000,
    mayRead: ({ from }) => domainOf(from) === domainOf(parseJid(domain)),
    time: {
      now: () => clock.wall(),
      after: ms => new Promise(resolve => void clock.after(ms, resolve)),
    },
    happening: { asked: () => void counts.asked++, cut: () => void counts.cuts++ },
  }
  const things = readPlan(plan, 'a plan', count, 5).kinds.flatMap(kind =>
    Array.from({ length: kind.count }, (_, n) => {
      const whole = { ...shared, plan: kind }
      return new SimulatedThing(whole, `${kind.name}-${n + 1}@${domain}`, mixed(7, n))
    }),
  )
  const said: string[] = []
  const fleet = new Fleet({
    things,
    accounts: accounts?.(it) ?? {
      make: (username, password) => it.host.account(`${username}@${domain}`, password),
    },
    passwordOf: jid => `password of ${jid}`,
    connector: it.connector(),
    platform: reader.platform,
    perSecond: 10,
    timeoutMs: 30_000,
    report: line => void said.push(line),
  })
  return { it, fleet, things, reader, said, counts }
}

async function valuesOf(
  { it, reader }: Simulation,
  name: string,
  timeoutMs = 60_000,
): Promise<readonly Reading[]> {
  const found: Reading[] = []
  const gather = async (): Promise<void> => {
    const about = { types: ['momentary', 'status'], timeoutMs } as const
    for await (const reading of read(reader, `${name}@${domain}/thing`, about)) found.push(reading)
  }
  await it.waitsFor(gather())
  return found
}

function planOf(faults: object): string {
  const fields = { T: { unit: '°C', signal: [{ mean: 20 }] } }
  return JSON.stringify({ things: [{ name: 'boiler', count: 1, fields, faults }] })
}

/** A fleet of one with a fault, in a spell that has just begun. */
async function faulty(it: World, kind: FaultKind, rate = 1): Promise<Simulation> {
  const made = await simulation(it, { plan: planOf({ [kind]: rate, spell: '10m' }) })
  await it.waitsFor(made.fleet.come())
  const [thing] = made.things
  const { clock } = it.host
  const spell = (): number => (thing ? spellOf(thing.seed, thing.kind.plan.faults, clock.wall()) : 0)
  const before = spell()
  while (spell() === before) await it.host.advance(1_000)
  return made
}

test('things come one after the other, and leave', async () => {
  await using it = await world()
  const { fleet, counts, things } = await simulation(it, { count: 20 })
  const since = it.host.clock.monotonic()
  const coming = fleet.come()
  await it.host.advance(1_000)
  assert.ok(fleet.standing.come >= 8 && fleet.standing.come <= 11, `${fleet.standing.come}`)
  await it.waitsFor(coming)
  assert.ok(it.host.clock.monotonic() - since >= 1_900)
  assert.deepEqual(fleet.standing, { online: 20, come: 20, subscriptions: 0 })
  await it.waitsFor(fleet.leave())
  assert.equal(fleet.standing.online, 0)
  assert.equal(counts.asked, 0)
  assert.ok(things.every(({ client }) => client?.state === 'closed'))
})

test('each thing has the fields of its kind, and those who ask are counted', async () => {
  await using it = await world()
  const made = await simulation(it, { count: 10 })
  await it.waitsFor(made.fleet.come())
  const [power, energy] = await valuesOf(made, 'meter-3')
  assert.ok(power?.kind === 'quantity' && power.name === 'Power' && power.unit === 'W' && power.value >= 0)
  assert.ok(energy?.kind === 'quantity' && energy.unit === 'kWh' && /^-?\d+\.\d\d$/.test(energy.text))
  const lamp = await valuesOf(made, 'lamp-1')
  assert.deepEqual(
    lamp.map(({ kind }) => kind),
    ['boolean', 'int'],
  )
  assert.equal(made.counts.asked, 2)
})

test('a thing whose account has another password is given up, and that is said once', async () => {
  await using it = await world()
  await it.host.account(`climate-1@${domain}`, 'something else')
  await it.host.account(`climate-2@${domain}`, 'something else')
  const { fleet, said } = await simulation(it, { count: 10 })
  await it.waitsFor(fleet.come())
  assert.equal(fleet.standing.come, 8)
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /^An account is there already, with another password/)
})

test('things that are thrown out for good are told of, once', async () => {
  await using it = await world()
  const { fleet, said } = await simulation(it, { count: 10 })
  await it.waitsFor(fleet.come())
  const host = it.host.server.router.host(domain) ?? assert.fail()
  for (const name of ['climate-1', 'climate-2']) await host.removeAccount(host.accounts.jidOf(name))
  for (let tries = 0; said.length === 0 && tries < 60; tries++) await it.host.advance(1_000)
  assert.equal(fleet.standing.online, 8)
  assert.equal(said.length, 1, said.join())
  assert.match(said[0] ?? '', /^A thing is gone: /)
})

test('a simulation that is ended while things come leaves none behind', async () => {
  await using it = await world()
  const { fleet } = await simulation(it, { count: 20 })
  const coming = fleet.come()
  await it.host.advance(500)
  await it.waitsFor(fleet.leave())
  await it.waitsFor(coming)
  assert.equal(fleet.standing.online, 0)
  assert.ok(fleet.standing.come < 20)
})

test('a silent thing answers nothing until the spell is over', async () => {
  await using it = await world()
  const made = await faulty(it, 'silent')
  await assert.rejects(valuesOf(made, 'boiler-1', 30_000), /30 s/)
})

test('a slow thing takes its time', async () => {
  await using it = await world()
  const made = await faulty(it, 'slow')
  const since = it.host.clock.monotonic()
  assert.equal((await valuesOf(made, 'boiler-1')).length, 1)
  const took = it.host.clock.monotonic() - since
  assert.ok(took >= 1_000 && took <= 15_200, `${took}`)
})

test('a thing that has lost its probe says what such probes say', async () => {
  await using it = await world()
  const [wrong] = await valuesOf(await faulty(it, 'wrong'), 'boiler-1')
  assert.ok(
    wrong?.kind === 'quantity' && (wrong.value === -127 || wrong.value === 850),
    JSON.stringify(wrong),
  )
})

test('a thing whose clock is off gives other times', async () => {
  await using it = await world()
  const [off] = await valuesOf(await faulty(it, 'clock'), 'boiler-1')
  const distance = Math.abs((off?.time.instant?.getTime() ?? 0) - it.host.clock.wall())
  assert.ok(distance > 60_000 && distance <= 12 * 3_600_000, `${distance}`)
})

test('a thing that loses its connection comes back by itself', async () => {
  await using it = await world()
  const made = await faulty(it, 'cut')
  const { fleet, counts, things } = made
  fleet.tick(it.host.clock.wall())
  await it.host.turns.settle()
  assert.equal(counts.cuts, 1)
  assert.equal(fleet.standing.online, 0)
  for (let tries = 0; fleet.standing.online === 0 && tries < 120; tries++) await it.host.advance(1_000)
  assert.equal((await valuesOf(made, 'boiler-1')).length, 1)
  fleet.tick(it.host.clock.wall())
  assert.equal(counts.cuts, 1, 'once in each spell')
  const [thing] = things
  assert.ok(thing && hasFault('cut', thing.seed, thing.kind.plan.faults, it.host.clock.wall()))
})

test('lamps are set by who may read them, and stay so; chat clients see commands for it', async () => {
  await using it = await world()
  const { fleet, reader } = await simulation(it, { count: 10 })
  await it.waitsFor(fleet.come())
  const lamp = `lamp-1@${domain}/thing`
  const lit = { Output: true, Level: 33 }
  await it.waitsFor(set(reader, lamp, lit))
  await it.host.advance(3_600_000)
  const reading = snapshot(reader, lamp, { Output: bool(), Level: int() })
  await it.waitsFor(reading)
  const { Output, Level } = await reading
  assert.deepEqual([Output.value, Level.value], [true, 33])
  await assert.rejects(it.waitsFor(set(reader, lamp, { Level: 101 })), /from 0 to 100/)
  const info = reader.disco.info(lamp)
  await it.waitsFor(info)
  assert.ok((await info).features?.includes('http://jabber.org/protocol/commands'))
  await it.waitsFor(fleet.leave())
})
