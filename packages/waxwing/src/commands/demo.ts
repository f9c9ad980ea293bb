/** `waxwing demo`: a server, a thing that reads this computer, and a live readout taken over XMPP by somebody else. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@waxwing/client'
import { connect } from '@waxwing/client-node'
import { AccountError, type Server } from '@waxwing/server'
import { adHoc, type FieldReading, talk, thing } from '@waxwing/things'
import type { Command } from 'commander'
import { carryOut, done } from '../administration.ts'
import { computerFields } from '../computer.ts'
import { currentValues } from '../current-values.ts'
import { LiveTable } from '../live-table.ts'
import { reachable } from '../local-servers.ts'
import { toTable } from '../readings.ts'
import type { PlaceOptions } from '../setup.ts'
import { type Service, serve, untilStopped } from './start.ts'

interface DemoPasswords {
  readonly you: string
  readonly computer: string
}

interface DemoOptions extends PlaceOptions {
  readonly every: string
}

const say = (line = ''): void => void process.stdout.write(`${line}\n`)

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Start a server and a thing that reads this computer, and show a live readout.')
    .option('--config <file>', 'configuration of the server')
    .option('--data <folder>', 'where everything is kept')
    .option('--every <seconds>', 'time between readouts', '2')
    .addHelpText('after', '\nExample:\n  waxwing demo --data waxwing-data --every 5')
    .action(runDemo)
}

async function runDemo(options: DemoOptions): Promise<void> {
  const stopped = untilStopped()
  const service = await serveSomewhere(options)
  const domain = service.place.config.server.hosts[0] ?? 'localhost'
  const you = `you@${domain}`
  const computer = `computer@${domain}`
  const passwords = demoPasswords(service.place.folder)
  await ensureAccount(service.server, you, passwords.you)
  await ensureAccount(service.server, computer, passwords.computer)

  const log = (jid: string, password: string): Promise<Client> =>
    connect({ jid, password, ...wayTo(service) })
  const device = await log(computer, passwords.computer)
  const sensors = thing(device, { fields: computerFields(service.place.folder) })
  // Before anybody sees it: capabilities that change while they are asked about are not known.
  adHoc(device, sensors)
  device.roster.onRequest(request =>
    request.jid === you ? request.accept({ mutual: true }) : request.decline(),
  )
  const viewer = await log(you, passwords.you)
  viewer.roster.onRequest(request => (request.jid === computer ? request.accept() : request.decline()))
  await viewer.roster.request(computer)
  talk(device, sensors)

  say(`Waxwing serves ${domain} at ${[...service.addresses].map(([name, at]) => `${name} ${at}`).join(', ')}`)
  say(`${computer} is this computer, a thing with sensors. ${you} reads it over XMPP:`)
  say()
  const table = new LiveTable(process.stdout)
  await show(viewer, computer, table)
  table.below(whatToTry(service, you, computer, passwords.you))
  await keepShowing(viewer, computer, table, Number(options.every) * 1000, stopped)

  say('\nStopping …')
  sensors.close()
  await Promise.all([viewer.close(), device.close()])
  await service.stop()
  say('Stopped. Everything is kept; `npm start` continues where this ended.')
}

/** The usual ports, or others when somebody has them already. */
async function serveSomewhere(options: DemoOptions): Promise<Service> {
  try {
    return await serve({ ...options, level: 'warn' })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ListenError' || options.config !== undefined) throw error
    say(`${error.message}\nUsing other ports for this demonstration.\n`)
    return serve({ ...options, level: 'warn', anyPort: true })
  }
}

function wayTo(service: Service): { host: string; port: number; tls: { trust: { fingerprint: string } } } {
  const { fingerprint } = service.certificate
  return {
    ...reachable(service.addresses.get('client') ?? ''),
    tls: { trust: { fingerprint: `sha256:${fingerprint}` } },
  }
}

/** Made once and kept, so that the printed commands stay true. */
function demoPasswords(folder: string): DemoPasswords {
  const file = join(folder, 'demo.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoPasswords
  const fresh = (): string => randomBytes(9).toString('base64url')
  const passwords = { you: fresh(), computer: fresh() }
  writeFileSync(file, JSON.stringify(passwords), { mode: 0o600 })
  return passwords
}

async function ensureAccount(server: Server, jid: string, password: string): Promise<void> {
  try {
    await done(carryOut(server, { do: 'account add', jid, password }))
  } catch (error) {
    if (!(error instanceof AccountError) || error.condition !== 'exists') throw error
    await done(carryOut(server, { do: 'account password', jid, password }))
  }
}

async function show(viewer: Client, computer: string, table: LiveTable): Promise<void> {
  const readings: FieldReading[] = []
  for await (const reading of currentValues(viewer, computer)) readings.push(reading)
  table.draw(toTable(readings))
}

/** Reads again and again; on a terminal the table is drawn in place, elsewhere it is shown once. */
async function keepShowing(
  viewer: Client,
  computer: string,
  table: LiveTable,
  everyMs: number,
  stopped: Promise<void>,
): Promise<void> {
  const end = stopped.then(() => 'over' as const)
  for (;;) {
    // Unreferenced: it does not hold up the end.
    const pause = new Promise<'again'>(resolve => setTimeout(() => resolve('again'), everyMs).unref())
    if ((await Promise.race([end, pause])) === 'over') return
    if (table.isLive) await show(viewer, computer, table)
  }
}

function whatToTry(service: Service, you: string, computer: string, password: string): readonly string[] {
  const { host, port } = reachable(service.addresses.get('client') ?? '')
  const { fingerprint, paths } = service.certificate
  return [
    '',
    'Try, in another terminal:',
    `  ./waxwing read ${computer} --as ${you} --password ${password}`,
    `  ./waxwing send ${computer} "memory" --as ${you} --password ${password}`,
    `  ./waxwing disco ${you.slice(4)} --as ${you} --password ${password}`,
    '',
    `Chat with it from any XMPP client: log in as ${you}, password ${password},`,
    `  server ${host}, port ${port}, with STARTTLS, and write to ${computer}: "help", "all", "memory" …`,
    `  Trust the certificate ${paths.certificate}, or its SHA-256 fingerprint:`,
    `  ${fingerprint}`,
    '',
    'Ctrl-C stops it.',
  ]
}
