/** `waxwing thing`: makes this computer a thing, with an account of its own and a link by which it is claimed. */
import { writeFileSync } from 'node:fs'
import { type Client, isRetryable, StanzaError } from '@waxwing/client-node'
import { bareOf } from '@waxwing/jid'
import { Registration } from '@waxwing/protocol'
import { adHoc, NotSupportedError, thing, unregister } from '@waxwing/things'
import type { Command } from 'commander'
import { computerFields } from '../computer.ts'
import { DeviceFolder } from '../device-folder.ts'
import { CommandError } from '../explain.ts'
import { type BootOptions, boot } from '../first-boot.ts'
import { type WayOptions, withWay } from '../login.ts'
import { qrCode, toLines, toPng } from '../qr-code.ts'
import { complain, say } from '../terminal.ts'
import { untilStopped } from './start.ts'

interface ThingOptions extends BootOptions {
  readonly data: string
  readonly png?: string
  readonly rules?: boolean
}

export function addThingCommands(program: Command): void {
  const group = program
    .command('thing')
    .description('Make this computer a thing with an account of its own, or make it forget that it was one.')
    .addHelpText(
      'after',
      `
"waxwing thing" alone is "waxwing thing run", which has options: waxwing thing run --help

Examples:
  waxwing thing --invitation "xmpp:example.org?register;preauth=…" --meta MAN=example.org SN=4711
  waxwing thing                           at every later start
  waxwing thing reset`,
    )
  const run = group
    .command('run', { isDefault: true })
    .description('Be a thing that its owner reads; at the first start make an account.')
    .option('--domain <domain>', 'the server; needed once, and only without an invitation')
    .option('--invitation <link>', 'makes the account by this link: waxwing invite makes one')
    .option('--signed <key>', 'makes the account by a form signed with this key of the maker')
    .option('--secret-file <file>', 'the secret of that key (or WAXWING_SIGNING_SECRET)')
    .option('--name <name>', 'the name of the account; made at random when left out')
    .option('--meta <tags...>', 'what is said of the thing, as in MAN=example.org SN=4711 V=1.5')
    .option('--png <file>', 'writes the QR code of its link as a picture, too')
    .option('--rules', 'the rules of the owner decide who may read it, not the owner alone')
  withWay(withFolder(run))
    .addHelpText(
      'after',
      `
Examples:
  waxwing thing run --invitation "xmpp:example.org?register;preauth=…" --meta MAN=example.org SN=4711
  waxwing thing run --domain example.org --signed acme --secret-file acme.secret --meta SN=4711
  waxwing thing run`,
    )
    .action(runThing)
  const reset = group
    .command('reset')
    .description('Leave the registry, give the account up, and forget everything: as from the factory.')
    .option('--forget', 'only forget, when the server cannot be reached or has forgotten the account')
  withWay(withFolder(reset)).addHelpText('after', '\nExample:\n  waxwing thing reset').action(resetThing)
  program
    .command('label <link>')
    .description('Draw the link of a thing as a QR code.')
    .option('--png <file>', 'as a picture')
    .addHelpText('after', '\nExample:\n  waxwing label "iotdisco:SN=4711;KEY=…" --png label.png')
    .action((link: string, { png }: { readonly png?: string }) => draw(link, png))
}

function withFolder(command: Command): Command {
  return command.option('--data <folder>', 'where the thing keeps its account', 'waxwing-thing')
}

async function runThing(options: ThingOptions): Promise<void> {
  const stopped = untilStopped()
  const folder = new DeviceFolder(options.data)
  const isNew = !folder.read()?.isMade
  const starting = boot(folder, options, complain)
  const client = await Promise.race([starting, stopped.then(() => undefined)])
  // Whatever is under way is of no interest any more.
  if (!client) return process.exit(0)
  say(`${client.account} is online.`)
  if (isNew) say('Ctrl-C stops it; "waxwing thing" brings it back, and "waxwing thing reset" ends it.')
  const sensors = serve(client, folder, options)
  const ended = new Promise<Error | undefined>(resolve =>
    client.on('state', status => status.state === 'closed' && resolve(status.error)),
  )
  const fault = await Promise.race([stopped.then(() => undefined), ended])
  sensors.close()
  await client.close()
  if (fault) throw fault
}

function serve(client: Client, folder: DeviceFolder, { rules, png }: ThingOptions): { close(): void } {
  let shown: string | undefined
  const sensors = thing(client, {
    fields: computerFields(folder.path),
    registry: 'auto',
    meta: folder.read()?.meta,
    // Nobody else, whoever an earlier owner has let in.
    ...(rules
      ? { provisioning: 'auto' }
      : { mayRead: ({ from }) => (bareOf(from) === sensors.owner ? 'all' : 'none') }),
    onUnclaimed(link) {
      if (link !== shown) draw((shown = link), png)
    },
    onClaimed: ({ owner }) => say(`${owner} owns it.`),
    onDisowned: () => say('Nobody owns it any more: the new link is above.'),
  })
  // Whoever has a chat client sees its values there.
  const quiet = adHoc(client, sensors)
  if (!rules)
    client.roster.onRequest(request =>
      request.jid === sensors.owner ? request.accept({ mutual: true }) : request.decline(),
    )
  return {
    close() {
      quiet()
      sensors.close()
    },
  }
}

/** Shows a link to people, and to the cameras of their telephones. */
function draw(link: string, png: string | undefined): void {
  const code = qrCode(link)
  for (const line of toLines(code, process.stdout.isTTY)) process.stdout.write(`${line}\n`)
  say(link)
  say('Whoever scans this first owns it. Without a camera: waxwing claim "iotdisco:…" --as you@example.org')
  if (png !== undefined) writeFileSync(png, toPng(code), { mode: 0o600 })
}

async function resetThing(
  options: WayOptions & { readonly data: string; readonly forget?: boolean },
): Promise<void> {
  const folder = new DeviceFolder(options.data)
  if (!options.forget) {
    const device = folder.read()
    if (!device) throw new CommandError(`There is no thing in ${folder.path}.`)
    if (device.isMade) {
      await giveUp(await sessionFor(folder, options))
      say(`${device.username}@${device.domain} is no more.`)
    }
  }
  await folder.forget()
  say('Everything is forgotten.')
}

async function sessionFor(folder: DeviceFolder, options: WayOptions): Promise<Client> {
  try {
    // What cannot be reached now is not waited for: a person is there.
    return await boot(folder, options, why => {
      throw new CommandError(`${why.split(';')[0]}. "--forget" forgets without telling the server.`)
    })
  } catch (error) {
    if (error instanceof CommandError || isRetryable(error)) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(`${why}. "--forget" forgets without telling the server.`)
  }
}

/** The registry first: it may be elsewhere, and hear nothing of the account. */
async function giveUp(client: Client): Promise<void> {
  try {
    await unregister(client).catch((error: unknown) => {
      if (!(error instanceof NotSupportedError || error instanceof StanzaError)) throw error
    })
    await client.iq.set(Registration, client.domain, { remove: true })
  } finally {
    await client.close()
  }
}
