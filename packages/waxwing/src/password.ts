/** Asks for a password at the terminal without showing it. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError } from './explain.ts'

export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError('No password was given: use --password, or run this at a terminal.')
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  const password = await new Promise<string>(resolve => lines.question('', resolve))
  lines.close()
  process.stderr.write('\n')
  return password
}
