/** What the command may do to a server, running or not. */
import { type BareJid, bareOf, domainOf, isFull, localOf } from '@waxwing/jid'
import { type Host, openServer, type Server } from '@waxwing/server'
import { askServer, type ControlRequest } from './control.ts'
import { CommandError } from './explain.ts'
import { addressOf } from './login.ts'
import { openLog, openStore, type Place } from './setup.ts'

/** Carries a request out. @throws AccountError, CommandError */
export async function carryOut(server: Server, request: ControlRequest): Promise<readonly string[]> {
  if (request.do === 'account list') return listAccounts(server)
  const { host, jid } = accountAt(server, request.jid)
  switch (request.do) {
    case 'account add':
      await host.accounts.create(jid, request.password)
      await host.hooks.tell('account:created', { account: jid })
      return [`${jid} added`]
    case 'account password':
      await host.accounts.setPassword(jid, request.password)
      return [`password of ${jid} changed`]
    case 'account remove':
      await host.removeAccount(jid)
      return [`${jid} removed with everything kept for it`]
  }
}

async function listAccounts(server: Server): Promise<readonly string[]> {
  const found: string[] = []
  for (const host of server.router.hosts()) for await (const jid of host.accounts.list()) found.push(jid)
  return found
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
export async function administer(place: Place, request: ControlRequest): Promise<readonly string[]> {
  const answered = await askServer(place.folder, request)
  if (answered) return answered
  const store = await openStore(place)
  try {
    const server = await openServer({ config: place.config, store, log: openLog('warn') })
    try {
      return await carryOut(server, request)
    } finally {
      await server.stop()
    }
  } finally {
    await store.close()
  }
}
