/** `waxwing simulate`: thousands of things that are not there, for developing and measuring without them. */
import { readFileSync } from 'node:fs'
import { nodePlatform, parseInvitation, tcpConnector } from '@waxwing/client-node'
import { bareOf, domainOf, parseJid } from '@waxwing/jid'
import { type Command, InvalidArgumentError } from 'commander'
import { CommandError } from '../explain.ts'
import { addressOf, patience, type Way, type WayOptions, wayTo, withWay } from '../login.ts'
import { findPlace, type PlaceOptions } from '../setup.ts'
import {
  type AccountMaker,
  controlledAccounts,
  passwordsFrom,
  registeredAccounts,
} from '../simulate/accounts.ts'
import { Fleet } from '../simulate/fleet.ts'
import { type Plan, readPlan } from '../simulate/plan.ts'
import { mixed, named } from '../simulate/seeds.ts'
import { type Kind, SimulatedThing } from '../simulate/simulated-thing.ts'
import { usualPlan } from '../simulate/usual-plan.ts'
import { untilStopped } from './start.ts'

interface SimulateOptions extends WayOptions, PlaceOptions {
  readonly things?: number
  readonly seed?: number
  readonly domain?: string
  readonly invitation?: string
  readonly register?: boolean
  readonly readers?: readonly string[]
  readonly rate: number
  readonly poll: number
  readonly keep: string
}

/** On a terminal the line that tells how it stands is overwritten. */
const clear = process.stderr.isTTY ? '\r\x1b[K' : ''
const say = (line: string): void => void process.stdout.write(`${process.stdout.isTTY ? clear : ''}${line}\n`)
const complain = (line: string): void => void process.stderr.write(`${clear}${line}\n`)

export function addSimulateCommand(program: Command): void {
  const command = program
    .command('simulate [file]')
    .description('Simulate things by the thousand, with plausible values and faults, until Ctrl-C.')
    .option('--things <number>', 'how many, instead of as many as the file says', numberFrom(1, 100_000))
    .option('--seed <number>', 'the same seed gives the same values and faults', numberFrom(0, 2 ** 32 - 1))
    .option('--domain <domain>', 'the server; the first one of the configuration when left out')
    .option('--invitation <link>', 'things make their accounts by this link, which must hold for all')
    .option('--register', 'things make their accounts themselves, where everybody may')
    .option('--readers <jids...>', 'who may read the things; everybody of their server when left out')
    .option('--rate <number>', 'things that come in a second', numberFrom(1, 10_000), 50)
    .option('--poll <seconds>', 'how often values are looked at for who watches', numberFrom(1, 86_400), 5)
    .option('--keep <folder>', 'where the secret of the passwords is kept', 'waxwing-simulation')
    .option('--config <file>', 'the configuration the server uses')
    .option('--data <folder>', 'the data folder the server uses: there it is asked to make the accounts')
  withWay(command)
    .addHelpText(
      'after',
      `
Examples:
  waxwing simulate --things 1000
  waxwing simulate building.json --seed 7 --readers you@localhost`,
    )
    .action(simulate)
}

function numberFrom(min: number, max: number): (text: string) => number {
  return text => {
    const number = Number(text)
    if (!Number.isInteger(number) || number < min || number > max)
      throw new InvalidArgumentError(`Write a number from ${min} to ${max}.`)
    return number
  }
}

async function simulate(file: string | undefined, options: SimulateOptions): Promise<void> {
  const stopped = untilStopped()
  const plan = readPlan(
    textOf(file),
    file ?? 'the usual plan',
    options.things ?? (file ? undefined : 10),
    options.seed,
  )
  const domain = domainFor(options)
  const way = wayTo(domain, options)
  const counts = new Counts()
  const things = thingsOf(plan, domain, options, counts)
  const platform = { ...nodePlatform(), report: (fault: unknown) => void counts.faults.add(String(fault)) }
  const passwordOf = passwordsFrom(options.keep)
  const fleet = new Fleet({
    things,
    accounts: await accountsFor(options, domain, way),
    passwordOf,
    connector: tcpConnector(way),
    platform,
    perSecond: options.rate,
    timeoutMs: patience(options),
    report: complain,
  })
  say(`Simulating ${things.length} things of ${plan.kinds.length} kinds at ${domain}, seed ${plan.seed}.`)
  const ticking = setInterval(() => fleet.tick(Date.now()), 1000)
  const telling = setInterval(() => tell(fleet, things.length, counts), process.stderr.isTTY ? 1000 : 10_000)
  const coming = fleet.come().then(() => {
    say(`${fleet.standing.come} of ${things.length} things have come.`)
    const [first] = things
    if (first && fleet.standing.come > 0) say(`Read one: waxwing read ${first.jid}/thing --as you@${domain}`)
  })
  await Promise.race([stopped, coming.then(() => stopped)])
  for (const timer of [ticking, telling]) clearInterval(timer)
  await fleet.leave()
  await coming
  say(`${counts.asked} readouts were answered, ${counts.cuts} connections cut.`)
}

function textOf(file: string | undefined): string {
  if (file === undefined) return usualPlan
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandError(`${file} cannot be read.`)
  }
}

function domainFor(options: SimulateOptions): string {
  const invited = options.invitation === undefined ? undefined : parseInvitation(options.invitation).domain
  const domain = options.domain ?? invited ?? findPlace(options).config.server.hosts[0] ?? 'localhost'
  addressOf(domain)
  return domain
}

function accountsFor(options: SimulateOptions, domain: string, way: Way): Promise<AccountMaker> {
  const { invitation, register, keep } = options
  if (invitation !== undefined || register)
    return Promise.resolve(registeredAccounts(domain, way, invitation, keep))
  return controlledAccounts(findPlace(options), domain)
}

class Counts {
  asked = 0
  cuts = 0
  readonly faults = new Set<string>()
  #askedThen = 0
  #then = performance.now()

  /** Readouts per second since this was asked last. */
  perSecond(): number {
    const now = performance.now()
    const rate = ((this.asked - this.#askedThen) * 1000) / (now - this.#then)
    this.#askedThen = this.asked
    this.#then = now
    return Math.round(rate)
  }
}

function thingsOf(
  plan: Plan,
  domain: string,
  { readers, poll }: SimulateOptions,
  counts: Counts,
): readonly SimulatedThing[] {
  const few = readers && new Set(readers.map(one => bareOf(addressOf(one))))
  const shared: Omit<Kind, 'plan'> = {
    pollMs: poll * 1000,
    mayRead: ({ from }) => (few ? few.has(bareOf(from)) : domainOf(from) === domainOf(parseJid(domain))),
    time: {
      now: () => Date.now(),
      after: ms => new Promise(resolve => setTimeout(resolve, ms).unref()),
    },
    happening: { asked: () => void counts.asked++, cut: () => void counts.cuts++ },
  }
  return plan.kinds.flatMap(kind => {
    const whole: Kind = { ...shared, plan: kind }
    const seed = named(plan.seed, kind.name)
    return Array.from(
      { length: kind.count },
      (_, n) => new SimulatedThing(whole, `${kind.name}-${n + 1}@${domain}`, mixed(seed, n + 1)),
    )
  })
}

/** How it stands, in one line; on a terminal always in the same place. */
function tell(fleet: Fleet, count: number, counts: Counts): void {
  const { cuts, faults } = counts
  const { online, come, subscriptions } = fleet.standing
  const megabytes = Math.round(process.memoryUsage.rss() / 1e6)
  const parts = [
    come < count ? `${come} of ${count} have come` : `${count} things`,
    `${online} online`,
    `${counts.perSecond()} readouts/s`,
    `${subscriptions} watched`,
    ...(cuts > 0 ? [`${cuts} cut`] : []),
    ...(faults.size > 0 ? [`${faults.size} kinds of faults`] : []),
    `${megabytes} MB`,
  ]
  if (clear !== '') process.stderr.write(clear + parts.join(', '))
  else say(parts.join(', '))
}
