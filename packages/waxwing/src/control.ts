/** How the command reaches a server that is running on the same data folder: one JSON line each way over a local socket. */

import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket, type Server as SocketServer } from 'node:net'
import { join } from 'node:path'
import { CommandError } from './explain.ts'

export type ControlRequest =
  | { readonly do: 'account add' | 'account password'; readonly jid: string; readonly password: string }
  | { readonly do: 'account remove'; readonly jid: string }
  | { readonly do: 'account list' }

export type ControlAnswer =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly why: string }

const maxLine = 64 * 1024

/** Unix domain sockets have short names; a long folder gets a name of its own in the temporary folder of the system. */
export function controlPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\waxwing-${name}`
  const path = join(folder, 'control.sock')
  return path.length < 100 ? path : `/tmp/waxwing-${name}.sock`
}

/** Answers requests until closed. Only the user who runs the server may connect. */
export async function openControl(
  folder: string,
  answer: (request: ControlRequest) => Promise<readonly string[]>,
): Promise<{ close(): void }> {
  const path = controlPath(folder)
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
  const socket = await connectTo(controlPath(folder))
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
