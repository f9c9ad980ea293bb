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

export type ControlAnswer =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly why: string }

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
export async function openControl(
  folder: string,
  answer: (request: ControlRequest) => Promise<readonly string[]>,
): Promise<{ close(): void }> {
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

function serve(socket: Socket, answer: (request: ControlRequest) => Promise<readonly string[]>): void {
  socket.on('error', () => socket.destroy())
  void readLine(socket).then(
    async line => {
      const result = await answerTo(line, answer)
      socket.end(`${JSON.stringify(result)}\n`)
    },
    () => socket.destroy(),
  )
}

async function answerTo(
  line: string,
  answer: (request: ControlRequest) => Promise<readonly string[]>,
): Promise<ControlAnswer> {
  try {
    return { ok: true, lines: await answer(JSON.parse(line) as ControlRequest) }
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'It failed' }
  }
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
      else if (text.length > maxLine) reject(new Error('The line is too long'))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed the connection')))
  })
}

/** Asks the running server. @returns `undefined` when none is running on this folder. @throws CommandError when it refuses */
export async function askServer(
  folder: string,
  request: ControlRequest,
): Promise<readonly string[] | undefined> {
  const { path, aside } = controlPlace(folder)
  if (aside && !isPrivate(aside.folder, aside.uid) && !isPrivate(aside.folder, 0)) return undefined
  const socket = await connectTo(path)
  if (!socket) return undefined
  socket.write(`${JSON.stringify(request)}\n`)
  const answer = JSON.parse(await readLine(socket)) as ControlAnswer
  socket.destroy()
  if (!answer.ok) throw new CommandError(answer.why)
  return answer.lines
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
