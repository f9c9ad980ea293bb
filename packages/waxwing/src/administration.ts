/** What the command may do to a server, running or not. */
import { type BareJid, bareOf, domainOf, isFull, localOf } from '@waxwing/jid'
import { type Host, invitations, openServer, type Server } from '@waxwing/server'
import { exportTo, importFrom } from './account-files.ts'
import { askServer, type ControlRequest, type Said } from './control.ts'
import { CommandError } from './explain.ts'
import { addressOf } from './login.ts'
import { openLog, openStore, type Place } from './setup.ts'

/** Carries a request out. @throws AccountError, CommandError */
export async function* carryOut(server: Server, request: ControlRequest): AsyncGenerator<Said, void> {
  switch (request.do) {
    case 'account list':
      for (const host of server.router.hosts())
        for await (const jid of host.accounts.list()) yield { line: jid }
      return
    case 'account export':
      yield* exportTo(server, request.folder, request.jids)
      return
    case 'account import':
      yield* importFrom(server, request.file)
      return
    case 'invite':
      for (const line of await invite(server, request)) yield { line }
      return
    default:
      yield { line: await changeAccount(accountAt(server, request.jid), request) }
  }
}

type AccountChange = Extract<ControlRequest, { jid: string }>

async function changeAccount(
  { host, jid }: { host: Host; jid: BareJid },
  request: AccountChange,
): Promise<string> {
  switch (request.do) {
    case 'account add':
      await host.createAccount(jid, request.password)
      return `${jid} added`
    case 'account password':
      await host.accounts.setPassword(jid, request.password)
      return `password of ${jid} changed`
    case 'account remove':
      await host.removeAccount(jid)
      return `${jid} removed with everything kept for it`
  }
}

async function invite(
  server: Server,
  { to, uses, lifetimeMs }: Extract<ControlRequest, { do: 'invite' }>,
): Promise<readonly string[]> {
  const { host, username } = invitedTo(server, to)
  const desk = host.apiOf(invitations)
  if (!desk) throw new CommandError(`Invitations are switched off for ${host.domain}.`)
  const { uri, landingUrl, expires } = await desk.toAccount({
    username,
    ...(uses !== undefined && { uses }),
    ...(lifetimeMs !== undefined && { lifetimeMs }),
  })
  return [uri, ...(landingUrl === undefined ? [] : [landingUrl]), `valid until ${expires.toISOString()}`]
}

function invitedTo(server: Server, to: string | undefined): { host: Host; username?: string } {
  if (to?.includes('@')) {
    const { host, jid } = accountAt(server, to)
    const username = localOf(jid)
    return username === undefined ? { host } : { host, username }
  }
  const hosts = [...server.router.hosts()]
  const host = to === undefined ? hosts[0] : server.router.host(domainOf(addressOf(to)))
  if (host && (to !== undefined || hosts.length === 1)) return { host }
  throw new CommandError(`Say which domain: ${hosts.map(({ domain }) => domain).join(', ')}.`)
}

function accountAt(server: Server, text: string): { host: Host; jid: BareJid } {
  const address = addressOf(text)
  const jid = bareOf(address)
  if (isFull(address) || localOf(jid) === undefined)
    throw new CommandError(`${text} is no account; write user@domain.`)
  const host = server.router.host(domainOf(jid))
  if (host) return { host, jid }
  const served = [...server.router.hosts()].map(known => known.domain).join(', ')
  throw new CommandError(`This server does not serve ${domainOf(jid)}; it serves ${served}.`)
}

/** Asks the running server, or opens the store when none is running. */
export async function* administer(place: Place, request: ControlRequest): AsyncGenerator<Said, void> {
  const answered = await askServer(place.folder, request)
  if (answered) yield* answered
  else yield* withoutServer(place, request)
}

async function* withoutServer(place: Place, request: ControlRequest): AsyncGenerator<Said, void> {
  const store = await openStore(place)
  try {
    const server = await openServer({ config: place.config, store, log: openLog('warn') })
    try {
      yield* carryOut(server, request)
    } finally {
      await server.stop()
    }
  } finally {
    await store.close()
  }
}

/** Waits until it is done. @returns the lines that were said */
export async function done(saying: AsyncIterable<Said>): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const said of saying) if ('line' in said) lines.push(said.line)
  return lines
}
