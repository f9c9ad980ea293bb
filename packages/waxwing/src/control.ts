/** How the command reaches a server that is running on the same data folder: one JSON line each way over a local socket. */

import { createHash } from 'node:crypto'
import { chmodSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Socket, type Server as SocketServer } from 'node:net'
import { join } from 'node:path'
import { CommandError } from './explain.ts'
import { isPrivate, makePrivate, ownUid, privateFolder } from './private-folder.ts'

export type ControlRequest =
  | { readonly do: 'account add' | 'account password'; readonly jid: string; readonly password: string }
  | { readonly do: 'account remove'; readonly jid: string }
  | { readonly do: 'account list' }
  | {
      readonly do: 'account export'
      /** The folder for the files, absolute; it must not be there yet or be empty. */
      readonly folder: string
      /** Accounts or domains; none means all. */
      readonly jids: readonly string[]
    }
  | {
      readonly do: 'account import'
      /** The file, absolute. */
      readonly file: string
    }
  | {
      readonly do: 'invite'
      /** A domain, or the account to be made; absent: the only domain there is. */
      readonly to?: string | undefined
      readonly uses?: number | undefined
      readonly lifetimeMs?: number | undefined
    }

/** What a command has to say while it works: a line that stays, or how far it is. */
export type Said = { readonly line: string } | { readonly progress: string }

export type ControlAnswer = Said | { readonly ok: true } | { readonly ok: false; readonly why: string }

export type Answering = (request: ControlRequest) => AsyncIterable<Said>

const maxLine = 64 * 1024

/** What the system allows for the name of a Unix domain socket is 104 bytes at the least. */
const maxPathBytes = 100

interface ControlPlace {
  readonly path: string
  /** The folder it lies in when the data folder's name is too long, and whose that must be (or the administrator's). */
  readonly aside?: { readonly folder: string; readonly uid: number }
}

function controlPlace(folder: string): ControlPlace {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\waxwing-${name}` }
  const path = join(folder, 'control.sock')
  if (Buffer.byteLength(path) <= maxPathBytes) return { path }
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid ?? ownUid()
  // Not where the environment says: the server's and the command's may differ.
  const aside = { folder: privateFolder('/tmp', uid), uid }
  return { path: join(aside.folder, `${name}.sock`), aside }
}

/** Answers requests until closed. Only the user who runs the server may connect. */
export async function openControl(folder: string, answer: Answering): Promise<{ close(): void }> {
  const { path, aside } = controlPlace(folder)
  if (aside && !makePrivate(aside.folder))
    throw new CommandError(`${aside.folder} must be a folder that only you may enter.`)
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server: SocketServer = createServer(socket => serve(socket, answer))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  if (process.platform !== 'win32') chmodSync(path, 0o600)
  return { close: () => server.close() }
}

function serve(socket: Socket, answer: Answering): void {
  socket.on('error', () => socket.destroy())
  void firstLine(socket).then(
    async line => {
      for await (const said of answersTo(line, answer)) socket.write(`${JSON.stringify(said)}\n`)
      socket.end()
    },
    () => socket.destroy(),
  )
}

async function* answersTo(line: string, answer: Answering): AsyncGenerator<ControlAnswer> {
  try {
    yield* answer(JSON.parse(line) as ControlRequest)
    yield { ok: true }
  } catch (error) {
    yield { ok: false, why: error instanceof Error ? error.message : 'It failed' }
  }
}

async function firstLine(socket: Socket): Promise<string> {
  for await (const line of linesOf(socket)) return line
  throw new Error('The other side closed the connection')
}

/** Lines as they come. The socket stays open when its reader has had enough. */
async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let text = ''
  socket.setEncoding('utf8')
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end)
      text = text.slice(end + 1)
    }
    if (text.length > maxLine) throw new Error('The line is too long')
  }
}

/** Asks the running server. @returns `undefined` when none is running on this folder; reading throws CommandError when it refuses */
export async function askServer(
  folder: string,
  request: ControlRequest,
): Promise<AsyncIterable<Said> | undefined> {
  const { path, aside } = controlPlace(folder)
  if (aside && !isPrivate(aside.folder, aside.uid) && !isPrivate(aside.folder, 0)) return undefined
  const socket = await connectTo(path)
  if (!socket) return undefined
  socket.write(`${JSON.stringify(request)}\n`)
  return answersFrom(socket)
}

async function* answersFrom(socket: Socket): AsyncGenerator<Said> {
  try {
    for await (const line of linesOf(socket)) {
      const answer = JSON.parse(line) as ControlAnswer
      if (!('ok' in answer)) yield answer
      else if (answer.ok) return
      else throw new CommandError(answer.why)
    }
    throw new CommandError('The server went away before it was done.')
  } finally {
    socket.destroy()
  }
}

function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined)
      else if (error.code === 'EACCES')
        reject(new CommandError('The server runs as another user; run this command as that user.'))
      else reject(error)
    })
  })
}
